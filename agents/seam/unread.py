"""The records of a fetch, parsed one by one when they are folded, and by whoever folds them.

A record that is made right before it is folded, and freed right after, stays in the processor's cache. Made in advance
by the consumer's thread, thousands at a time and on another core, they cost the whole sessions path a tenth more.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import dropwhile
from typing import Any

from agents.seam.bare_records import bare_batch
from streams.stage import Record


class Unread:
    """The records from `start` on of batches that are all in `raw`, the answer to a fetch. Can be read once.

    `len` is how many offsets they span: at least as many as there are records, and 0 only if there are none.
    """

    def __init__(self, raw: bytes, batches: Sequence[Any], start: int) -> None:
        self._raw = raw
        self._batches = batches
        self._start = start
        self._is_read = False

    def __len__(self) -> int:
        return self._batches[-1].next_offset - self._start if self._batches else 0

    def __iter__(self) -> Iterator[Record]:
        assert not (self._is_read and self._batches), "the records of a fetch can be read once"
        self._is_read = True
        for batch in self._batches:
            start = max(self._start, batch.base_offset)
            record: Record | None = None
            try:
                for record in batch if start == batch.base_offset else dropwhile(_is_before(start), batch):
                    yield record
            except UnicodeDecodeError:
                following = start if record is None else record.offset + 1
                yield from dropwhile(_is_before(following), bare_batch(self._raw, following))


NOTHING = Unread(b"", (), 0)


class Fetched:
    """What a fetch has brought of a partition, handed out in parts. Stands in for aiokafka's PartitionRecords `found`.

    aiokafka checks the sums, and leaves out what is aborted and the markers; nothing is parsed for that.
    """

    def __init__(self, found: Any, raw: bytes) -> None:
        found._records, found._consumer_record = _WholeBatches(found._records), _as_it_is
        self.next_fetch_offset: int = found.next_fetch_offset
        self.is_at_end = False
        self._found = found
        self._raw = raw
        self._left: list[Record] = []

    def take(self, most: int) -> Unread:
        """What comes next, at most so many offsets. A batch that is larger than that is parsed, and taken in parts."""
        start, batches = self.next_fetch_offset, []
        while (room := most - (self.next_fetch_offset - start)) > 0:
            if not self._left:
                batch = next(self._found, None)
                if batch is None:
                    self.is_at_end = True
                    self.next_fetch_offset = self._found.next_fetch_offset
                    break
                if batch.next_offset - self.next_fetch_offset <= room:
                    batches.append(batch)
                    self.next_fetch_offset = batch.next_offset
                    continue
                self._left = list(Unread(self._raw, [batch], self.next_fetch_offset))
            part, self._left = _Part(self._left[:room]), self._left[room:]
            batches.append(part)
            self.next_fetch_offset = part.next_offset if self._left else self._found.next_fetch_offset
        return Unread(self._raw, batches, start)


class _Part:
    """Some records of a batch. There are some."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self.base_offset = records[0].offset
        self.next_offset = records[-1].offset + 1

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)


class _WholeBatches:
    """Stands in for the records of a fetch where aiokafka filters them: what it hands out of a batch is the batch."""

    def __init__(self, records: Any) -> None:
        self.has_next = records.has_next
        self._next_batch = records.next_batch

    def next_batch(self) -> "_Whole":
        return _Whole(self._next_batch())


class _Whole:
    """A batch as its own and only record."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch
        self.offset = batch.next_offset - 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.batch, name)

    def __iter__(self) -> Iterator["_Whole"]:
        yield self

    def __next__(self) -> Any:
        # A marker says in its record which one it is.
        return next(self.batch)


def _as_it_is(_partition: Any, whole: _Whole) -> Any:
    return whole.batch


def _is_before(start: int) -> Callable[[Record], bool]:
    return lambda record: record.offset < start
