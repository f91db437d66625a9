"""Sessions of the OTTO data set as native clicks and orders.

Origin of the data: `otto-de/recsys-dataset`, licence CC BY 4.0; see `tests/data/README.md`.
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

CLICK_TYPES = {"clicks": "product_viewed", "carts": "cart_item_added"}
SAMPLE = Path(__file__).parent.parent / "data" / "otto_train_20sessions.jsonl.gz"


class Shop(NamedTuple):
    """Native clicks and orders, each sorted by (time, event id)."""

    clicks: list[Json]
    orders: list[Json]


def sample() -> Shop:
    """The 20 sessions that lie beside the tests."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return convert(json.loads(line) for line in lines)


def convert(sessions: Iterable[Json]) -> Shop:
    """Convert OTTO sessions: a click each for `clicks` and `carts`, an order for each (session, ts) of `orders`."""
    clicks: list[Json] = []
    orders: list[Json] = []
    for session in sessions:
        clicks += session_clicks(session)
        orders += session_orders(session)
    clicks.sort(key=_place)
    orders.sort(key=_place)
    return Shop(clicks, orders)


def session_clicks(session: Json) -> list[Json]:
    """The clicks of one session; the event id carries the position, so equal times keep their order."""
    number = session["session"]
    return [
        {
            "event_id": f"otto-{number}-{position:06d}",
            "type": CLICK_TYPES[event["type"]],
            "occurred_at": event["ts"],
            "visitor_id": f"otto-{number}",
            "product_id": str(event["aid"]),
        }
        for position, event in enumerate(session["events"])
        if event["type"] in CLICK_TYPES
    ]


def session_orders(session: Json) -> list[Json]:
    """The orders of one session: one record for each time, a line for each product with its number of events."""
    number = session["session"]
    quantities: dict[int, dict[str, int]] = {}
    for event in session["events"]:
        if event["type"] == "orders":
            lines = quantities.setdefault(event["ts"], {})
            lines[str(event["aid"])] = lines.get(str(event["aid"]), 0) + 1
    return [
        {
            "event_id": f"otto-{number}-order-{time}",
            "type": "order_placed",
            "order_id": f"otto-{number}-{time}",
            "occurred_at": time,
            "visitor_id": f"otto-{number}",
            "lines": [{"product_id": product, "quantity": quantity} for product, quantity in lines.items()],
        }
        for time, lines in quantities.items()
    ]


def _place(record: Json) -> tuple[int, str]:
    """The sort key within one stream."""
    return record["occurred_at"], record["event_id"]
