"""The other first stage: orders and engagements, validated and sent on to profiles. Its only state is its position."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from schemas.events.engagements import WISHES, Engagement, EngagementType
from schemas.events.orders import OF_SUBSCRIPTIONS, Order, OrderType, Payment, order_of_store
from schemas.facts.profile_facts import CartBought, ConsentChanged, ErasureAsked, Fact, Linked, OrderPlaced, OrderTold
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import read_engagement, read_order
from schemas.rules.base import CHANNEL, plain_name
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER, VISITOR
from schemas.topics import Topic
from streams.intake.intake_orders import details_of, subscription_of
from streams.intake.owners import NOBODIES, owned_record
from streams.intake.traffic import EVERYBODY, Traffic
from streams.layout import Layout
from streams.marks import decode_mark, encode_mark, is_mark_due
from streams.person.named_carts import hash_of, hashes_of
from streams.records import (
    AGE_MS_MAX,
    APPLIED,
    FUTURE,
    FUTURE_MS_MAX,
    IGNORED,
    LATE,
    appended_at,
    count_oddity,
    let_pass,
    quarantine,
    send_told,
    taken_at,
    tell,
    tell_everybody,
)
from streams.stage import POSITION_KEY, Batch, Effects, OpensInSteps, Out, Record
from streams.time.watermarks import SourceClock, source_name
from streams.triggers.asking import Asking
from streams.visits.click_facts import products_of

ALONE = Layout({Topic.VISITOR_INBOX: 1, Topic.CUSTOMER_INBOX: 1})
"""One partition of everybody."""

NO_CHANNEL = "?"
"""Stands for every name that no channel has: so they take no place."""

ALL = frozenset({"all", "any", "every", "everything", "*"})
"""How a wish says that it is about all channels, or all categories, where it names them."""


class IntakeStage(OpensInSteps):
    """One partition of `orders` or of `engagements`. It tells the events that rules ask for; without a `rulebook` none
    does."""

    def __init__(
        self,
        topic: Topic,
        partition: int,
        lateness_ms: int,
        nobodies: frozenset[str] = NOBODIES,
        rulebook: Rulebook | None = None,
        traffic: Traffic = EVERYBODY,
        layout: Layout = ALONE,
    ) -> None:
        self._topic = topic
        self.rulebook = rulebook
        self._asking = Asking(rulebook)
        self._layout = layout
        self._nobodies = nobodies
        self._traffic = traffic
        self._partition = partition
        self._read = read_order if topic is Topic.ORDERS else read_engagement
        self._clock = SourceClock(lateness_ms)
        self._mark_key = POSITION_KEY + source_name(topic, partition).encode()
        self._effects = Effects()
        self.positions = {topic: 0}
        self._marked = dict(self.positions)

    @property
    def watermark(self) -> int:
        """W of this partition, ms."""
        return self._clock.watermark

    @property
    def watermarks(self) -> Mapping[str, int]:
        """W, if anybody waits for it: engagements apply on arrival."""
        if self._topic is Topic.ENGAGEMENTS:
            return {}
        return {source_name(self._topic, self._partition): self.watermark}

    @property
    def is_waited_for(self) -> bool:
        """Everybody waits for orders."""
        return self._topic is not Topic.ENGAGEMENTS

    @property
    def is_late(self) -> bool:
        """What it tells may matter to whoever is here now."""
        return False

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take this partition's mark; those of others, on the same changelog partition, are not ours."""
        if key == self._mark_key:
            mark = decode_mark(value)
            self.positions = mark["positions"]
            self._marked = dict(self.positions)
            self._clock.restore(mark)

    def open_in_steps(self) -> Iterator[None]:
        """There is nothing to derive."""
        return iter(())

    def take_over(self, rulebook: Rulebook) -> None:
        """From here on it tells what the rules of this rulebook ask for, and those of the one before, which may go on
        for some persons."""
        before = self.rulebook.rules if self.rulebook is not None else ()
        self.rulebook, self._asking = rulebook, Asking(rulebook, before)

    def fold(self, batch: Batch) -> None:
        """Send on what the records say."""
        last: Record | None = None
        for last in batch.records:
            self._record(last, batch.now_ms)
        self.positions[self._topic] = batch.position
        self._clock.settle(batch.asked_ms, None if last is None else appended_at(last, batch.now_ms))

    def take(self) -> Effects:
        """The effects since the last call."""
        effects = self.outcome()
        if effects.outputs or is_mark_due(self.positions, self._marked):
            mark = encode_mark(self.positions, **self._clock.kept())
            effects.changelog.append((self._mark_key, mark))
            self._marked = dict(self.positions)
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        send_told(self._effects)
        effects, self._effects = self._effects, Effects()
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        send_told(self._effects)
        return self._effects.take_outputs()

    @property
    def counts(self) -> Mapping[tuple[str, ...], int]:
        """What has been counted since the last `outcome`."""
        return self._effects.counts

    def gauges(self) -> dict[tuple[str, ...], float]:
        """The watermark."""
        return {("watermark_timestamp_seconds", self._topic.value, str(self._partition)): self.watermark / 1000}

    def _record(self, record: Record, now_ms: int) -> None:
        value, name, effects = record.value, self._topic.value, self._effects
        said = self._read(value, self._note) if value is not None else None
        if said is None or isinstance(said, Unknown):
            effects.count("records", name, IGNORED)
            self._note(Oddity.TOMBSTONE if said is None else Oddity.UNKNOWN_TYPE)
            return
        taken = taken_at(record, now_ms)
        if not isinstance(said, Rejected):
            said = _timed(said, taken, now_ms)
            is_ahead = said.occurred_at > taken + FUTURE_MS_MAX
            said = FUTURE if is_ahead else owned_record(said, record, self._nobodies, self._note)
        if isinstance(said, Rejected):
            quarantine(effects, said, self._topic, self._partition, record)
            return
        nobody = self._is_nobodys(said)
        if nobody is not None:
            effects.count("records", name, IGNORED)
            self._note(nobody)
            return
        at = min(said.occurred_at, taken)
        if at < now_ms - AGE_MS_MAX:
            let_pass(effects, self._topic, at, taken)
            return
        if at < said.occurred_at:
            effects.count("clock_ahead", name)
        self._clock.saw(at, taken)
        if at < self.watermark:
            effects.count("records", name, LATE)
            effects.observed.append(("lateness_seconds", name, (self.watermark - at) / 1000))
        else:
            effects.count("records", name, APPLIED)
        if isinstance(said, Order):
            self._order(said, at)
        else:
            self._engagement(said, at)
        happened = self._asking.of_record(said, at, effects)
        if happened is not None:
            self._tell(_owner(said), happened)

    def _is_nobodys(self, said: Order | Engagement) -> Oddity | None:
        """Why the record counts for nobody: it is a test, or a machine's, or of somebody whom the shop does not count.
        A wish is heard all the same."""
        if isinstance(said, Engagement):
            if said.type in WISHES:
                return None
            if said.machine:
                return Oddity.MACHINE
        elif said.test:
            return Oddity.EXCLUDED
        return Oddity.EXCLUDED if self._traffic.excludes_somebody and self._traffic.excludes_record(said) else None

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self._effects, self._topic, oddity)

    def _order(self, order: Order, at: int) -> None:
        """What is said of the order goes to its customer, else to its visitor; a record of any type with both links
        them, and a purchase is told to whoever the visitor was until then."""
        visitor, customer = order.visitor_id, order.customer_id
        if customer is not None and visitor is not None:
            self._tell(VISITOR + visitor, Linked(at, order.event_id, visitor, customer, on_site=False))
        order_id = order_of_store(order.order_id, order.store)
        carts = self._carts(order, at, order_id)
        if order.is_purchase():
            news, details = order.type is not OrderType.ORDER_PLACED, details_of(order, self._effects.cut)
            placed = OrderPlaced(at, order.event_id, visitor, order_id, on_site=False, news=news)
            placed = replace(placed, products=products_of(order.lines), carts=carts)
            if customer is not None and visitor is not None:
                self._tell(VISITOR + visitor, replace(placed, by=customer))
            told = replace(placed, details=details)
            self._asking.tell_purchase(told, order, self._effects)
            self._tell(_owner(order), told)
        elif order.type in OF_SUBSCRIPTIONS:
            self._tell(_owner(order), subscription_of(order, at, self._effects.cut))
        else:
            details = details_of(order, self._effects.cut)
            self._tell(_owner(order), OrderTold(at, order.event_id, visitor, order_id, details, carts=carts))

    def _carts(self, order: Order, at: int, order_id: str) -> tuple[str, ...]:
        """The carts that the order names, if a rule asks. Where it has bought them, or will if it is paid, everybody is
        told: whoever holds one has lost it."""
        if not self._asking.of_carts or (order.cart_id is None and order.checkout_id is None):
            return ()
        carts = hashes_of((order.cart_id, order.checkout_id), order.store, of_an_order=True)
        waits = self.rulebook is not None and self.rulebook.payment_wait is not None
        if carts and (order.is_purchase() or (order.payment() is Payment.OPEN and waits)):
            buyer = hash_of(_owner(order))
            tell_everybody(self._effects, self._layout, CartBought(at, order.event_id, order_id, carts, buyer))
        return carts

    def _engagement(self, engagement: Engagement, at: int) -> None:
        """What both ids are said with holds for both: whose the visitor is otherwise is not asked."""
        owner, visitor, customer = _owner(engagement), engagement.visitor_id, engagement.customer_id
        beside = VISITOR + visitor if visitor is not None and customer is not None else None
        if engagement.type is EngagementType.ERASURE_REQUESTED:
            self._tell(owner, ErasureAsked(at, engagement.event_id))
            if beside is not None:
                self._tell(beside, ErasureAsked(at, engagement.event_id, spread=True, customer=customer or ""))
        elif engagement.type in (EngagementType.CONSENT_GIVEN, EngagementType.OPTED_OUT):
            given = engagement.type is EngagementType.CONSENT_GIVEN
            channel, category = _name(engagement.channel, given=given), _name(engagement.category, given=given)
            word = ConsentChanged(at, engagement.event_id, given, channel=channel, category=category)
            self._tell(owner, word)
            if beside is not None:
                self._tell(beside, replace(word, spread=True, customer=customer or ""))

    def _tell(self, key: str, fact: Fact) -> None:
        tell(self._effects, key, fact)


def _timed(said: Order | Engagement, taken: int, now_ms: int) -> Order | Engagement:
    """The record; a wish of whose time nothing can be believed is told when it is taken."""
    if said.type not in WISHES or now_ms - AGE_MS_MAX <= said.occurred_at <= taken + FUTURE_MS_MAX:
        return said
    return said.model_copy(update={"occurred_at": taken})


def _name(said: str | None, *, given: bool) -> str:
    """A channel or a category as rulebooks write it; "" for any. What no rulebook can write concerns nothing if it was
    consented to, and everything if it was refused: nobody is written to because of how a wish was written."""
    name = "" if said is None else plain_name(said)
    if not name or name in ALL:
        return ""
    if CHANNEL.match(name):
        return name
    return NO_CHANNEL if given else ""


def _owner(said: Order | Engagement) -> str:
    return CUSTOMER + said.customer_id if said.customer_id is not None else VISITOR + str(said.visitor_id)
