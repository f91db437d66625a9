"""What products are told of visitors, and visitors of products: facts as those of `schemas.facts.profile_facts`.

What visitors hear waits in their journals, and follows them to the customers that they are.
"""

from typing import ClassVar

from schemas.facts.said import CATALOG, CLICK, ITSELF, Place, Said

STOCK, PRICE = 0, 1
"""Among what a record of the catalogue tells one visitor."""

_FAR = 10**15 - 1
"""Later than any time, ms: for what is ordered from the latest to the earliest."""


def _at_look(event_id: str, looked_at: int, seen: int, visitor: str) -> str:
    """Where among what a record of the catalogue tells the devices of a customer one of them has its place: the latest
    look comes first, since it alone counts; of one instant that at the lower price. No two devices share a place."""
    return f"{event_id}:{_FAR - looked_at:015}:{seen:015}:{visitor}"


class PriceChanged(Said, tag="price_changed"):
    """A product costs `price` from `at` on, in minor units of `currency`, and cost more before (`falls`) or less.
    Told to a visitor who last saw or carted it at `looked_at`, when it cost `seen` (None if that is not known)."""

    fact: ClassVar[str] = "price_changed"
    at: int
    event_id: str
    visitor: str
    product: str
    price: int
    currency: str | None
    falls: bool
    looked_at: int
    seen: int | None

    def place(self) -> Place:
        return (self.at, CATALOG, _at_look(self.event_id, self.looked_at, self.seen or 0, self.visitor), PRICE)


class StockChanged(Said, tag="stock_changed"):
    """There are `stock` of a product from `at` on, in thousandths, and were `before`, None if that was not known. It
    was unavailable from `out_since` on (None if it never was, or is off the shop), and there were at most `peak` since
    then. Told to a visitor who last saw or carted it at `looked_at` and last saw it at `viewed_at`, 0 for never."""

    fact: ClassVar[str] = "stock_changed"
    at: int
    event_id: str
    visitor: str
    product: str
    stock: int
    before: int | None
    out_since: int | None
    peak: int
    looked_at: int
    viewed_at: int

    def place(self) -> Place:
        return (self.at, CATALOG, _at_look(self.event_id, self.looked_at, 0, self.visitor), STOCK)


class Released(Said, tag="released"):
    """A product is back at `at`, and the turn has come of the visitor who asked for it, first by the event `event_id`
    and last at `asked_at`; `rules` are those that tell."""

    fact: ClassVar[str] = "released"
    at: int
    event_id: str
    visitor: str
    product: str
    asked_at: int
    rules: tuple[str, ...]

    def place(self) -> Place:
        return (self.at, CATALOG, self.event_id, ITSELF)


class ProductLooked(Said, tag="product_looked"):
    """The visitor has seen the product, or carted it, at this price, where the click told one. Goes to the product."""

    fact: ClassVar[str] = "product_looked"
    at: int
    event_id: str
    visitor: str
    product: str
    price: int | None
    currency: str | None
    carted: bool

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


class StockAsked(Said, tag="stock_asked"):
    """The visitor wants to hear when the product is back. Goes to the product."""

    fact: ClassVar[str] = "stock_asked"
    at: int
    event_id: str
    visitor: str
    product: str

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


class ProductBought(Said, tag="product_bought"):
    """The profile of the key `who` has bought the product, or has not after all: `times` are its purchases that count
    by now, ms, of each day (UTC) the last one, earliest first. Where there is an `order_id`, it wants to hear what is
    known of the product. `class_` is that of the record among events of one instant. Goes to the product."""

    fact: ClassVar[str] = "product_bought"
    at: int
    event_id: str
    who: str
    product: str
    times: tuple[int, ...]
    class_: int
    order_id: str = ""
    visitor: str | None = None

    def place(self) -> Place:
        return (self.at, self.class_, self.event_id, ITSELF)


class BoughtTogether(Said, tag="bought_together"):
    """The person of the key `who` has bought the product at `bought_at`, ms, with an order that has these `others` in
    it, too; or has not after all, where it does not count (`counts`). `order` tells the person's orders apart: of each
    the last word stands. `class_` is that of the record among events of one instant. Goes to the product."""

    fact: ClassVar[str] = "bought_together"
    at: int
    event_id: str
    who: str
    product: str
    order: str
    bought_at: int
    others: tuple[str, ...]
    class_: int
    counts: bool

    def place(self) -> Place:
        return (self.at, self.class_, self.event_id, ITSELF)


class PartnerCounted(Said, tag="partner_counted"):
    """So many `orders` of the days before `at`, ms, have the `partner` in them, which is often bought together with the
    product. Goes from one product to the other."""

    fact: ClassVar[str] = "partner_counted"
    at: int
    event_id: str
    product: str
    partner: str
    orders: int

    def place(self) -> Place:
        return (self.at, CATALOG, self.event_id, ITSELF)


class ProductKnown(Said, tag="product_known"):
    """What is known, at `at`, of a product that was bought with the order: how long one lasts as the catalogue says
    (`cycle`), the median gap of all who have bought it again (`gap`), both in ms, what does as well, and its category.
    Told to who bought it."""

    fact: ClassVar[str] = "product_known"
    at: int
    event_id: str
    visitor: str | None
    product: str
    order_id: str
    cycle: int | None
    gap: int | None
    substitutes: tuple[str, ...]
    category: str | None

    def place(self) -> Place:
        return (self.at, CATALOG, f"{self.event_id}:{self.product}", ITSELF)


class VisitorForgotten(Said, tag="visitor_forgotten"):
    """The visitor asked at `at` to be forgotten. Goes to every partition of products."""

    fact: ClassVar[str] = "visitor_forgotten"
    at: int
    event_id: str
    visitor: str
