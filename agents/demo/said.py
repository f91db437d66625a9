"""One record of the demo's shop: when it is said, where, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from schemas.topics import Topic


@dataclass(slots=True, frozen=True)
class Said:
    """One record, to be sent `at_ms` after the shop opened. A body in bytes is sent as it is, garbage or not.

    `skew_ms` is how far the clock of whoever says it runs ahead (or, if negative, how long it was offline).
    `doing` names the behaviour that it is part of.
    """

    at_ms: int
    topic: Topic
    key: str
    body: Mapping[str, Any] | bytes
    doing: str
    skew_ms: int = 0

    def value(self, opened_ms: int) -> bytes:
        """The record as it goes to Kafka, if the shop opened at that time (ms since the epoch)."""
        if isinstance(self.body, bytes):
            return self.body
        return orjson.dumps({**self.body, "occurred_at": opened_ms + self.at_ms + self.skew_ms})

    def later(self, by_ms: int) -> "Said":
        """The very same record, sent again."""
        return replace(self, at_ms=self.at_ms + by_ms, skew_ms=self.skew_ms - by_ms)
