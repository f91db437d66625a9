"""One shopper of the demo: what a browser, a phone and the shop's back office say while somebody shops.

Pure: a seeded shopper always does the same. Times are milliseconds since the shop opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import cycle
from random import Random
from typing import Any

import orjson

from schemas.topics import Topic

PING_EVERY_MS = 200
CURRENCY = "EUR"
CATALOG: Mapping[str, Decimal] = {
    "linen-shirt": Decimal("39.90"),
    "rain-jacket": Decimal("89.00"),
    "wool-socks": Decimal("12.50"),
    "trail-shoes": Decimal("119.00"),
    "day-pack": Decimal("64.90"),
    "thermos": Decimal("24.90"),
    "head-lamp": Decimal("34.00"),
    "camp-stove": Decimal("49.90"),
    "tent-2p": Decimal("249.00"),
    "sleeping-bag": Decimal("139.00"),
    "sun-hat": Decimal("19.90"),
    "map-case": Decimal("9.90"),
}
PRODUCTS = tuple(CATALOG)


@dataclass(slots=True, frozen=True)
class Said:
    """One record, to be sent `at_ms` after the shop opened. A body in bytes is sent as it is, garbage or not.

    `skew_ms` is how far the clock of whoever says it runs ahead (or, if negative, how long it was offline).
    `doing` names the behaviour that it is part of.
    """

    at_ms: int
    topic: Topic
    key: str
    body: Mapping[str, Any] | bytes
    doing: str
    skew_ms: int = 0

    def value(self, opened_ms: int) -> bytes:
        """The record as it goes to Kafka, if the shop opened at that time (ms since the epoch)."""
        if isinstance(self.body, bytes):
            return self.body
        return orjson.dumps({**self.body, "occurred_at": opened_ms + self.at_ms + self.skew_ms})

    def later(self, by_ms: int) -> "Said":
        """The very same record, sent again."""
        return replace(self, at_ms=self.at_ms + by_ms, skew_ms=self.skew_ms - by_ms)


class Shopper:
    """Writes down in `said` what one shopper does from `arrives_ms` on.

    `number` is unique in the shop; `account` is who the shopper turns out to be on signing in; the `pace` stretches the
    time spent on pages.
    """

    def __init__(self, rng: Random, number: int, arrives_ms: int, doing: str, account: str, pace: float) -> None:
        self.said: list[Said] = []
        self.visitor = f"v-{number:03d}-{rng.randrange(16**3):03x}"
        self.customer: str | None = None
        self._account = account
        self._pace = pace
        self._rng = rng
        self._number = number
        self._at = arrives_ms
        self._doing = doing
        self._cart: dict[str, int] = {}
        self._skew_ms = 0
        self._wanted = cycle(rng.sample(PRODUCTS, len(PRODUCTS)))
        self._viewed = next(self._wanted)

    def chance(self, of: float) -> bool:
        """True in that share of cases."""
        return self._rng.random() < of

    def linger(self, least_s: float = 0.5, most_s: float = 1.4) -> None:
        """Stay on the page for a while: it sends its pings."""
        until = self._at + int(self._ms(least_s, most_s) * self._pace)
        while self._at + PING_EVERY_MS < until:
            self._at += PING_EVERY_MS
            self._click("page_ping")
        self._at = until

    def away(self, least_s: float, most_s: float) -> None:
        """Close the tab, and do something else."""
        self._at += self._ms(least_s, most_s)

    def clock_ahead(self, seconds: int) -> None:
        """From here on the shopper's device is ahead of everybody else's."""
        self._skew_ms = seconds * 1000

    def page(self) -> None:
        """Look at a page of the shop."""
        self._click("page_viewed", url=f"https://shop.example/{self._rng.choice(('', 'sale', 'about', 'new'))}")

    def search(self) -> None:
        """Search for something."""
        self._click("product_searched", query=self._rng.choice(PRODUCTS).replace("-", " "))

    def view(self, times: int = 1) -> None:
        """Look at products."""
        for _ in range(times):
            self._viewed = next(self._wanted)
            self._click("product_viewed", product_id=self._viewed, **_price(self._viewed))
            self.linger(0.4, 0.9)

    def add(self) -> None:
        """Put what was viewed last into the cart."""
        quantity = self._rng.choice((1, 1, 1, 2))
        self._cart[self._viewed] = self._cart.get(self._viewed, 0) + quantity
        self._click("cart_item_added", product_id=self._viewed, quantity=quantity, **_price(self._viewed))
        self.linger(0.3, 0.8)

    def remove(self) -> None:
        """Take one product out of the cart again."""
        product, quantity = self._cart.popitem()
        self._click("cart_item_removed", product_id=product, quantity=quantity)
        self.linger(0.3, 0.8)

    def sign_in(self) -> None:
        """Say who it is."""
        self.customer = self._account
        self._click("identified")

    def move_to_leave(self) -> None:
        """The pointer goes to the tab's cross."""
        self._click("exit_signal", exit_kind="mouse_leave")
        self._at += 120

    def check_out(self, steps: int = 1) -> None:
        """Start the checkout, and go on in it."""
        self._click("checkout_started")
        for _ in range(1, steps):
            self.linger()
            self._click("checkout_progressed")
        self.linger(0.3, 0.8)

    def buy(self) -> None:
        """Order on the site: the page says so, and so does the back office."""
        order_id = f"o-{self._number:03d}-{len(self.said)}"
        self._click("order_completed", order_id=order_id)
        self._at += 150
        self._order(order_id, visitor_id=self.visitor)

    def buy_elsewhere(self, ago_s: float = 0.0) -> None:
        """Order in the app or in a store, which knows the customer only; the feed may tell of it late."""
        assert self.customer is not None, "a store knows customers, not browsers"
        self._order(f"o-{self._number:03d}-{len(self.said)}", ago_s=ago_s)

    def opt_out(self) -> None:
        """Ask for silence."""
        whose = {"visitor_id": self.visitor} if self.customer is None else {"customer_id": self.customer}
        body = {"event_id": self._event_id(), "type": "opted_out", **whose}
        self._say(Topic.ENGAGEMENTS, self.customer or self.visitor, body, self._skew_ms)

    def unknown_type(self) -> None:
        """Do something that this version of Afterclick has never heard of."""
        self._click("wishlist_shared")

    def offline_view(self, ago_s: float) -> None:
        """Look at a product in a tunnel: the phone tells of it only now."""
        body = {"event_id": self._event_id(), "type": "product_viewed", "product_id": self._viewed}
        self._say(Topic.CLICKSTREAM, self.visitor, body | {"visitor_id": self.visitor}, -int(ago_s * 1000))

    def _order(self, order_id: str, ago_s: float = 0.0, **whose: str) -> None:
        if self.customer is not None:
            whose["customer_id"] = self.customer
        lines = [
            {"product_id": product, "quantity": quantity, "unit_price": str(CATALOG[product])}
            for product, quantity in self._cart.items()
        ]
        total = sum((CATALOG[product] * quantity for product, quantity in self._cart.items()), Decimal(0))
        named = {"event_id": self._event_id(), "type": "order_placed", "order_id": order_id, **whose}
        body = {**named, "lines": lines, "total": str(total), "currency": CURRENCY}
        self._say(Topic.ORDERS, self.customer or self.visitor, body, -int(ago_s * 1000))
        self._cart.clear()

    def _click(self, type_: str, **fields: Any) -> None:
        body = {"event_id": self._event_id(), "type": type_, "visitor_id": self.visitor}
        if self.customer is not None:
            body["customer_id"] = self.customer
        self._say(Topic.CLICKSTREAM, self.visitor, body | fields, self._skew_ms)

    def _say(self, topic: Topic, key: str, body: Mapping[str, Any], skew_ms: int) -> None:
        self.said.append(Said(self._at, topic, key, body, self._doing, skew_ms))

    def _event_id(self) -> str:
        return f"e-{self._number}-{len(self.said)}"

    def _ms(self, least_s: float, most_s: float) -> int:
        return int(self._rng.uniform(least_s, most_s) * 1000)


def _price(product: str) -> dict[str, str]:
    return {"price": str(CATALOG[product]), "currency": CURRENCY}
