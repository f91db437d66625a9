"""Seeded shops in which people buy again: a few products, orders at exact distances from one another, some undone,
updated, open for a while, in part sent back, told by a click first, or placed on a device that signs in later."""

import random
from collections.abc import Sequence

from tests.oracle.records import millis
from tests.oracle.worlds import DAY, HOUR, MINUTE, START, Json, World

PRODUCTS = ["coffee", "decaf", "camera", "bag", "soap"]
PAUSES = [
    0,
    1,
    MINUTE,
    HOUR,
    DAY - 1,
    DAY,
    DAY + 1,
    30 * HOUR,
    36 * HOUR - 1,
    36 * HOUR,
    36 * HOUR + 1,
    2 * DAY,
    3 * DAY,
]
NEWS = ["order_cancelled", "order_refunded", "order_refunded", "order_updated", "order_paid", "order_shipped"]


def buying_world(seed: int, *, people: int = 12, orders: int = 9, news: Sequence[int] = PAUSES) -> World:
    """The shop of that seed; the same seed gives the same world. News of an order come so much later than it."""
    rng = random.Random(seed)
    clicks: list[Json] = []
    records: list[Json] = []
    for number in range(people):
        _Person(rng, f"{number}", clicks, records, news).live(orders)
    return World(_in_order(clicks), _in_order(records))


class _Person:
    """A customer and a device, which signs in at some time, or never."""

    def __init__(
        self, rng: random.Random, name: str, clicks: list[Json], orders: list[Json], news: Sequence[int]
    ) -> None:
        self.rng = rng
        self.news = news
        self.name = name
        self.clicks = clicks
        self.records = orders
        self.numbers = 0

    def live(self, orders: int) -> None:
        """So many orders, with what becomes of them."""
        rng = self.rng
        now = START + rng.randrange(DAY)
        signs_in = rng.choice([now - HOUR, now + 3 * DAY, now + 3 * DAY, None])
        if signs_in is not None:
            self.click(signs_in, {"type": "identified", "customer_id": f"c{self.name}"})
        for number in range(orders):
            now += rng.choice(PAUSES)
            self.order(f"{self.name}-{number}", now, known=signs_in is not None and signs_in <= now)

    def order(self, order_id: str, now: int, *, known: bool) -> None:
        """One order, and the news of it."""
        rng = self.rng
        whose = {"customer_id": f"c{self.name}"} if known or rng.random() < 0.4 else {"visitor_id": f"v{self.name}"}
        said: Json = {"order_id": order_id, "type": "order_placed", "lines": self.lines()}
        if rng.random() < 0.15:
            said["payment_state"] = rng.choice(["pending", "pending", "failed"])
        if rng.random() < 0.1:
            said["channel"] = rng.choice(["subscription", "web"])
        if rng.random() < 0.2:
            self.click(now - rng.choice([0, 1, MINUTE]), {"type": "order_completed", "order_id": order_id})
        self.tell(now, whose, said)
        while rng.random() < 0.35:
            kind = rng.choice(NEWS)
            news: Json = {"order_id": order_id, "type": kind}
            if kind in ("order_refunded", "order_updated") and rng.random() < 0.8:
                news["lines"] = rng.sample(said["lines"], 1) if kind == "order_refunded" else self.lines()
            if kind == "order_updated" and rng.random() < 0.2:
                news["payment_state"] = rng.choice(["pending", "paid"])
            self.tell(now + rng.choice(self.news), whose, news)
        if rng.random() < 0.1:
            self.tell(now + rng.choice([-MINUTE, 0, MINUTE]), whose, {**said, "lines": self.lines()})

    def lines(self) -> list[Json]:
        """Some products, now and then one twice."""
        chosen = self.rng.choices(PRODUCTS, k=self.rng.choice([1, 1, 2, 3]))
        return [{"product_id": product, "quantity": self.rng.choice([1, 1, 2]), "price": 10} for product in chosen]

    def tell(self, time: int, whose: Json, said: Json) -> None:
        """A record of the order feed, now and then twice."""
        record = {"event_id": self.id("r"), "occurred_at": time, "currency": "EUR", **whose, **said}
        self.records += [record] * self.rng.choice([1, 1, 1, 1, 2])

    def click(self, time: int, said: Json) -> None:
        """A click of the device."""
        self.clicks.append({"event_id": self.id("k"), "occurred_at": time, "visitor_id": f"v{self.name}", **said})

    def id(self, letter: str) -> str:
        self.numbers += 1
        return f"{self.rng.getrandbits(16):04x}-{letter}-{self.name}-{self.numbers}"


def _in_order(records: list[Json]) -> list[Json]:
    """By (time, event id)."""
    return sorted(records, key=lambda record: (millis(record["occurred_at"]), record["event_id"]))


def told_products(seed: int) -> list[Json]:
    """What the catalogue of that shop says in its first two weeks: how long coffee and soap last, now this and now
    that, what does as well, and of which categories things are; some of it at the instants of orders."""
    rng = random.Random(seed)
    records: list[Json] = []
    moments = [START + rng.randrange(14 * DAY) for _ in range(30)]
    for number, at in enumerate(moments):
        product = rng.choice(PRODUCTS)
        said: Json = {"event_id": f"t{number}", "occurred_at": at, "product_id": product}
        if product in ("coffee", "soap"):
            said["cycle_days"] = rng.choice([1, 2, 3])
        if rng.random() < 0.4:
            said["substitutes"] = rng.sample([one for one in PRODUCTS if one != product], rng.choice([1, 2]))
        if rng.random() < 0.7:
            said["category"] = {"camera": "gear", "bag": "extras"}.get(product, "supplies")
        records.append(said)
    return _in_order(records)
