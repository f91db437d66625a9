"""A seeded shop for a minute: dense in ties, exact due times, links, repeats, and records that are late or no good.

The rules' waits are seconds here (`GAP`, `WAIT`, `SILENCE`), so that a world is over after a minute or two.
"""

import random
from typing import Any, NamedTuple

from tests.simulation.logs import EPOCH_MS

Json = dict[str, Any]

GAP, WAIT, SILENCE = 2_000, 4_000, 8_000
LATENESS = 600
FIRST_MS = EPOCH_MS + 3_000
SPAN_MS = 16_000
PRODUCTS = ["mug", "pot", "cup", "jug"]

VISITS: list[list[str]] = [
    ["product_viewed", "page_viewed", "page_viewed", "page_ping", "product_list_viewed"],
    ["page_viewed", "product_searched", "page_viewed"],
    ["product_viewed", "product_viewed", "page_viewed"],
    ["product_viewed", "product_viewed", "product_viewed", "exit_signal"],
    ["product_viewed", "cart_item_added", "cart_item_added", "cart_item_removed", "exit_signal"],
    ["cart_item_added", "cart_item_removed", "cart_updated", "cart_updated"],
    ["cart_item_added", "checkout_started", "checkout_progressed"],
    ["product_viewed", "cart_item_added", "checkout_started", "ORDER", "ORDER"],
    ["cart_item_added", "ORDER", "ORDER", "exit_signal"],
    ["page_viewed", "identified", "custom"],
]


class Event(NamedTuple):
    """A record and when the broker is to take it, s of the world. `transaction` is that of its producer, 0 for none."""

    at_s: float
    topic: str
    record: Json
    transaction: int = 0

    @property
    def key(self) -> bytes:
        """As its producer keys it."""
        record = self.record
        if self.topic == "clickstream":
            return str(record["visitor_id"]).encode()
        if self.topic == "catalog":
            return str(record["product_id"]).encode()
        return str(record.get("customer_id") or record["visitor_id"]).encode()


class Style(NamedTuple):
    """What sort of shop it is."""

    events: int
    moves: bool
    """Whether devices change hands."""
    late: float
    """Share of records that come later than is allowed."""
    brief: bool
    """Whether visitors stay away for good after a while, so that they are forgotten before the world ends."""
    erases: bool = False
    """Whether somebody asks to be forgotten, where customers answer."""


