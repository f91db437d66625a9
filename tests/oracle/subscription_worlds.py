"""Seeded shops in which people buy again, and some of it by subscription: its records stand at the times of purchases,
and at exact distances from them, those of one subscription in any sense."""

import random

from tests.oracle.buying_worlds import PRODUCTS, buying_world
from tests.oracle.worlds import DAY, HOUR, Json, World

KINDS = ["started", "started", "renewed", "renewed", "charge_upcoming", "payment_failed", "cancelled", "cancelled"]
DISTANCES = [-1, 0, 0, 1, HOUR, DAY, 36 * HOUR - 1, 36 * HOUR, 36 * HOUR + 1, 60 * HOUR - 1, 60 * HOUR, 60 * HOUR + 1]


def subscription_world(seed: int) -> World:
    """The shop of that seed; the same seed gives the same world."""
    shop, rng = buying_world(seed), random.Random(seed)
    told: list[Json] = []
    people = {record["order_id"].split("-")[0] for record in shop.orders}
    for person in sorted(people):
        times = [one["occurred_at"] for one in shop.orders if one["order_id"].startswith(f"{person}-")]
        for number in range(rng.choice([1, 2, 2, 3])):
            whose = rng.choice([{"customer_id": f"c{person}"}, {"visitor_id": f"v{person}"}])
            told += subscription(rng, whose, f"S{person}-{number}", times)
    orders = sorted([*shop.orders, *told], key=lambda one: (one["occurred_at"], one["event_id"]))
    return World(shop.clicks, orders)


def subscription(rng: random.Random, whose: Json, id_: str, times: list[int]) -> list[Json]:
    """What is told of one subscription, around these times."""
    told: list[Json] = []
    for number in range(rng.randint(1, 6)):
        kind = "started" if number == 0 and rng.random() < 0.7 else rng.choice(KINDS)
        event_id = f"{rng.getrandbits(16):04x}-s-{id_}-{number}"
        at = rng.choice(times) + rng.choice(DISTANCES)
        said: Json = {"event_id": event_id, "type": f"subscription_{kind}", "order_id": id_, "occurred_at": at, **whose}
        if number == 0 or rng.random() < 0.3:
            said["lines"] = [{"product_id": one} for one in rng.sample(PRODUCTS, rng.choice([1, 2, 3]))]
        told += [said] * rng.choice([1, 1, 1, 2])
    return told
