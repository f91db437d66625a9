"""Recorded shoppers from a file, moved in time so that the last of them has just left.

Two formats, line by line, also mixed, plain or gzipped: native clicks and orders, and the sessions of the OTTO data
set: `{"session": 12, "events": [{"aid": 1, "ts": 1659304800025, "type": "clicks"}]}`, or `carts`, or `orders`.
"""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agents.demo.failure import DemoFailed
from schemas.base import ms_from_rfc3339
from schemas.events.clicks import ClickType
from schemas.events.orders import OrderType
from schemas.topics import Topic

OTTO_CLICKS = {"clicks": ClickType.PRODUCT_VIEWED, "carts": ClickType.CART_ITEM_ADDED}
OTTO_ORDERS = "orders"
CLICK_TYPES = frozenset(ClickType)
ORDER_TYPES = frozenset(OrderType)


class Recorded(NamedTuple):
    """One record, ordered as history is: by time, a click before an order, event id. `body` still has its old time."""

    at_ms: int
    is_order: bool
    event_id: str
    key: str
    body: bytes


@dataclass(slots=True, frozen=True)
class Recording:
    """All records in order, and how many lines said nothing that could be understood."""

    records: list[Recorded]
    skipped: int

    def moved_to_end(self, now_ms: int) -> Iterator[tuple[Topic, str, bytes]]:
        """Topic, key and value of each record, the last one's time being `now_ms`."""
        by_ms = now_ms - self.records[-1].at_ms
        for record in self.records:
            body = orjson.loads(record.body)
            body["occurred_at"] = record.at_ms + by_ms
            if "sent_at" in body:
                body["sent_at"] = _ms(body["sent_at"]) + by_ms
            yield Topic.ORDERS if record.is_order else Topic.CLICKSTREAM, record.key, orjson.dumps(body)

    @property
    def days(self) -> float:
        """How long it lasts."""
        return (self.records[-1].at_ms - self.records[0].at_ms) / 86_400_000


def read_recording(file: Path) -> Recording:
    """Read it all. Raises DemoFailed if there is no such file, or nothing in it is understood."""
    records: list[Recorded] = []
    skipped = 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            for line in lines:
                understood = list(_understood(line))
                records += understood
                skipped += not understood and not line.isspace()
    except (OSError, EOFError) as error:
        raise DemoFailed(f"The recording {file} cannot be read: {error}.") from error
    if not records:
        raise DemoFailed(f"Nothing in {file} is a native click or order, or a session of the OTTO data set.")
    records.sort()
    return Recording(records, skipped)


def _understood(line: bytes) -> Iterator[Recorded]:
    try:
        said: Any = orjson.loads(line)
        if "events" in said:
            yield from list(_otto(said))
        else:
            yield _native(said, line)
    except (ValueError, TypeError, KeyError):
        return


def _native(said: dict[str, Any], line: bytes) -> Recorded:
    is_order = said["type"] in ORDER_TYPES
    if not is_order and said["type"] not in CLICK_TYPES:
        raise ValueError("a type that is not ours")
    key = said.get("customer_id") or said["visitor_id"] if is_order else said["visitor_id"]
    if "sent_at" in said:
        _ms(said["sent_at"])
    return Recorded(_ms(said["occurred_at"]), is_order, str(said["event_id"]), str(key), line)


def _ms(time: int | str) -> int:
    return time if isinstance(time, int) else ms_from_rfc3339(time)


def _otto(session: dict[str, Any]) -> Iterator[Recorded]:
    """A click for each view and cart, and an order for all products ordered at one time."""
    visitor = f"otto-{session['session']}"
    orders: dict[int, Counter[str]] = {}
    for position, event in enumerate(session["events"]):
        if event["type"] == OTTO_ORDERS:
            orders.setdefault(event["ts"], Counter())[str(event["aid"])] += 1
            continue
        event_id = f"{visitor}-{position:06d}"  # equal times keep their order
        click = {"event_id": event_id, "type": OTTO_CLICKS[event["type"]], "visitor_id": visitor}
        body = orjson.dumps({**click, "product_id": str(event["aid"])})
        yield Recorded(event["ts"], False, event_id, visitor, body)
    for at_ms, products in orders.items():
        lines = [{"product_id": product, "quantity": quantity} for product, quantity in products.items()]
        order = {"event_id": f"{visitor}-order-{at_ms}", "type": OrderType.ORDER_PLACED, "visitor_id": visitor}
        body = orjson.dumps({**order, "order_id": f"{visitor}-{at_ms}", "lines": lines})
        yield Recorded(at_ms, True, order["event_id"], visitor, body)
