"""One shopper of the demo: what the browser, the phone and the shop's back office say while somebody shops.

Pure: a seeded shopper always does the same. Times are milliseconds since the shop opened.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from agents.demo import shelves
from agents.demo.browser import Browser
from agents.demo.shelves import CURRENCY
from schemas.topics import Topic

PAGE_AND_OFFICE_MS = 150
"""How long after the page the back office says that there is an order."""


class Shopper(Browser):
    """A browser, and what else is known of whoever sits in front of it: orders, parcels, payments, wishes."""

    order_id = ""
    """The last order."""

    def buy(self) -> None:
        """Order on the site: the page says so, and so does the back office."""
        self._new_order()
        self._click("order_completed", order_id=self.order_id)
        self.at_ms += PAGE_AND_OFFICE_MS
        self._order(visitor_id=self.visitor)

    def buy_elsewhere(self, ago_s: float = 0.0) -> None:
        """Order in the app or in a store, which knows the customer only; the feed may tell of it late."""
        assert self.customer is not None, "a store knows customers, not browsers"
        self._new_order()
        self._order(ago_s=ago_s)

    def buy_unpaid(self) -> None:
        """Order, and the payment is open."""
        self._new_order()
        self._order(payment_state="pending")

    def told_later(self, type_: str, in_s: float) -> None:
        """The back office says something of the last order: that it was paid, not paid, sent, delivered, refunded."""
        with self._later(in_s):
            self._office(type_, {})

    def subscription(self, type_: str, in_s: float = 0.0) -> None:
        """The back office says something of the shopper's subscription."""
        with self._later(in_s):
            self._office(f"subscription_{type_}", {"order_id": f"s-{self._number:03d}", "channel": "subscription"})

    def opt_out(self) -> None:
        """Ask for silence."""
        self._wish("opted_out")

    def consent(self) -> None:
        """Allow mails."""
        self._wish("consent_given", channel="email")

    def _wish(self, type_: str, **about: str) -> None:
        whose = {"visitor_id": self.visitor} if self.customer is None else {"customer_id": self.customer}
        body = {"event_id": self._event_id(), "type": type_, **whose, **about}
        self._say(Topic.ENGAGEMENTS, self.customer or self.visitor, body, self._skew_ms)

    def _new_order(self) -> None:
        self.order_id = f"o-{self._number:03d}-{len(self.said)}"

    def _order(self, ago_s: float = 0.0, **fields: str) -> None:
        prices = {product: shelves.price(product, self.at_ms) for product in self._cart}
        lines = [
            {"product_id": product, "quantity": quantity, "unit_price": str(prices[product])}
            for product, quantity in self._cart.items()
        ]
        total = sum((prices[product] * quantity for product, quantity in self._cart.items()), Decimal(0))
        body = {"lines": lines, "total": str(total), "currency": CURRENCY, **fields}
        self._office("order_placed", body, ago_s)
        self._cart.clear()

    def _office(self, type_: str, fields: Mapping[str, Any], ago_s: float = 0.0) -> None:
        whose = {"visitor_id": self.visitor} if self.customer is None else {"customer_id": self.customer}
        named = {"event_id": self._event_id(), "type": type_, "order_id": self.order_id, **whose}
        self._say(Topic.ORDERS, self.customer or self.visitor, named | dict(fields), -int(ago_s * 1000))

    @contextmanager
    def _later(self, in_s: float) -> Iterator[None]:
        """What is said inside is said so many seconds later; the shopper goes on meanwhile."""
        now_ms = self.at_ms
        self.at_ms += int(in_s * 1000)
        yield
        self.at_ms = now_ms
