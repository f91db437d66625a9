"""The fold of a partition's products: a record waits for W, then changes its product, and is told whom it concerns.

What clicks tell of a product is kept at once; it counts by its own time.
"""

from collections.abc import Iterable
from operator import attrgetter

from schemas.events.catalog import CatalogRecord
from schemas.facts.product_facts import (
    BoughtTogether,
    PartnerCounted,
    ProductBought,
    ProductLooked,
    StockAsked,
    VisitorForgotten,
)
from schemas.facts.profile_facts import Fact
from schemas.ids import digest_of
from schemas.rules.base import RuleBase
from schemas.rules.buying_again import Replenishment
from schemas.rules.events import OF_PRODUCTS
from schemas.rules.products import ProductRule
from schemas.rules.words import DAY_MS
from schemas.state.product import Waiting
from schemas.state.profile import PRODUCT, VISITOR
from schemas.topics import Topic
from streams.ids import hash64
from streams.limits import size_of
from streams.products.changes import KEPT_MS, WAITING_MAX, apply, is_overtaken, said_by
from streams.products.happening import happened
from streams.products.shelves import Shelf, Shelves
from streams.products.shown import product_now
from streams.products.telling import known_of, releases, told
from streams.products.together import JOINT_MIN, also_bought, midnight_from
from streams.records import APPLIED, DUPLICATE, LATE, tell
from streams.stage import Effects, Out
from streams.time.due_index import DueIndex
from streams.triggers.asking import asked_by

WAITING_BYTES_MAX = 256 * 1024
"""The records of a product that wait for W. The oldest are folded early."""

BOUGHT_MAX = 500
"""Purchases of a product that wait until all before them are known: of some seconds, or what a backlog brings ahead of
the rest. The oldest are answered early."""

BOUGHT_BYTES_MAX = 128 * 1024

SWEEP_EVERY_MS = DAY_MS
"""A product is looked through for what counts no more once a day at most."""

_place = attrgetter("at", "event_id")
_turn = attrgetter("at", "class_", "event_id", "who")

_BOUGHT_FEW = 20


