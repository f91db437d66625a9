"""The year before: orders from before the demo opens, loaded as a shop loads its own on the first day.

They are a `backfill`: remembered, and nothing is said for them. But dates come round, and the daily looks of the days
since find whose gold ends soon, and who has fallen silent.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import orjson

from agents.demo.shelves import CATALOG, CURRENCY


class Ordered(NamedTuple):
    """One order: when, ms since the epoch, by whom, and the record."""

    at_ms: int
    customer: str
    value: bytes


class Known(NamedTuple):
    """A customer, and how many days ago they bought which products."""

    customer: str
    orders: tuple[tuple[int, tuple[str, ...]], ...]


GOLD_ENDS = ((337, ("tent-2p", "sleeping-bag")),)
"""Gold for 365 days, of which a month less two days are left."""

FELL_SILENT = ((142, ("tent-2p",)), (121, ("trail-shoes",)), (93, ("wool-socks",)), (72, ("rain-jacket",)))
"""Bought every three or four weeks, and then no more: since yesterday less likely than not to return."""

KNOWN = (
    Known("c-ulf-gold", GOLD_ENDS),
    Known("c-una-gold", GOLD_ENDS),
    Known("c-uwe-silent", FELL_SILENT),
    Known("c-ute-silent", FELL_SILENT),
)
FIRST_ORDERED_THEN = ("c-vic-year", "c-val-year", "c-vera-year")
"""Customers whose first order is a year old today."""


def history(today: date) -> list[Ordered]:
    """All orders, the oldest first; `today` is the day on which the demo's dates come."""
    orders = [
        _order(known.customer, today - timedelta(days=days), products)
        for known in KNOWN
        for days, products in known.orders
    ]
    orders += [_order(customer, year_before(today), ("wool-socks",)) for customer in FIRST_ORDERED_THEN]
    return sorted(orders)


def year_before(today: date) -> date:
    """The same day of the year before; of a 29 February, of four years before."""
    try:
        return today.replace(year=today.year - 1)
    except ValueError:
        return today.replace(year=today.year - 4)


def _order(customer: str, day: date, products: tuple[str, ...]) -> Ordered:
    at_ms = int(datetime.combine(day, time(12), UTC).timestamp() * 1000)
    order = {
        "event_id": f"h-{customer}-{day}",
        "type": "order_placed",
        "order_id": f"h-{customer}-{day}",
        "customer_id": customer,
        "occurred_at": at_ms,
        "lines": [{"product_id": one, "quantity": 1, "unit_price": str(CATALOG[one])} for one in products],
        "total": str(sum(CATALOG[one] for one in products)),
        "currency": CURRENCY,
        "backfill": True,
    }
    return Ordered(at_ms, customer, orjson.dumps(order))
