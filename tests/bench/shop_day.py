"""Eight hours of a shop, drawn anew each time and always the same: what the whole path is measured on.

A visit has up to 23 events, half a minute apart; a visitor comes several times. The events arrive out of order by up to
five seconds. A purchase becomes an order of the feed, everything else a click; there are no exit signals.
"""

import random
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import orjson

from schemas.topics import Topic

SPAN_MS = 8 * 3_600_000
DISORDER_MS = 5000
EVENTS_A_VISITOR = 15
VISIT_EVENTS_MAX = 23
PAUSE_MS = 35_000
ORDER = "order_placed"
SHARES = (
    ("page_viewed", 0.45),
    ("product_viewed", 0.78),
    ("cart_item_added", 0.90),
    ("cart_item_removed", 0.94),
    (ORDER, 0.965),
    ("page_ping", 1.0),
)
"""What an event is, by a number in [0, 1) below which it is that. An order needs something in the cart."""


class Event(NamedTuple):
    """One event of one visitor; `at` in ms."""

    at: int
    visitor: str
    kind: str
    event_id: str
    url: str
    product: str
    price: float
    quantity: int


class Said(NamedTuple):
    """A record as a producer sends it; `at` is its own time, ms."""

    topic: Topic
    key: bytes
    value: bytes
    at: int


def day(count: int, last_ms: int, seed: int = 42) -> list[Event]:
    """So many events in the order in which they arrive; the latest of them at `last_ms`."""
    dice = random.Random(seed)
    drawn = list(islice(_drawn(count // EVENTS_A_VISITOR or 1, dice), count))
    shift = last_ms - max(at for at, _, _ in drawn)
    arriving = sorted((at + dice.randrange(DISORDER_MS + 1), at, visitor, kind) for at, visitor, kind in drawn)
    return [
        Event(
            at=at + shift,
            visitor=visitor,
            kind=kind,
            event_id=str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            url=f"https://shop.example/p/{number % 977}?utm=abc",
            product=f"sku-{number % 4999}",
            price=round(5 + (number % 300) * 0.37, 2),
            quantity=1 + number % 3,
        )
        for number, (_, at, visitor, kind) in enumerate(arriving)
    ]


def _drawn(visitors: int, dice: random.Random) -> Iterator[tuple[int, str, str]]:
    """(time, visitor, kind) without end, visit after visit."""
    while True:
        visitor, at, carried = f"v{dice.randrange(visitors):06d}", dice.randrange(SPAN_MS), 0
        for _ in range(dice.randint(1, VISIT_EVENTS_MAX)):
            kind = kind_at(dice.random())
            if kind == ORDER and not carried:
                kind = "page_ping"
            carried = 0 if kind == ORDER else carried + (kind == "cart_item_added")
            yield at, visitor, kind
            at += int(dice.expovariate(1 / PAUSE_MS)) + 1


def kind_at(number: float) -> str:
    """What an event is, of a number in [0, 1)."""
    return next(kind for kind, below in SHARES if number < below)


def customer_of(visitor: str, signed_in: float) -> str | None:
    """Which customer the visitor says it is in every record; None if it is not of that share."""
    number = int(visitor[1:])
    return f"c{visitor[1:]}" if number * 7919 % 1000 < signed_in * 1000 else None


def person_of(visitor: str, signed_in: float) -> str:
    """Whom a trigger of that visitor is about, as `tests.e2e.shop.occasion` says it."""
    customer = customer_of(visitor, signed_in)
    return f"v:{visitor}" if customer is None else f"c:{customer}"


def said(events: Iterable[Event], signed_in: float) -> Iterator[Said]:
    """The events as records, that share of the visitors signed in."""
    for event in events:
        yield record(event, customer_of(event.visitor, signed_in))


def record(event: Event, customer: str | None) -> Said:
    """The event as a click, or as an order of the feed."""
    told: dict[str, object] = {
        "event_id": event.event_id,
        "type": event.kind,
        "occurred_at": event.at,
        "visitor_id": event.visitor,
    }
    if customer is not None:
        told["customer_id"] = customer
    line = {"product_id": event.product, "quantity": event.quantity, "price": event.price}
    if event.kind == ORDER:
        told |= {"order_id": f"o-{event.event_id}", "currency": "EUR", "lines": [line]}
        return Said(Topic.ORDERS, (customer or event.visitor).encode(), orjson.dumps(told), event.at)
    told |= {"session_id": f"s-{event.visitor}", "url": event.url, **line, "currency": "EUR"}
    return Said(Topic.CLICKSTREAM, event.visitor.encode(), orjson.dumps(told), event.at)
