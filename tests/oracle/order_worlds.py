"""Seeded shops whose orders live: each has a payment that is open, fails or comes, updates, parcels, refunds; many
records stand at an exact distance from another, and some of a second order or a click between them."""

import random

from tests.oracle.records import millis
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import DAY, HOUR, MINUTE, SECOND, Json, World

STATES = ["pending", "pending", "pending", "paid", "authorized", "failed", "voided", None]
KINDS = [
    *["order_placed", "order_updated", "order_updated", "order_paid", "order_paid", "payment_failed"],
    *["order_cancelled", "order_refunded", "order_refunded", "order_shipped", "order_delivered", "order_delivered"],
]
PAUSES = [0, 1, SECOND, 29 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, HOUR - 1, HOUR, HOUR, HOUR + 1]
LATER = [2 * HOUR, DAY - 1, DAY, DAY + 1, 2 * DAY]


def order_world(seed: int, *, lives: int = 60) -> World:
    """The shop of that seed, with so many orders more; the same seed gives the same world."""
    return with_lives(world(seed, people=10, days=6), seed, lives)


def with_lives(shop: World, seed: int, lives: int) -> World:
    """That shop, with so many orders more that live around its clicks."""
    rng = random.Random(seed)
    clicks, orders = list(shop.clicks), list(shop.orders)
    for number in range(lives):
        _live(rng, number, rng.choice(shop.clicks), clicks, orders)
    return World(_in_order(clicks), _in_order(orders))


def _live(rng: random.Random, number: int, click: Json, clicks: list[Json], orders: list[Json]) -> None:
    """All that is told of one order, which is placed around that click."""
    whose: Json = {name: click[name] for name in ("visitor_id", "customer_id") if name in click}
    if len(whose) == 2 and rng.random() < 0.6:
        del whose[rng.choice(["visitor_id", "customer_id"])]
    begun = now = millis(click["occurred_at"]) + rng.choice([0, 0, 1, MINUTE, 10 * MINUTE])
    for step in range(rng.randint(1, 5)):
        kind = rng.choice(["order_placed"] * 8 + KINDS) if step == 0 else rng.choice(KINDS)
        orders.append(_record(rng, number, step, kind, now, whose))
        if rng.random() < 0.1:
            orders.append(dict(orders[-1]))
        if rng.random() < 0.15 and "visitor_id" in click:
            clicks.append(_click(rng, number, step, now, click["visitor_id"]))
        if rng.random() < 0.15:
            orders.append(_record(rng, number + 1000, step, "order_placed", now + rng.choice([0, 1, MINUTE]), whose))
        now = rng.choice([begun, now]) + rng.choice(PAUSES + LATER)


def _record(rng: random.Random, number: int, step: int, kind: str, now: int, whose: Json) -> Json:
    record: Json = {
        "event_id": f"{rng.getrandbits(24):06x}-{number}-{step}-life",
        "type": kind,
        "order_id": f"L-{number}",
        "occurred_at": now,
        "currency": "EUR",
        **whose,
    }
    state = rng.choice(STATES) if kind in ("order_placed", "order_updated") else rng.choice([None, None, None, "paid"])
    if state is not None:
        record["payment_state"] = state
    if state == "pending" and rng.random() < 0.4:
        record["payment_due_at"] = now + rng.choice([-1, 0, 1, MINUTE, HOUR, 2 * HOUR, DAY])
    if rng.random() < 0.7:
        record["total"] = f"{rng.choice([5, 10, 10, 20])}.00"
    if kind in ("order_shipped", "order_delivered") and rng.random() < 0.7:
        record["parcels"] = rng.sample(["P1", "P2", "P3"], rng.choice([1, 1, 2]))
    return record


def _click(rng: random.Random, number: int, step: int, now: int, visitor: str) -> Json:
    """The page that thanks, something put into the cart, or a step of the checkout."""
    click: Json = {
        "event_id": f"{rng.getrandbits(24):06x}-{number}-{step}-click",
        "type": rng.choice(["order_completed", "order_completed", "cart_item_added", "checkout_started"]),
        "occurred_at": now + rng.choice([0, 1, SECOND, MINUTE]),
        "visitor_id": visitor,
    }
    if click["type"] == "order_completed":
        click["order_id"] = f"L-{number}"
    elif click["type"] == "cart_item_added":
        click |= {"product_id": "sku-1", "price": "1.00", "currency": "EUR"}
    return click


def _in_order(records: list[Json]) -> list[Json]:
    """By (time, event id)."""
    return sorted(records, key=lambda record: (millis(record["occurred_at"]), record["event_id"]))
