"""Seeded shops in which carts meet: somebody has a cart at home and one on a phone, which then turns out to be theirs;
what is taken out afterwards tells what has become of both."""

import random

from tests.oracle.worlds import GAP, MINUTE, START, WAIT, Json, World, by_time

PAUSES = [0, 0, 1, MINUTE, 10 * MINUTE, GAP, WAIT - 1, WAIT, WAIT + 1]
PRODUCTS = ["mug", "pot"]


def meeting_world(seed: int, *, people: int = 150) -> World:
    """The shop of that seed; the same seed gives the same world."""
    rng = random.Random(seed)
    clicks: list[Json] = []
    orders: list[Json] = []
    for number in range(people):
        _meets(rng, number, clicks, orders)
    return World(by_time(clicks), by_time(orders))


def _meets(rng: random.Random, number: int, clicks: list[Json], orders: list[Json]) -> None:
    customer, now = f"c-{number}", START + rng.randrange(1000) * MINUTE
    for step in range(rng.randint(2, 6)):
        device = rng.choice(["home", "phone"])
        click = _change(rng, f"v-{number}-{device}")
        _put(rng, clicks, now, click | ({"customer_id": customer} if device == "home" else {}))
        if rng.random() < 0.1:
            order = {"type": "order_placed", "order_id": f"O-{number}-{step}", "customer_id": customer}
            _put(rng, orders, now + rng.choice([0, 1, MINUTE]), order)
        now += rng.choice(PAUSES)
    _put(rng, clicks, now, {"type": "identified", "visitor_id": f"v-{number}-phone", "customer_id": customer})
    for _ in range(rng.randint(1, 3)):
        now += rng.choice([1, MINUTE, WAIT])
        out = {"type": "cart_item_removed", "product_id": rng.choice(PRODUCTS), "quantity": rng.choice([1, 2, 3, 5])}
        _put(rng, clicks, now, out | {"visitor_id": f"v-{number}-phone"})


def _change(rng: random.Random, visitor: str) -> Json:
    """Something is put into the cart or taken out of it, or all of it is told."""
    said: Json = {
        "visitor_id": visitor,
        "type": rng.choice(["cart_item_added"] * 4 + ["cart_item_removed", "cart_updated"]),
    }
    line = {"product_id": rng.choice(PRODUCTS), "quantity": rng.choice([1, 2, 3])}
    return said | ({"lines": [line]} if said["type"] == "cart_updated" else line)


def _put(rng: random.Random, records: list[Json], at: int, said: Json) -> None:
    records.append({"event_id": f"{rng.getrandbits(24):06x}-{len(records)}", "occurred_at": at, **said})
