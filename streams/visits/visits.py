"""The visits of a partition: clicks are folded into them, and tell their visitors' profiles what matters."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from schemas.events.clicks import CART_TYPES, Click, ClickType
from schemas.events.plain_clicks import AnyClick, PlainClick
from schemas.facts.profile_facts import Fact
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import read_click
from schemas.rules.base import RuleBase
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.intake.owners import NOBODIES, is_nobody, owned_click
from streams.intake.traffic import EVERYBODY, Traffic
from streams.products.asking import of_products, tell_products_of
from streams.profiles.aside import Aside
from streams.records import (
    AGE_MS_MAX,
    APPLIED,
    DUPLICATE,
    FUTURE_MS_MAX,
    IGNORED,
    LATE,
    by_brokers_clock,
    count_oddity,
    out_of_time,
    quarantine,
    taken_at,
)
from streams.stage import ALIVE_AT_A_TIME, Effects, Record, Records
from streams.time.due_index import DueIndex
from streams.time.watermarks import SourceClock
from streams.triggers.asking import Asking
from streams.visits.click_facts import FACT_OF, SEARCHES, bought_by, links, name_cart, named
from streams.visits.fresh_clicks import FreshClick
from streams.visits.held_visitors import HeldVisitors
from streams.visits.home import Home
from streams.visits.namings import names_nobody
from streams.visits.pace import CALM, cart_changed, hurried, hurried_at
from streams.visits.seen import is_repeat
from streams.visits.told import Told
from streams.visits.viewed_products import Seen, both, view_last
from streams.visits.visit_limits import lengths
from streams.visits.visitors import TIME_BYTES, VISITS_MAX, Visit, Visitor, advance, close_oldest, insert, next_due

CLICKS: Final = Topic.CLICKSTREAM.value
PRODUCT_VIEWED: Final = ClickType.PRODUCT_VIEWED
ORDER_COMPLETED: Final = ClickType.ORDER_COMPLETED


class Visits:
    """All visitors of a partition, and how far its clicks have come; `effects` take what is counted and put aside."""

    def __init__(
        self,
        partition: int,
        rulebook: Rulebook,
        lateness_ms: int,
        nobodies: frozenset[str] = NOBODIES,
        is_home: Callable[[bytes], bool] | None = None,
        traffic: Traffic = EVERYBODY,
    ) -> None:
        self._traffic = traffic
        self._partition = partition
        self._nobodies = nobodies
        self._gap, self._longest, self._retention = lengths(rulebook)
        self._asking = Asking(rulebook)
        self._of_products = of_products(rulebook.rules)
        self._due: DueIndex[bytes] = DueIndex()
        self._home = Home(is_home)
        self.visitors = HeldVisitors()
        self.aside: Aside[bytes] = Aside("sessions", Topic.SESSIONS_CHANGELOG, partition)
        self.clock = SourceClock(lateness_ms)
        self.effects = Effects()
        self.open = 0

    def go_by(self, rulebook: Rulebook, others: Collection[RuleBase] = ()) -> bool:
        """From now on the gap, the longest visit, the retention and what is asked of clicks are those of this rulebook;
        `others` are rules that ask beside it. Whether the gap is shorter than before: then who is to be woken earlier
        is."""
        self._asking = Asking(rulebook, others)
        self._of_products = of_products((*rulebook.rules, *others))
        before, (self._gap, self._longest, self._retention) = self._gap, lengths(rulebook)
        if self._gap < before:
            for key, visitor in self.visitors.items():
                if visitor.visits:
                    self.arm(key, visitor)
        return self._gap < before

    def begin_turn(self, effects: Effects) -> list[bytes]:
        """From now on effects go there; who has changed until now."""
        self.effects = effects
        return self.visitors.begin_turn()

    def arm(self, key: bytes, visitor: Visitor) -> None:
        """Wake the visitor for what its open visits wait for."""
        due = next_due(visitor, self._gap)
        if due is not None:
            self._due.arm(key, due)

    @property
    def next_due(self) -> int | None:
        """The earliest time at which a visit is to be announced or closed; it may have moved since."""
        return self._due.first

    def fold(self, records: Records, now_ms: int) -> tuple[Told, Record | None]:  # noqa: C901  the hot path, in one place
        """Fold the clicks; what they tell by visitor, and the last record. Names are local, calls are few, nothing is
        done a click that can be done a batch: this loop decides how many clicks a core can take."""
        visitors, gap, longest = self.visitors, self._gap, self._longest
        effects, turn = self.effects, self.visitors.turn
        watermark, largest, applied, late, repeats = self.clock.watermark, 0, 0, 0, 0
        oldest = max(watermark - self._retention, now_ms - AGE_MS_MAX)
        nobodies, note, traffic, excludes = self._nobodies, self._note, self._traffic, self._traffic.excludes_somebody
        asking, asked, asks_traits = self._asking, self._asking.clicks, self._asking.of_traits
        heard_by_products, of_carts = self._of_products, asking.of_carts
        told: Told = {}
        record: Record | None = None
        latest: Record | None = None
        for record in records:
            said = None if (value := record.value) is None else read_click(value, note)
            if not isinstance(said, PlainClick):  # which has no context
                if not isinstance(said, Click):
                    self._unusable(said, record)
                    continue
                if said.context is not None and traffic.is_of_a_bot(said.context):
                    self._ignore(Oddity.BOT)
                    continue
            at, event_id, visitor_id, customer_id = said.occurred_at, said.event_id, said.visitor_id, said.customer_id
            key = visitor_id.encode()
            visitor = visitors.get(key)
            if (
                record.key != key
                or (visitor is None and is_nobody(visitor_id, nobodies))
                or (customer_id is not None and names_nobody(visitor, customer_id, nobodies))
            ):
                owned = owned_click(said, record, nobodies, note)
                if isinstance(owned, Rejected):
                    quarantine(effects, owned, Topic.CLICKSTREAM, self._partition, record)
                    continue
                said, visitor_id, customer_id = owned, owned.visitor_id, owned.customer_id
                key = visitor_id.encode()
                visitor = visitors.get(key)
            if excludes and traffic.excludes_click(said, visitor_id, customer_id):
                self._ignore(Oddity.EXCLUDED)
                continue
            sent_at = said.sent_at
            if sent_at is not None and (moved := by_brokers_clock(at, sent_at, record)) != at:
                at = moved
                note(Oddity.CLOCK_CORRECTED)
            if at > now_ms or at > record.timestamp or at < oldest:
                taken = taken_at(record, now_ms)
                if at < oldest or at > taken + FUTURE_MS_MAX:
                    out_of_time(effects, Topic.CLICKSTREAM, self._partition, record, at, taken)
                    continue
                if at > taken:
                    at = taken
                    effects.count("clock_ahead", CLICKS)
            if visitor is None:
                if key in self.aside:
                    self._ignore(Oddity.PUT_ASIDE)
                    continue
                if self._home.looks_left and self._home.is_foreign(key):
                    note(Oddity.FOREIGN_PARTITION)
                if (plain := visitor_id.lower()) != visitor_id and plain.encode() in visitors:
                    note(Oddity.SIMILAR_ID)
                visitor = Visitor()
            if is_repeat(visitor, event_id, at):
                repeats += 1
                continue
            if visitor.turn != turn:
                visitors.touch(key, visitor)
            if at > visitor.last_at:
                visitor.last_at = at
                if at > largest:
                    largest, latest = at, record
            if at >= watermark:
                applied += 1
            else:
                late += 1
                effects.observed.append(("lateness_seconds", CLICKS, (watermark - at) / 1000))
            visit = visitor.visits[-1] if visitor.visits else None
            if visit and visit.end < at <= visit.end + gap and at <= visit.start + longest:
                click = FreshClick(at, event_id)
                visit.fresh.append(click)
                visit.end, visit.last_id = at, event_id
                if customer_id is not None:
                    before = visit.namings[-1].customer if visit.namings else None
                    if before == customer_id:
                        click.customer = before  # one text for all of them
                    else:
                        click.customer, click.is_link = customer_id, True
                        told.setdefault(key, []).append(named(visitor_id, click))
                    visit.namings.append(click)
                if len(visit.clicks) + len(visit.fresh) * TIME_BYTES > CALM and (fast := hurried(visit, visitor_id)):
                    told.setdefault(key, []).append(fast)
            else:
                visit = self._insert(said, key, visitor, at, told)
            kind = said.type
            if kind is PRODUCT_VIEWED:  # half of all clicks
                if visit is not None and at > visitor.forgotten:
                    visit.views += 1
                    product = said.product_id
                    if product is not None and visit.last_id == event_id:  # as a rule
                        view_last(visit.products, product, at, event_id)
                    elif product is not None:
                        visit.products = both(visit.products, {product: Seen(at, event_id)})
            elif kind in SEARCHES:
                if visit is not None and at > visitor.forgotten:
                    visit.searches += 1
            elif kind in FACT_OF and (fact := FACT_OF[kind](said, at, visit)) is not None:
                facts = told.setdefault(key, [])
                facts.append(fact)
                if of_carts and (said.cart_id is not None or said.checkout_id is not None):
                    name_cart(fact, said)
                if kind is ORDER_COMPLETED:
                    if customer_id is not None:
                        facts.append(bought_by(fact, customer_id))
                    asking.tell_purchase(fact, said, effects)
                elif visit is not None and kind in CART_TYPES and (suspicion := cart_changed(visit, fact, watermark)):
                    facts.append(suspicion)
            if (
                asks_traits
                and (said.traits is not None or said.context is not None)
                and (traits := asking.traits_of(said, at, visit, effects))
            ):
                told.setdefault(key, []).extend(traits)
            if heard_by_products and kind in heard_by_products and at > visitor.forgotten:
                tell_products_of(said, at, effects)
            if asked and kind in asked and (happened := asking.of_click(said, at, visit, effects)) is not None:
                told.setdefault(key, []).append(happened)
        if latest is not None:
            self.clock.saw(largest, max(largest, taken_at(latest, now_ms)))
        for outcome, number in ((APPLIED, applied), (LATE, late), (DUPLICATE, repeats)):
            if number:
                effects.count("records", CLICKS, outcome, by=number)
        return told, record

    def pass_time(self, watermark: int) -> Iterable[Told]:
        """Announce and close the visits that W has passed; what that tells, of some visitors after the other."""
        return self._pass_time(watermark) if (due := self._due.first) is not None and due < watermark else ()

    def _pass_time(self, watermark: int) -> Iterator[Told]:
        told: Told = {}
        for key in self._due.due(watermark):
            if len(told) >= ALIVE_AT_A_TIME:
                yield told
                told = {}
            visitor = self.visitors.get(key)
            if visitor is None:
                continue
            before = len(visitor.visits)
            if facts := list(advance(key.decode(), visitor, self._gap, watermark, self.effects.cut)):
                self.visitors.touch(key, visitor)
                told.setdefault(key, []).extend(facts)
            self._closed(before - len(visitor.visits))
            self.arm(key, visitor)
        if told:
            yield told

    def _insert(self, said: AnyClick, key: bytes, visitor: Visitor, at: int, told: Told) -> Visit | None:
        """A click that begins a visit, or joins others: what the visitor waits for may come earlier now, and what was
        told of links may be news no more."""
        before = len(visitor.visits)
        visit = insert(visitor, at, said.event_id, self._gap, self._longest, self.clock.watermark)
        self.open += len(visitor.visits) - before
        facts: list[Fact] = [*links(said, at, visit), *hurried_at(visit, said.visitor_id, at)]
        if len(visitor.visits) > VISITS_MAX:
            facts += close_oldest(said.visitor_id, visitor, self._gap, visit, self.effects.cut)
            self._closed(1)
        if facts:
            told.setdefault(key, []).extend(facts)
        self.arm(key, visitor)
        return visit

    def _closed(self, number: int) -> None:
        if number:
            self.open -= number
            self.effects.count("sessions_closed", by=number)

    def _unusable(self, said: Rejected | Unknown | None, record: Record) -> None:
        """A bad record is put aside; a tombstone, or a type we do not know, says nothing to us."""
        if isinstance(said, Rejected):
            quarantine(self.effects, said, Topic.CLICKSTREAM, self._partition, record)
        else:
            self._ignore(Oddity.UNKNOWN_TYPE if said is not None else Oddity.TOMBSTONE)

    def _ignore(self, why: Oddity) -> None:
        self.effects.count("records", CLICKS, IGNORED)
        self._note(why)

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self.effects, Topic.CLICKSTREAM, oddity)
