"""When which key wants to be woken: a heap with one lazy entry a key, derived from the state and never stored."""

import heapq
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", str, bytes)

STALE_MAX: Final = 64
"""How many entries beside the armed ones, and as many again, are let stand."""


class DueIndex(Generic[Key]):
    """Keys by their next due time, ms. A key woken too early simply says when it wants to be woken again.

    A key that is armed for an earlier time leaves its later entry behind. Those are swept out when they outnumber the
    armed ones: else the heap would grow with all that happens until the later time, an expiry in a month.
    """

    __slots__ = ("_armed", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, Key]] = []
        self._armed: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self._armed)

    def arm(self, key: Key, due: int) -> None:
        """Wake `key` once time has passed `due`. Only an earlier time than the armed one costs a heap entry."""
        armed = self._armed.get(key)
        if armed is None or due < armed:
            self._armed[key] = due
            heapq.heappush(self._heap, (due, key))
            if len(self._heap) > 2 * len(self._armed) + STALE_MAX:
                self._sweep()

    def due(self, watermark: int) -> Iterator[Key]:
        """The keys due before `watermark` (exclusive), each disarmed as it is handed out, in order of (due, key)."""
        heap = self._heap
        while heap and heap[0][0] < watermark:
            due, key = heapq.heappop(heap)
            if self._armed.get(key) == due:
                del self._armed[key]
                yield key

    def _sweep(self) -> None:
        # In place: whoever is being handed the due keys goes on with the same list.
        self._heap[:] = [(due, key) for key, due in self._armed.items()]
        heapq.heapify(self._heap)

    @property
    def entries(self) -> int:
        """How many heap entries there are, those included that have been moved since."""
        return len(self._heap)

    @property
    def first(self) -> int | None:
        """The earliest due time, None if nothing is armed. It may belong to a timer that has moved since."""
        return self._heap[0][0] if self._heap else None