class Shop:
    """Makes the events of a shop, person by person."""

    visits = VISITS

    def __init__(self, seed: int, style: Style) -> None:
        self.rng = random.Random(seed)
        self.style = style
        self.events: list[Event] = []
        self.orders: list[str] = []
        self.number = 0
        self.names = random.Random(~seed)
        """Which carts are told by their ids: apart, so that all else of a seed's world stays as it is without."""
        self.carts = ["k"]

    def put(self, topic: str, at: int, record: Json) -> None:
        rng = self.rng
        record = {"event_id": f"{rng.getrandbits(20):05x}-{self.number}", "occurred_at": at, **record}
        self.number += 1
        delay = rng.choice([0, 0, 1, 30, 200, LATENESS - 1, LATENESS])
        if rng.random() < self.style.late:
            delay = rng.choice([LATENESS + 1, 2_000, 5_000, 11_000])
        elif topic == "clickstream" and rng.random() < 0.03:
            delay = -rng.choice([1, 300, 2_000])  # a phone that runs ahead
        self.keep(topic, record, at + delay)
        if rng.random() < 0.05:
            self.keep(topic, record, max(at, at + delay) + rng.choice([0, 1, 300, 1_500]))

    def keep(self, topic: str, record: Json, arrives: int) -> None:
        self.events.append(Event((arrives - EPOCH_MS) / 1000, topic, record))

    def person(self, number: int) -> None:
        rng = self.rng
        account = None if number % 4 == 3 else f"c{number}"
        devices = [f"v{number}{letter}" for letter in "ab"[: rng.choice([1, 2, 2])]]
        begins = rng.randrange(0, 6_000)
        now = FIRST_MS + begins
        recent = [now]
        end = FIRST_MS + (min(SPAN_MS, begins + 6_000) if self.style.brief else SPAN_MS)
        logged_in = False
        while now < end:
            logged_in = logged_in or (account is not None and rng.random() < 0.35)
            name = account if logged_in else None
            if self.style.moves and name is not None and rng.random() < 0.12:
                name = f"{account}-partner"
            recent = sorted(recent + self.visit(rng.choice(devices), name, now, end))[-6:]
            if rng.random() < 0.55:
                distance = rng.choice([GAP, WAIT, WAIT, SILENCE]) + rng.choice([-1, 0, 0, 1])
                now = max(recent[-1], rng.choice(recent) + distance)
            else:
                now = recent[-1] + rng.choice([0, 400, 1_000, 2_500, 5_000])

    def visit(self, visitor: str, customer: str | None, now: int, end: int) -> list[int]:
        rng = self.rng
        steps = rng.choice(self.visits)
        times = [now]
        for _ in range(rng.randint(1, 6)):
            if now >= end:
                break
            self.step(visitor, customer, rng.choice(steps) if rng.random() < 0.7 else "page_viewed", now)
            times.append(now)
            now += rng.choice([0, 0, 1, 80, 200, 450, 800, GAP + rng.choice([-1, 0, 0, 1])])
        return times

    def step(self, visitor: str, customer: str | None, what: str, now: int) -> None:
        rng = self.rng
        if what == "ORDER":
            self.purchase(visitor, customer, now)
            return
        record: Json = {"type": what, "visitor_id": visitor}
        if customer is not None and rng.random() < 0.3:
            record["customer_id"] = customer
        if what == "cart_updated":
            record["lines"] = [
                {"product_id": product, "quantity": rng.choice([1, 2])}
                for product in rng.sample(PRODUCTS, rng.choice([0, 1, 1, 2]))
            ]
        elif what in ("product_viewed", "cart_item_added", "cart_item_removed"):
            record["product_id"] = rng.choice(PRODUCTS)
            if what != "product_viewed":
                record |= {"quantity": rng.choice([1, 1, 2]), "price": "9.50", "currency": "EUR"}
        elif what == "custom":
            record["name"] = "wishlist_opened"
        if what.startswith(("cart", "checkout")):
            record |= self.cart(visitor)
        self.put("clickstream", now, record)

    def cart(self, visitor: str) -> Json:
        """The cart that a click names, if it does: the device's own, a new one, or one that others have told."""
        rng = self.names
        if rng.random() < 0.2:
            self.carts.append(f"k{len(self.carts)}-{visitor}")
        own = [cart for cart in self.carts if cart.endswith(visitor)]
        return {"cart_id": rng.choice(own[-1:] * 6 + self.carts[-1:])} if own and rng.random() < 0.7 else {}

    def named(self, whose: Json) -> Json:
        """Whose an order is, and which cart it names: some are a guest's, who tells no more than that."""
        rng = self.names
        if rng.random() < 0.5:
            return whose
        cart = {rng.choice(["cart_id", "checkout_id"]): rng.choice(self.carts[-6:])}
        return cart | ({"customer_id": f"guest{rng.randrange(9)}"} if rng.random() < 0.4 else whose)

    def goods(self, order_id: str) -> Json:
        """What the order says of what was bought: nothing here."""
        return {}

    def purchase(self, visitor: str, customer: str | None, now: int) -> None:
        rng = self.rng
        if self.orders and rng.random() < 0.1:
            order_id = rng.choice(self.orders[-4:])
        else:
            order_id = f"o{len(self.orders)}"
            self.orders.append(order_id)
        way = rng.choice(["site", "topic", "topic", "both"])
        if way != "topic":
            click: Json = {
                "type": "order_completed",
                "visitor_id": visitor,
                "order_id": order_id,
                **self.goods(order_id),
            }
            if customer is not None:
                click["customer_id"] = customer
            self.put("clickstream", now, click)
        if way != "site":
            whose: Json = {"visitor_id": visitor}
            if customer is not None:
                both = self.style.moves or "partner" not in customer
                whose = rng.choice([{"customer_id": customer}, {"customer_id": customer, **whose} if both else whose])
            whose = self.named(whose)
            at = now + rng.choice([0, 0, 1, 1_000])
            self.put("orders", at, {"type": "order_placed", "order_id": order_id, **whose, **self.goods(order_id)})
            if rng.random() < 0.2:
                self.put("orders", at + 500, {"type": "order_updated", "order_id": order_id, **whose})

    def oddities(self) -> None:
        """Records that are quarantined or ignored, and engagements."""
        rng = self.rng
        for number in range(6):
            at = FIRST_MS + rng.randrange(SPAN_MS)
            bad: Json = rng.choice(
                [{"type": "wishlist"}, {"type": "cart_item_added"}, {"type": "page_viewed", "occurred_at": "now"}]
            )
            self.keep("clickstream", {"event_id": f"odd{number}", "occurred_at": at, "visitor_id": "v0a"} | bad, at)
        for number in range(4):
            at = FIRST_MS + rng.randrange(SPAN_MS)
            kind = rng.choice(["message_opened", "message_clicked", "consent_given"])
            said = {"event_id": f"g{number}", "type": kind, "occurred_at": at, "customer_id": "c0"}
            self.keep("engagements", said, at)


def shop(seed: int, style: Style) -> list[Event]:
    """All events in the order in which brokers take them."""
    made = Shop(seed, style)
    number = 0
    while len(made.events) < style.events:
        made.person(number)
        number += 1
    made.oddities()
    return sorted(made.events, key=lambda event: event.at_s)
