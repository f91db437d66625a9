"""How the small tables of the oracle's tests are written: records by the minute, and what fires."""

import itertools
from fractions import Fraction
from typing import Any

from tests.oracle.plain import Rules, Trigger, triggers
from tests.oracle.worlds import DAY, GAP, MINUTE, SILENCE, WAIT

Json = dict[str, Any]
Minute = Fraction | int
Fired = set[tuple[str, Minute]]

CART = Rules(GAP, cart_wait_ms=WAIT)
BROWSE = Rules(GAP, browse_wait_ms=WAIT)
CHECKOUT = Rules(GAP, checkout_wait_ms=WAIT)
EXIT = Rules(GAP, exit=True)
INACTIVITY = Rules(GAP, inactivity_ms=2 * DAY)
LAPSE = Rules(GAP, lapse_ms=2 * DAY)
ALL = Rules(GAP, WAIT, WAIT, WAIT, SILENCE, SILENCE, exit=True)

ms = Fraction(1, MINUTE)
days = 24 * 60

_numbers = itertools.count()


def click(kind: str, minute: Minute, visitor: str = "v", customer: str | None = None, **fields: Any) -> Json:
    """A click; ids grow in the order of writing."""
    record: Json = {"event_id": f"e{next(_numbers):06}", "type": kind, "visitor_id": visitor, **fields}
    record["occurred_at"] = round(minute * MINUTE)
    if customer is not None:
        record["customer_id"] = customer
    return record


def order(
    order_id: str,
    minute: Minute,
    visitor: str | None = "v",
    customer: str | None = None,
    kind: str = "order_placed",
    **fields: Any,
) -> Json:
    """A record of the orders topic."""
    record: Json = {"event_id": f"e{next(_numbers):06}", "type": kind, "order_id": order_id, **fields}
    record["occurred_at"] = round(minute * MINUTE)
    ids = {"visitor_id": visitor, "customer_id": customer}
    return record | {name: value for name, value in ids.items() if value is not None}


def add(minute: Minute, visitor: str = "v", customer: str | None = None, product: str = "a", **fields: Any) -> Json:
    """An item added."""
    return click("cart_item_added", minute, visitor, customer, product_id=product, **fields)


def remove(minute: Minute, product: str = "a", **fields: Any) -> Json:
    """An item removed by visitor v."""
    return click("cart_item_removed", minute, product_id=product, **fields)


def update(minute: Minute, **quantities: int) -> Json:
    """A whole cart of visitor v."""
    lines = [{"product_id": product, "quantity": quantity} for product, quantity in quantities.items()]
    return click("cart_updated", minute, lines=lines)


def view(minute: Minute, visitor: str = "v", customer: str | None = None) -> Json:
    """A product viewed."""
    return click("product_viewed", minute, visitor, customer, product_id="a")


def run(rules: Rules, *records: Json, drain: bool = True) -> set[Trigger]:
    """The triggers of records of both streams in any order."""
    orders = [
        record for record in records if record["type"].startswith("order_") and record["type"] != "order_completed"
    ]
    clicks = [record for record in records if record not in orders]
    return triggers(clicks, orders, rules, drain)


def fired(rules: Rules, *records: Json, drain: bool = True) -> Fired:
    """The triggers as (person, anchor in minutes)."""
    return {(trigger.person, Fraction(trigger.anchor_ms, MINUTE)) for trigger in run(rules, *records, drain=drain)}
