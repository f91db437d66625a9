"""What a partition of products keeps: a product, who has looked at it, and who waits for it.

Structs of msgspec, which stand in records as arrays, in the order of their fields. Only the fold in `streams.products`
changes them. Times in ms, UTC; money in minor units; stocks in thousandths.
"""

from typing import Any

from msgspec import Struct, field

from schemas.facts.product_facts import BoughtTogether, ProductBought

Priced = tuple[int, int, str | None]
"""(since when, price, currency)."""


class Waiting(Struct, frozen=True, array_like=True, gc=False):
    """A record of the catalogue that W has not passed: its time, its id, and what it says, by field."""

    at: int
    event_id: str
    said: dict[str, Any]


class Lore(Struct, frozen=True, array_like=True, gc=False):
    """What the catalogue says of a product since then, for whoever buys it: how many days one lasts, what does as well,
    and its category."""

    since: int
    cycle_days: int | None = None
    substitutes: tuple[str, ...] = ()
    category: str | None = None


class Product(Struct, array_like=True, gc=False):
    """A product as its records have told it so far, the last of them at `changed_at` by `changed_by`. `prices` are
    those of the last 90 days, oldest first, and the one before. It was unavailable, as far as is known, at `out_since`;
    `peak` is the most that there was since then. `waiting` are in order. `lore` is what the catalogue has said for
    buyers, oldest first; `bought` are purchases that wait until all are known that were before them, in order."""

    details: dict[str, Any] = field(default_factory=dict)
    price: int | None = None
    currency: str | None = None
    stock: int | None = None
    changed_at: int = 0
    changed_by: str = ""
    prices: list[Priced] = field(default_factory=list)
    out_since: int | None = None
    peak: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    lore: list[Lore] = field(default_factory=list)
    bought: list[ProductBought | BoughtTogether] = field(default_factory=list)


class Look(Struct, frozen=True, array_like=True, gc=False):
    """A visitor saw the product, or carted it; at which price, if the click told one."""

    at: int
    event_id: str
    price: int | None
    currency: str | None
    carted: bool


class Request(Struct, array_like=True, gc=False):
    """A visitor waits for the product: (time, event id) of each asking, in order; and by rule which change of the stock
    has answered those before it."""

    asked: list[tuple[int, str]] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)


class OrderOf(Struct, frozen=True, array_like=True, gc=False):
    """An order with the product in it: when it was placed, and what else is in it."""

    at: int
    others: tuple[str, ...]


class Partner(Struct, frozen=True, array_like=True, gc=False):
    """A product that is often bought together with this one: with so many orders (`joint`), and with how many it is
    bought at all, as it said last for the time before `heard_at`; 0 for never."""

    joint: int
    orders: int
    heard_at: int
