"""The synthetic shops as shops really write: every record may be odd in a detail, and says the same."""

import random
from collections.abc import Callable
from datetime import timedelta

from tests.oracle.records import EPOCH, Json, millis
from tests.oracle.worlds import PRODUCTS, World

SHARE = 0.5
WEIGHED, WEIGHT = PRODUCTS[0], 0.3
"""Every piece of this product is so many kilograms."""

Odd = Callable[[random.Random, Json], Json]


def odd(world: World, *, deviceless: bool = False) -> World:
    """The same world, oddly written. `deviceless`: some clicks of customers name nobody's device, which makes other
    visits of them."""
    clicks = [_written(record, CLICKS + DEVICELESS if deviceless else CLICKS) for record in world.clicks]
    return World(clicks, [_written(record, ORDERS) for record in world.orders])


def _written(record: Json, ways: list[Odd]) -> Json:
    """The record in a few of these ways. A repeat of it is written alike: the event's id says how."""
    rng = random.Random(record["event_id"])
    said = _weighed(record)
    for way in rng.sample(ways, 3):
        if rng.random() < SHARE:
            said = said | way(rng, said)
    return said


def _weighed(record: Json) -> Json:
    said = dict(record)
    if "lines" in record:
        said["lines"] = [_weighed(line) for line in record["lines"]]
    if record.get("product_id") == WEIGHED:
        said["quantity"] = round(record.get("quantity", 1) * WEIGHT, 3)
    return said


def _time(rng: random.Random, said: Json) -> Json:
    at = millis(said["occurred_at"])
    spelt = (EPOCH + timedelta(milliseconds=at)).isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
    written = [
        float(at),
        spelt + " UTC",
        spelt.replace(" ", "t") + "z",
        spelt + " +0000",
        spelt + " +0000 UTC",
        at + 0.5,
    ]
    return {"occurred_at": rng.choice(written)} if at % 7 else {}


def _currency(rng: random.Random, said: Json) -> Json:
    return {"currency": rng.choice(["eur", "", None, "XXX", "IRT", "€"])}


def _price(rng: random.Random, said: Json) -> Json:
    return {"price": rng.choice([14.265, 5.989999999999995, "", None, "12,50", "$10"])}


def _names(rng: random.Random, said: Json) -> Json:
    others = [{"Type": "track"}, {"eventId": said["event_id"]}, {"eventId": "7"}, {"customerId": "7"}, {"orderId": "7"}]
    return rng.choice([*others, {"note": "x"}, {"cart_id": ""}])


def _ids(rng: random.Random, said: Json) -> Json:
    names = [name for name in ("event_id", "order_id", "customer_id", "visitor_id") if said.get(name)]
    name = rng.choice(names)
    return {name: rng.choice(["{}\r\n", " {}", "{}\t", "\ufeff{}", "{}\u200b"]).format(said[name])}


def _nobody(rng: random.Random, said: Json) -> Json:
    nobody = rng.choice(["guest", "0", 0, "", None, "undefined", False, "(not set)", "000000000.000000000"])
    missing = [name for name in ("customer_id", "visitor_id") if name not in said]
    return {missing[0]: nobody} if missing else {}


def _texts(rng: random.Random, said: Json) -> Json:
    details: list[Json] = [{"referrer": "x" * 5_000}, {"properties": []}, {"sent_at": "soon"}, {"category": ["a"]}]
    return rng.choice(details)


def _product(rng: random.Random, said: Json) -> Json:
    if "product_id" not in said:
        return {}
    return {"product_id": rng.choice(["{}\t", "{} ", "\u200b{}"]).format(said["product_id"])}


def _whole(rng: random.Random, said: Json) -> Json:
    return {"quantity": rng.choice([None, 1.0, "1", "1.0", -1, "one"])} if said.get("quantity") == 1 else {}


def _odd_lines(rng: random.Random, said: Json) -> Json:
    odd_ones = [None, {"quantity": 1}, {"product_id": "", "price": 1}, {"product_id": "coupon", "unit_price": "-5.00"}]
    if said["type"] == "cart_updated":
        if not said["lines"]:
            return {"lines": rng.choice([None, {}, []])}
        keyed = {f"k{number}": line for number, line in enumerate(said["lines"])}
        return {"lines": rng.choice([[*said["lines"], rng.choice(odd_ones)], keyed])}
    if "lines" not in said:
        return {}
    lines = [line | {"quantity": f"{line['quantity']:.4f}", "unit_price": 14.265} for line in said["lines"]]
    ways = [None, {}, [*said["lines"], *odd_ones], lines, said["lines"] * 700, [{"product_id": 30, "quantity": -1}]]
    return {"lines": rng.choice(ways)}


def _total(rng: random.Random, said: Json) -> Json:
    return {"total": rng.choice([5.989999999999995, "", None, "1.234,50", -3, 1_200_000_000])}


def _nobodys_device(rng: random.Random, said: Json) -> Json:
    return (
        {"visitor_id": rng.choice(["undefined", "0", "", None])}
        if str(said.get("customer_id")).startswith("c-")
        else {}
    )


def _payment(rng: random.Random, said: Json) -> Json:
    words = {"paid": ["completed", "Captured"], "pending": ["pending_payment", "wc-pending"], "failed": ["declined"]}
    state = said.get("payment_state")
    return {"payment_state": rng.choice(words[state])} if state in words else {}


CLICKS: list[Odd] = [_time, _currency, _price, _names, _ids, _nobody, _texts, _product, _whole, _odd_lines]
ORDERS: list[Odd] = [_time, _currency, _names, _ids, _nobody, _odd_lines, _total, _payment]
DEVICELESS: list[Odd] = [_nobodys_device] * 2
