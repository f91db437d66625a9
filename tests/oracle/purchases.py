"""What a person has bought, and what waits counting from it: for win-back, cross-sell and replenishment in batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.lore import Known
from tests.oracle.records import Json, Moment, Record
from tests.oracle.subscribed import had_since

DAY = 86_400_000
LONGEST = 730 * DAY
Waiting = tuple[Moment, str]
"""Counted from when, of which order."""


@dataclass(frozen=True)
class Buying:
    """The settings of the three kinds, ms; None switches one off. `remembered` is of how many orders, the last ones,
    it is known what was in them."""

    factor: Fraction | None = None
    least: int = 0
    most: int = 0
    default: int = 0
    cross_wait: int | None = None
    bought: frozenset[str] = frozenset()
    offer: frozenset[str] = frozenset()
    lead: int | None = None
    cycles: dict[str, int] = field(default_factory=dict)
    default_cycle: int | None = None
    substitutes: dict[str, frozenset[str]] = field(default_factory=dict)
    remembered: int = 200


class Bought(NamedTuple):
    """An order that counts: when it was placed, what of it is left, and whether a subscription delivers it; or that it
    is too long ago for anybody to know."""

    at: Moment
    products: frozenset[str]
    subscribed: bool
    forgotten: bool = False


@dataclass
class Shelf:
    """What a person has bought, and what waits counting from it; with what was spoken of."""

    orders: dict[str, Bought] = field(default_factory=dict)
    silent: Waiting | None = None
    silent_spoken: int = -1
    cross: set[Waiting] = field(default_factory=set)
    cross_spoken: set[Waiting] = field(default_factory=set)
    used: dict[str, Waiting] = field(default_factory=dict)  # by product
    used_due: dict[str, int] = field(default_factory=dict)  # as it was last reckoned: what is forgotten moves nothing
    used_spoken: dict[str, int] = field(default_factory=dict)
    subscriptions: dict[str, list[Record]] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)

    def has_had(self, product: str, since: Moment) -> bool:
        """Whether a subscription of the product was active at that moment, or later."""
        return had_since(self.subscriptions.values(), product, since)

    def names(self, products: frozenset[str]) -> frozenset[str]:
        """The products, and of which category they are known to be."""
        told = [self.known[product].category for product in products if product in self.known]
        return products | {category for category in told if category}

    def instead_of(self, settings: "Buying", product: str) -> frozenset[str]:
        """What does as well as the product."""
        told = self.known[product].substitutes if product in self.known else frozenset()
        return settings.substitutes.get(product, frozenset()) | told

    def purchases(self, product: str | None = None) -> list[Waiting]:
        """All purchases, or those of the product, in order."""
        wanted = self.orders.items() if product is None else self.of(product)
        return sorted((bought.at, order) for order, bought in wanted)

    def of(self, product: str) -> Iterable[tuple[str, Bought]]:
        """The orders with the product."""
        return ((order, bought) for order, bought in self.orders.items() if product in bought.products)

    def pause(self, settings: Buying) -> int:
        """How long nothing may be bought before that is told."""
        times = [at.time for at, _ in self.purchases()]
        if settings.factor is None or len(times) < 3:
            return settings.default
        own = settings.factor * Fraction(times[-1] - times[0], len(times) - 1)
        return int(min(max(own, Fraction(settings.least)), Fraction(settings.most)))

    def lasts(self, settings: Buying, product: str) -> int | None:
        """How long the product lasts; None if nobody knows, or it is not worth a word."""
        days: dict[int, int] = {}
        for at, _ in self.purchases(product):
            days[at.time // DAY] = at.time
        times = [*days.values()]
        if len(times) >= 3:
            gaps = sorted(times[i + 1] - times[i] for i in range(len(times) - 1))
            cycle: int | None = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) // 2
        else:
            known = self.known.get(product)
            said = [settings.cycles.get(product), *((known.cycle, known.gap) if known else ()), settings.default_cycle]
            cycle = next((one for one in said if one is not None), None)
        assert settings.lead is not None
        return None if cycle is None or cycle <= settings.lead or cycle > LONGEST else cycle

    def is_replaced(self, settings: Buying, product: str) -> bool:
        """Whether something that stands in for the product was bought after it."""
        last = self.purchases(product)[-1][0]
        others = self.instead_of(settings, product)
        return any(bought.products & others and bought.at > last for bought in self.orders.values())

    def is_answered(self, settings: Buying, order: str) -> bool:
        """Whether something of the offer was bought with the order, or after it."""
        at = self.orders[order].at
        return any(
            self.names(bought.products) & settings.offer and (known == order or bought.at > at)
            for known, bought in self.orders.items()
        )


def products(records: list[Record]) -> frozenset[str]:
    """What of an order is left: the lines of its last update that has some, else of all records that placed it, else of
    the first that tells them; less what was given back."""
    told = [record.body for record in records if record.body.get("lines")]
    updates = [body for body in told if body["type"] == "order_updated"]
    placed = [body for body in told if body["type"] == "order_placed"]
    others = [body for body in told if body["type"] in ("order_paid", "order_shipped", "order_delivered")]
    left: dict[str, Decimal] = {}
    for body in updates[-1:] or placed or others[:1]:
        _add(left, body, 1)
    for body in told:
        if body["type"] == "order_refunded":
            _add(left, body, -1)
    return frozenset(product for product, quantity in left.items() if quantity > 0)


def _add(left: dict[str, Decimal], body: Json, sign: int) -> None:
    for line in body["lines"]:
        quantity = Decimal(str(line.get("quantity") if line.get("quantity") is not None else 1))
        left[line["product_id"]] = left.get(line["product_id"], Decimal(0)) + sign * abs(quantity)


def is_subscribed(records: list[Record]) -> bool:
    """Whether the first record that says where the order comes from says that."""
    channels = [record.body["channel"] for record in records if record.body.get("channel")]
    return channels[:1] == ["subscription"]
