"""How large a share of the last records could not be used. Above a ceiling, nothing more is put aside unseen.

A producer that was released with a mistake, or a robot that fills a topic with garbage, would otherwise drain all of it
into the dead letters, with nobody there to see it but an alert. What is counted is kept with the position, so that a
restart goes on where it was, and does not put aside as much again before it notices.
"""

from collections import deque

import orjson

PARTS = 10
"""In so many parts the last records are counted; the oldest part is forgotten as a whole."""


class Ceiling:
    """The last `records_min` records or a part more, and how many of them are dead. A share of exactly `share_max` is
    allowed. Before there are so many records nothing is too much. With 1 everything is allowed, and nothing is counted:
    what an operator has let pass must not stall what comes after it."""

    def __init__(self, share_max: float, records_min: int) -> None:
        self.share_max = share_max
        self._records_min = records_min
        self._part_max = max(records_min // PARTS, 1)
        self._parts: deque[tuple[int, int]] = deque()
        self.records = 0
        self.dead = 0

    @property
    def is_exceeded(self) -> bool:
        """Whether it was too much."""
        return self.records >= self._records_min and self.dead > self.share_max * self.records

    def add(self, records: int, dead: int) -> bool:
        """Count so many more, of which so many are dead; whether that is too much."""
        if self.share_max >= 1:
            self.clear()
            return False
        last = self._parts.pop() if self._parts and self._parts[-1][0] < self._part_max else (0, 0)
        self._parts.append((last[0] + records, last[1] + dead))
        self.records += records
        self.dead += dead
        while self.records - self._parts[0][0] >= self._records_min:
            gone = self._parts.popleft()
            self.records -= gone[0]
            self.dead -= gone[1]
        return self.is_exceeded

    def clear(self) -> None:
        """Begin anew: what was wrong is over."""
        self._parts.clear()
        self.records = self.dead = 0

    def encode(self) -> bytes:
        """All that is counted."""
        return orjson.dumps(list(self._parts))

    def restore(self, value: bytes) -> None:
        """Take up what was counted before."""
        self.clear()
        for records, dead in orjson.loads(value):
            self.add(records, dead)
