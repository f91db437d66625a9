"""Clicks and orders in the one order of events."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

Json = dict[str, Any]

CLICK, ORDER = 0, 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """The place of a record in the order of events: time, click before order, event id."""

    time: int
    stream: int
    event_id: str


class Record(NamedTuple):
    """A click or an order at its place."""

    at: Moment
    body: Json


def in_order(clicks: Iterable[Json], orders: Iterable[Json]) -> list[Record]:
    """All records by (time, click before order, event id), each event id once."""
    records = [Record(moment(body, CLICK), body) for body in clicks]
    records += [Record(moment(body, ORDER), body) for body in orders]
    records.sort(key=lambda record: record.at)
    seen: set[str] = set()
    result = []
    for record in records:
        if record.at.event_id not in seen:
            seen.add(record.at.event_id)
            result.append(record)
    return result


def moment(body: Json, stream: int) -> Moment:
    """The place of a click or order in the order of events."""
    return Moment(millis(body["occurred_at"]), stream, body["event_id"])


def millis(occurred_at: int | str) -> int:
    """Epoch milliseconds of an integer or an RFC 3339 time; finer digits are cut off."""
    if isinstance(occurred_at, int):
        return occurred_at
    return (datetime.fromisoformat(occurred_at) - EPOCH) // timedelta(milliseconds=1)