class Products:
    """All products of a partition. `effects` take what comes of it; `waiting` records of the catalogue wait for W."""

    def __init__(self, rules: Iterable[RuleBase]) -> None:
        self.go_by(rules)
        self._due: DueIndex[str] = DueIndex()
        self._answers: DueIndex[str] = DueIndex()
        self._days: DueIndex[str] = DueIndex()
        self._swept: dict[str, int] = {}
        self._news: dict[str, None] = {}
        self.shelves = Shelves()
        self.effects = Effects()
        self.waiting = 0

    def go_by(self, rules: Iterable[RuleBase]) -> None:
        """From now on these are the rules."""
        all_ = tuple(rules)
        self._rules = tuple(rule for rule in all_ if isinstance(rule, ProductRule))
        asked = asked_by([rule for rule in all_ if any(ask.event in OF_PRODUCTS for ask in rule.asks)])
        self._asked = {event: asked[event] for event in OF_PRODUCTS if event in asked}
        self._asks_gaps = any(isinstance(rule, Replenishment) for rule in all_)

    @property
    def next_due(self) -> int | None:
        """The earliest time at which a product wants to be looked at; it may have moved since."""
        return self._due.first

    @property
    def next_answer(self) -> int | None:
        """The earliest purchase that waits for an answer, or midnight at which orders are counted; it may have been
        since."""
        answer, midnight = self._answers.first, self._days.first
        if answer is None or midnight is None:
            return midnight if answer is None else answer
        return min(answer, midnight)

    def arm(self, product: str, shelf: Shelf, watermark: int, answered: int) -> None:
        """A restored product: wake it for what waits, and within a day for what counts no more, not all at once.
        `answered` is the W up to which buyers were answered and orders counted."""
        self.waiting += len(shelf.product.waiting)
        if shelf.looks or shelf.requests:
            turn = int.from_bytes(hash64(product.encode()), "big") % SWEEP_EVERY_MS
            self._due.arm(product, watermark + turn)
        if shelf.product.waiting:
            self._due.arm(product, shelf.product.waiting[0].at)
        if shelf.product.bought:
            self._answers.arm(product, shelf.product.bought[0].at)
        if shelf.orders or shelf.partners:
            self._days.arm(product, midnight_from(answered))

    def take_in(self, said: CatalogRecord, value: bytes, at: int, watermark: int) -> str:
        """Let the record, which has these bytes and counts at `at`, wait for W; what becomes of it."""
        product, cut = said.product_id, self.effects.cut
        event_id = said.event_id if said.event_id is not None else digest_of(value)
        shelf = self.shelves.of(product)
        now, waiting = shelf.product, shelf.product.waiting
        known = [(now.changed_at, now.changed_by), *((one.at, one.event_id) for one in waiting)]
        if (at, event_id) in known:
            return DUPLICATE
        if at < watermark:
            self.effects.observed.append(("lateness_seconds", Topic.CATALOG.value, (watermark - at) / 1000))
        if is_overtaken(now, at, event_id):
            return LATE
        waiting.append(Waiting(at, event_id, said_by(said)))
        waiting.sort(key=_place)
        self.waiting += 1
        self.shelves.touch(product)
        while len(waiting) > WAITING_MAX or (len(waiting) > 1 and size_of(waiting) > WAITING_BYTES_MAX):
            self._fold_first(product, shelf)
            cut("catalog", 1)
        self._due.arm(product, waiting[0].at)
        return APPLIED if at >= watermark else LATE

    def hear(self, fact: Fact, watermark: int) -> str:
        """What becomes of a fact about a product. What is too old to count says nothing any more."""
        if isinstance(fact, VisitorForgotten):
            self.shelves.forget(fact.visitor, fact.at)
            return APPLIED
        if isinstance(fact, ProductBought | BoughtTogether):
            self._bought(fact)
            return APPLIED
        if isinstance(fact, PartnerCounted):
            return self._hear_partner(fact)
        assert isinstance(fact, ProductLooked | StockAsked), f"{fact.fact} is nothing that a product is told"
        if fact.at < watermark - KEPT_MS:
            return LATE
        cut = self.effects.cut
        if isinstance(fact, ProductLooked):
            news = self.shelves.look(fact, watermark, cut)
        else:
            news = self.shelves.ask(fact, cut)
        self._due.arm(fact.product, max(fact.at + KEPT_MS, self._swept.get(fact.product, 0) + SWEEP_EVERY_MS))
        return APPLIED if news else DUPLICATE

    def pass_time(self, watermark: int) -> None:
        """Fold the records of which W has passed the time."""
        if self._due.first is not None and self._due.first < watermark:
            for product in list(self._due.due(watermark)):
                self._wake(product, watermark)

    def publish(self) -> None:
        """Products that have changed are published."""
        for product in self._news:
            shelf = self.shelves.by_product.get(product, Shelf())
            now = product_now(product, shelf.product, also_bought(shelf.partners))
            self.effects.outputs.append(Out(Topic.PRODUCTS, product.encode(), now))
        self._news = {}

    def answer(self, watermark: int) -> None:
        """Tell buyers what is known, where all purchases before theirs are, and count what is bought together at each
        midnight: `watermark` is the W up to which persons and the catalogue have been folded. Of several midnights that
        have passed at once the last alone is counted."""
        first = self.next_answer
        if first is None or first >= watermark:
            return
        midnight = (watermark - 1) // DAY_MS * DAY_MS
        for product in list(self._answers.due(watermark)):
            self._answer_before(product, midnight + 1)
        for product in list(self._days.due(watermark)):
            self._count_orders(product, midnight)
        for product in list(self._answers.due(watermark)):
            self._answer_before(product, watermark)

    def _answer_before(self, product: str, end: int) -> None:
        shelf = self.shelves.by_product.get(product)
        while shelf is not None and shelf.product.bought and shelf.product.bought[0].at < end:
            self._answer_first(shelf)
        if shelf is not None and shelf.product.bought:
            self._answers.arm(product, shelf.product.bought[0].at)

    def _count_orders(self, product: str, midnight: int) -> None:
        """Count what was bought together with the product, and tell partners of a number that is new to them."""
        shelf = self.shelves.by_product.get(product)
        if shelf is None:
            return
        before = also_bought(shelf.partners)
        number = self.shelves.count_orders(product, midnight, self.effects.cut)
        often = [name for name in sorted(shelf.partners) if shelf.partners[name].joint >= JOINT_MIN]
        for partner in often:
            if shelf.told.get(partner) != number:
                tell(self.effects, PRODUCT + partner, PartnerCounted(midnight, product, partner, product, number))
        shelf.told = dict.fromkeys(often, number)
        if also_bought(shelf.partners) != before:
            self._news[product] = None
        if shelf.orders or shelf.partners:
            self._days.arm(product, midnight + DAY_MS)
        else:
            self.shelves.tidy(product)

    def _hear_partner(self, fact: PartnerCounted) -> str:
        before = also_bought(self.shelves.of(fact.product).partners)
        if not self.shelves.hear_partner(fact, self.effects.cut):
            return DUPLICATE
        if also_bought(self.shelves.of(fact.product).partners) != before:
            self._news[fact.product] = None
        self._days.arm(fact.product, fact.at + DAY_MS)
        return APPLIED

    def _bought(self, fact: ProductBought | BoughtTogether) -> None:
        shelf = self.shelves.of(fact.product)
        bought = shelf.product.bought
        bought.append(fact)
        bought.sort(key=_turn)
        self.shelves.touch(fact.product)
        while len(bought) > BOUGHT_MAX or (len(bought) > _BOUGHT_FEW and size_of(bought) > BOUGHT_BYTES_MAX):
            self._answer_first(shelf)
            self.effects.cut("purchases", 1)
        self._answers.arm(fact.product, bought[0].at)

    def _answer_first(self, shelf: Shelf) -> None:
        fact = shelf.product.bought.pop(0)
        self.shelves.touch(fact.product)
        if isinstance(fact, BoughtTogether):
            self.shelves.note_order(fact, self.effects.cut)
            self._days.arm(fact.product, midnight_from(fact.at))
            return
        if self._asks_gaps:
            self.shelves.note_buyer(fact, self.effects.cut)
        known = known_of(fact, shelf)
        if known is not None:
            tell(self.effects, fact.who, known)

    def _wake(self, product: str, watermark: int) -> None:
        shelf = self.shelves.by_product.get(product)
        if shelf is None:
            self._swept.pop(product, None)
            return
        while shelf.product.waiting and shelf.product.waiting[0].at < watermark:
            self._fold_first(product, shelf)
        self._sweep(product, watermark)
        if shelf.product.waiting:
            self._due.arm(product, shelf.product.waiting[0].at)

    def _sweep(self, product: str, watermark: int) -> None:
        """Drop what counts no more, once a day; wake it again for the oldest that is left."""
        due = self._swept.get(product, 0) + SWEEP_EVERY_MS
        if due >= watermark:
            self._due.arm(product, due)
            return
        oldest = self.shelves.sweep(product, self._requested_by(), watermark)
        if oldest is None:
            self._swept.pop(product, None)
            return
        self._swept[product] = watermark
        self._due.arm(product, max(oldest + KEPT_MS, watermark + SWEEP_EVERY_MS))

    def _requested_by(self) -> list[str]:
        return [rule.id for rule in self._rules if rule.asks_requests]

    def _fold_first(self, product: str, shelf: Shelf) -> None:
        """The first record that waits counts from here on."""
        now = shelf.product
        record = now.waiting.pop(0)
        self.waiting -= 1
        self.shelves.touch(product)
        self._news[product] = None
        change = apply(now, record, self.effects.cut)
        for fact in told(product, shelf, record, change, self._rules):
            tell(self.effects, VISITOR + fact.visitor, fact)
        for visitor, event in happened(product, shelf, record, change, self._asked, self.effects):
            tell(self.effects, VISITOR + visitor, event)
        for released in releases(product, shelf, record, change.stock, self._rules) if change.stock else ():
            tell(self.effects, VISITOR + released.visitor, released)
            for rule_id in released.rules:
                self.shelves.answer(product, released.visitor, rule_id, record.at)
