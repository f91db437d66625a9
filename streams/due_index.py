"""When which key wants to be woken: a heap with one lazy entry a key, derived from the state and never stored."""

import heapq
from collections.abc import Iterator


class DueIndex:
    """Keys by their next due time, ms. A key woken too early simply says when it wants to be woken again."""

    __slots__ = ("_armed", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []
        self._armed: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._armed)

    def arm(self, key: str, due: int) -> None:
        """Wake `key` once time has passed `due`. Only an earlier time than the armed one costs a heap entry."""
        armed = self._armed.get(key)
        if armed is None or due < armed:
            self._armed[key] = due
            heapq.heappush(self._heap, (due, key))

    def due(self, watermark: int) -> Iterator[str]:
        """The keys due before `watermark` (exclusive), each disarmed as it is handed out, in order of (due, key)."""
        heap = self._heap
        while heap and heap[0][0] < watermark:
            due, key = heapq.heappop(heap)
            if self._armed.get(key) == due:
                del self._armed[key]
                yield key

    @property
    def first(self) -> int | None:
        """The earliest due time, None if nothing is armed. It may belong to a timer that has moved since."""
        return self._heap[0][0] if self._heap else None
