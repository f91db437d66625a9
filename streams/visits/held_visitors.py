"""The visitors of a partition. One who has not been heard of for a while lies there as the very bytes of its record: a
third of the live object, in one place of memory and not in fifty."""

from collections import deque
from collections.abc import Iterator

from streams.stage import ALIVE_AT_A_TIME
from streams.visits.visitor_record import as_of_today, decode_of_today, encode
from streams.visits.visitors import Visitor


class HeldVisitors:
    """Visitors by key, each held once: as the record, or as the live object. Alive are those who were written last, so
    many as may be alive at a time; one who is written again counts again."""

    __slots__ = ("_held", "_latest", "_written", "changed", "turn")

    def __init__(self) -> None:
        self.changed: list[bytes] = []
        """Who has changed since the last `begin_turn`."""
        self.turn = 1
        self._held: dict[bytes, Visitor | bytes] = {}
        self._latest: deque[tuple[int, list[bytes]]] = deque()
        self._written = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def get(self, key: bytes) -> Visitor | None:
        """The visitor of that key. Whoever changes it has to `touch` it: it may have been read from its record."""
        held = self._held.get(key)
        return decode_of_today(held) if isinstance(held, bytes) else held

    def items(self) -> Iterator[tuple[bytes, Visitor]]:
        """All visitors, in the order in which they first came. Whoever changes one has to `touch` it."""
        for key, held in self._held.items():
            yield key, decode_of_today(held) if isinstance(held, bytes) else held

    def touch(self, key: bytes, visitor: Visitor) -> None:
        """The visitor changes, or is new, and is alive until it has been written and is not among the latest any more.
        What is noted at itself needs no look into a set, which is anywhere in memory."""
        if visitor.turn != self.turn:
            visitor.turn = self.turn
            self.changed.append(key)
            self._held[key] = visitor

    def begin_turn(self) -> list[bytes]:
        """Who has changed until now: their records are about to be written."""
        changed, self.changed = self.changed, []
        self.turn += 1
        return changed

    def restore(self, key: bytes, record: bytes | None) -> None:
        """Take a record of the changelog, or a tombstone. The last one of a key counts. Raises UnreadableState."""
        if record is None:
            self._held.pop(key, None)
        else:
            self._held[key] = as_of_today(record)

    def drop(self, key: bytes) -> None:
        """Forget the visitor. Raises KeyError if there is none."""
        del self._held[key]

    def written(self, records: list[tuple[bytes, bytes | None]]) -> None:
        """These are the records of all who changed in the last turn; None, or a note, of one who is not here any
        more."""
        if len(records) > ALIVE_AT_A_TIME:
            for key, record in records:
                if record is not None and key in self._held:
                    self._held[key] = record
            return
        self._latest.append((self.turn - 1, [key for key, _ in records]))
        self._written += len(records)
        while self._written > ALIVE_AT_A_TIME:
            then, keys = self._latest.popleft()
            self._written -= len(keys)
            for key in keys:
                held = self._held.get(key)
                if isinstance(held, Visitor) and held.turn == then:  # else it was touched since
                    self._held[key] = encode(held)
