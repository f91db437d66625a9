"""The products of a partition with their lookers and those who wait; and which of them have changed.

A product's looks and requests are bounded; what is cut is counted. Which products a visitor stands at is derived: an
erasure asks for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schemas.product import Look, Product, Request
from schemas.product_facts import ProductLooked, StockAsked
from streams.limits import Cut
from streams.products.changes import KEPT_MS
from streams.products.looks import is_over, note_asking, note_look
from streams.products.record import (
    ASK,
    LOOK,
    Kept,
    decode_looks,
    decode_product,
    decode_request,
    encode,
    kept_of,
    key_of,
)

LOOKERS_MAX = 20_000
"""Visitors a product of whom it is known that they have looked at it: so many hear of a change at most. Those whose
last look is the oldest go first, a twentieth of them at a time: to find them costs as much as all looks of a minute."""

REQUESTS_MAX = 20_000
"""Visitors who wait for a product. More than that are not taken: their turn would not come."""

AT_A_TIME = 20


@dataclass(slots=True)
class Shelf:
    """A product, the looks at it and the requests for it, by visitor."""

    product: Product = field(default_factory=Product)
    looks: dict[str, list[Look]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)

    def is_empty(self) -> bool:
        """Whether nothing is known of the product and of nobody at it."""
        product = self.product
        return not (product.changed_at or product.waiting or self.looks or self.requests)


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
        else:
            shelf.requests.pop(visitor, None)
            if value is not None:
                shelf.requests[visitor] = decode_request(value)
        self._tidy(product, visitor)

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
        self._tidy(product, None)
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
        held = shelf.looks.get(kept.visitor) if kept.prefix == LOOK else shelf.requests.get(kept.visitor)
        return None if held is None else encode(held)

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
        self._tidy(product, visitor)

    def _tidy(self, product: str, visitor: str | None) -> None:
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

    def _few_lookers(self, product: str, shelf: Shelf, cut: Cut) -> None:
        oldest = sorted(shelf.looks, key=lambda visitor: (shelf.looks[visitor][-1].at, visitor))
        gone = oldest[: len(oldest) // AT_A_TIME]
        for visitor in gone:
            shelf.looks[visitor] = []
            self._drop_empty(LOOK, product, visitor)
        cut("lookers", len(gone))
