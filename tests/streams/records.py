"""Records by hand, for tests of single stages."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import orjson

from schemas.topics import Topic
from streams.replay import Given
from streams.stage import Batch, Record

Json = dict[str, Any]

_numbers = count()


def click(kind: str = "page_viewed", *, at: int = 1_000, visitor: str = "phone", **fields: Any) -> Json:
    """A click with an id of its own."""
    return {"event_id": f"e{next(_numbers):05}", "type": kind, "occurred_at": at, "visitor_id": visitor, **fields}


def order(order_id: str = "O1", *, at: int = 1_000, kind: str = "order_placed", **fields: Any) -> Json:
    """A record of the order feed with an id of its own."""
    return {"event_id": f"o{next(_numbers):05}", "type": kind, "order_id": order_id, "occurred_at": at, **fields}


def given_record(said: Json | bytes | None, *, key: bytes | None = b"phone", offset: int = 0, **stamp: int) -> Given:
    """The record as Kafka hands it over; without a stamp the clock of the fetch stands in."""
    value = orjson.dumps(said) if isinstance(said, dict) else said
    return Given(key, value, offset, **stamp)


def batch(
    records: Sequence[Record],
    *,
    now: int,
    first: int = 0,
    at_end: bool = False,
    topic: Topic = Topic.CLICKSTREAM,
) -> Batch:
    """One poll; at the end of the partition the fetch was sent now."""
    return Batch(topic, records, first + len(records), now if at_end else None, now)


def with_records(of: Batch, records: Sequence[Record]) -> Batch:
    """The same poll with these records in its place: they can be read again and again."""
    return Batch(of.topic, records, of.position, of.asked_ms, of.now_ms)
