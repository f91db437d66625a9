"""The products of a partition with their lookers and those who wait; and which of them have changed.

A product's looks and requests are bounded; what is cut is counted. Which products a visitor stands at is derived: an
erasure asks for it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.facts.product_facts import BoughtTogether, PartnerCounted, ProductBought, ProductLooked, StockAsked
from schemas.state.product import Look, OrderOf, Partner, Product, Request
from streams.limits import Cut
from streams.products import together
from streams.products.changes import KEPT_MS
from streams.products.looks import is_over, note_asking, note_look
from streams.products.record import (
    ASK,
    BUY,
    LOOK,
    ORDER,
    PARTNER,
    Kept,
    decode_looks,
    decode_order,
    decode_partner,
    decode_product,
    decode_request,
    decode_times,
    encode,
    kept_of,
    key_of,
)

LOOKERS_MAX = 20_000
"""Visitors a product of whom it is known that they have looked at it: so many hear of a change at most. Those whose
last look is the oldest go first, a twentieth of them at a time: to find them costs as much as all looks of a minute."""

REQUESTS_MAX = 20_000
"""Visitors who wait for a product. More than that are not taken: their turn would not come."""

BUYERS_MAX = 20_000
"""Persons a product whose purchases of it are known: more tell nothing new of how long it lasts. Those whose last
purchase is the oldest go first, as many at a time as of lookers."""

AGAIN_MIN = 20
"""Persons who have bought the product again, from whom on their gaps say how long it lasts."""

AT_A_TIME = 20


@dataclass(slots=True)
class Shelf:
    """A product, the looks at it and the requests for it, by visitor, and the purchases of it, by the buyer's key.
    Derived of these: the `gaps` of all buyers, the shortest first, and how many buyers have one (`again`). Besides, the
    `orders` with it, and its `partners`; and what was `told` to which of those: after a restart they are told again."""

    product: Product = field(default_factory=Product)
    looks: dict[str, list[Look]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    buyers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    again: int = 0
    orders: dict[str, OrderOf] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)

    def is_empty(self) -> bool:
        """Whether nothing is known of the product and of nobody at it."""
        product = self.product
        waits = product.waiting or product.bought
        sells = self.buyers or self.orders or self.partners
        return not (product.changed_at or waits or self.looks or self.requests or sells)

    @property
    def gap(self) -> int | None:
        """The median gap of all buyers, ms, of an even number the mean of the two in the middle, cut off; None if too
        few have bought the product again."""
        gaps = self.gaps
        return None if self.again < AGAIN_MIN else (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) // 2

    def buys(self, who: str, times: tuple[int, ...]) -> None:
        """These are the buyer's purchases from now on."""
        before = self.buyers.pop(who, ())
        for one, next_ in pairwise(before):
            del self.gaps[bisect_left(self.gaps, next_ - one)]
        for one, next_ in pairwise(times):
            insort(self.gaps, next_ - one)
        self.again += (len(times) > 1) - (len(before) > 1)
        if times:
            self.buyers[who] = times


class Shelves:
    """Shelves by product. `changed` are those of the changelog's keys that were touched since the last `entries`."""

    def __init__(self) -> None:
        self.by_product: dict[str, Shelf] = {}
        self._standing: dict[str, set[str]] = {}
        self._changed: dict[Kept, None] = {}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog, or a tombstone. Raises UnreadableState."""
        prefix, product, visitor = kept_of(key)
        shelf = self.of(product)
        if visitor is None:
            shelf.product = Product() if value is None else decode_product(value)
        elif prefix == LOOK:
            shelf.looks.pop(visitor, None)
            if value is not None:
                shelf.looks[visitor] = decode_looks(value)
        elif prefix == BUY:
            shelf.buys(visitor, () if value is None else decode_times(value))
        elif prefix == ORDER:
            shelf.orders.pop(visitor, None)
            if value is not None:
                shelf.orders[visitor] = decode_order(value)
        elif prefix == PARTNER:
            shelf.partners.pop(visitor, None)
            if value is not None:
                shelf.partners[visitor] = decode_partner(value)
        else:
            shelf.requests.pop(visitor, None)
            if value is not None:
                shelf.requests[visitor] = decode_request(value)
        self.tidy(product, visitor)

    def of(self, product: str) -> Shelf:
        """The shelf of the product; a new one where there is none."""
        shelf = self.by_product.get(product)
        if shelf is None:
            shelf = self.by_product[product] = Shelf()
        return shelf

    def touch(self, product: str) -> None:
        """The product itself has changed."""
        self._changed[Kept(b"", product, None)] = None

    def look(self, fact: ProductLooked, watermark: int, cut: Cut) -> bool:
        """Take in that a visitor has looked; False if it is known."""
        shelf = self.of(fact.product)
        looks = shelf.looks.setdefault(fact.visitor, [])
        news = note_look(looks, Look(fact.at, fact.event_id, fact.price, fact.currency, fact.carted), watermark, cut)
        if news:
            self._touch_at(LOOK, fact.product, fact.visitor)
            if len(shelf.looks) > LOOKERS_MAX:
                self._few_lookers(fact.product, shelf, cut)
        return news

    def ask(self, fact: StockAsked, cut: Cut) -> bool:
        """Take in that a visitor asks for the product; False if it is known, or more wait than may."""
        shelf = self.of(fact.product)
        request = shelf.requests.get(fact.visitor)
        if request is None:
            if len(shelf.requests) >= REQUESTS_MAX:
                cut("requests", 1)
                return False
            request = shelf.requests[fact.visitor] = Request()
        news = note_asking(request, fact.at, fact.event_id, cut)
        if news:
            self._touch_at(ASK, fact.product, fact.visitor)
        return news

    def answer(self, product: str, visitor: str, rule_id: str, at: int) -> None:
        """The rule has answered, at `at`, what the visitor had asked until then."""
        self.by_product[product].requests[visitor].answered[rule_id] = at
        self._touch_at(ASK, product, visitor)

    def note_buyer(self, fact: ProductBought, cut: Cut) -> None:
        """Take in what the buyer has bought of the product by now."""
        shelf = self.of(fact.product)
        shelf.buys(fact.who, fact.times)
        self._changed[Kept(BUY, fact.product, fact.who)] = None
        if len(shelf.buyers) > BUYERS_MAX:
            oldest = sorted(shelf.buyers, key=lambda who: (shelf.buyers[who][-1], who))
            gone = oldest[: len(oldest) // AT_A_TIME]
            for who in gone:
                shelf.buys(who, ())
                self._changed[Kept(BUY, fact.product, who)] = None
            cut("buyers", len(gone))
        self.tidy(fact.product, None)

    def note_order(self, fact: BoughtTogether, cut: Cut) -> None:
        """Take in an order with the product, or that it does not count."""
        self._touch_all(ORDER, fact.product, together.note_order(self.of(fact.product).orders, fact, cut))
        self.tidy(fact.product, None)

    def count_orders(self, product: str, midnight: int, cut: Cut) -> int:
        """Count what was bought together with the product up to that midnight; with how many orders it was bought."""
        shelf = self.by_product[product]
        self._touch_all(ORDER, product, together.forget_orders(shelf.orders, midnight))
        number, changed = together.count(shelf.orders, shelf.partners, midnight, cut)
        self._touch_all(PARTNER, product, changed)
        return number

    def hear_partner(self, fact: PartnerCounted, cut: Cut) -> bool:
        """Take in with how many orders the partner was bought; whether that is news."""
        news = together.hear(self.of(fact.product).partners, fact, cut)
        if news:
            self._changed[Kept(PARTNER, fact.product, fact.partner)] = None
        return news

    def forget(self, visitor: str, at: int) -> None:
        """Drop what the visitor did up to `at`, that instant included."""
        for product in list(self._standing.get(visitor, ())):
            shelf = self.by_product[product]
            if visitor in shelf.looks:
                shelf.looks[visitor] = [look for look in shelf.looks[visitor] if look.at > at]
                self._drop_empty(LOOK, product, visitor)
            if visitor in shelf.requests:
                request = shelf.requests[visitor]
                request.asked = [asking for asking in request.asked if asking[0] > at]
                self._drop_empty(ASK, product, visitor)

    def sweep(self, product: str, rule_ids: Iterable[str], watermark: int) -> int | None:
        """Drop looks and requests that count no more; the time of the oldest that is left, None if none is."""
        shelf, rules, oldest = self.by_product[product], tuple(rule_ids), []
        for visitor, looks in list(shelf.looks.items()):
            if looks[-1].at < watermark - KEPT_MS:
                looks.clear()
                self._drop_empty(LOOK, product, visitor)
            else:
                oldest.append(looks[-1].at)
        for visitor, request in list(shelf.requests.items()):
            if is_over(request, rules, watermark):
                request.asked.clear()
                self._drop_empty(ASK, product, visitor)
            else:
                oldest.append(request.asked[-1][0])
        self.tidy(product, None)
        return min(oldest, default=None)

    def entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What the changelog has to be told since the last call."""
        changed, self._changed = self._changed, {}
        for kept in changed:
            yield key_of(kept), self._value(kept)

    def _value(self, kept: Kept) -> bytes | None:
        shelf = self.by_product.get(kept.product)
        if shelf is None:
            return None
        if kept.visitor is None:
            return encode(shelf.product)
        if kept.prefix == BUY:
            times = shelf.buyers.get(kept.visitor)
            return None if times is None else encode(times)
        if kept.prefix in (ORDER, PARTNER):
            one = (shelf.orders if kept.prefix == ORDER else shelf.partners).get(kept.visitor)
            return None if one is None else encode(one)
        held = shelf.looks.get(kept.visitor) if kept.prefix == LOOK else shelf.requests.get(kept.visitor)
        return None if held is None else encode(held)

    def _touch_all(self, prefix: bytes, product: str, changed: Iterable[str]) -> None:
        for name in changed:
            self._changed[Kept(prefix, product, name)] = None

    def _touch_at(self, prefix: bytes, product: str, visitor: str) -> None:
        self._changed[Kept(prefix, product, visitor)] = None
        self._standing.setdefault(visitor, set()).add(product)

    def _drop_empty(self, prefix: bytes, product: str, visitor: str) -> None:
        shelf = self.by_product[product]
        self._changed[Kept(prefix, product, visitor)] = None
        if prefix == LOOK and not shelf.looks[visitor]:
            del shelf.looks[visitor]
        if prefix == ASK and not shelf.requests[visitor].asked:
            del shelf.requests[visitor]
        self.tidy(product, visitor)

    def tidy(self, product: str, visitor: str | None = None) -> None:
        """Bring up to date at which products the visitor stands; a shelf with nothing on it goes."""
        shelf = self.by_product.get(product)
        if shelf is None:
            return
        if visitor is not None:
            if visitor in shelf.looks or visitor in shelf.requests:
                self._standing.setdefault(visitor, set()).add(product)
            elif visitor in self._standing:
                self._standing[visitor].discard(product)
                if not self._standing[visitor]:
                    del self._standing[visitor]
        if shelf.is_empty():
            del self.by_product[product]
            self.touch(product)

    def _few_lookers(self, product: str, shelf: Shelf, cut: Cut) -> None:
        oldest = sorted(shelf.looks, key=lambda visitor: (shelf.looks[visitor][-1].at, visitor))
        gone = oldest[: len(oldest) // AT_A_TIME]
        for visitor in gone:
            shelf.looks[visitor] = []
            self._drop_empty(LOOK, product, visitor)
        cut("lookers", len(gone))
