"""The other first stage: orders and engagements, validated and sent on to profiles. Its only state is its position."""

from collections.abc import Mapping

from schemas.dead_letters import Oddity
from schemas.engagements import Engagement, EngagementType
from schemas.facts import ConsentChanged, ErasureAsked, Fact, Linked, OrderPlaced
from schemas.orders import Order, OrderType
from schemas.profile import CUSTOMER, VISITOR
from schemas.refusals import Rejected, Unknown
from schemas.topics import Topic
from schemas.wire import read_engagement, read_order
from streams.marks import decode_mark, encode_mark
from streams.records import (
    AGE_MS_MAX,
    APPLIED,
    FUTURE,
    FUTURE_MS_MAX,
    IGNORED,
    IN_SECONDS,
    LATE,
    MISKEYED,
    NOBODIES,
    NOBODYS,
    count_oddity,
    is_in_seconds,
    is_nobody,
    let_pass,
    quarantine,
    taken_at,
    tell,
)
from streams.stage import POSITION_KEY, Batch, Effects, Out, Record
from streams.watermarks import SourceClock, source_name


class IntakeStage:
    """One partition of `orders` or of `engagements`."""

    def __init__(self, topic: Topic, partition: int, lateness_ms: int, nobodies: frozenset[str] = NOBODIES) -> None:
        self._topic = topic
        self._nobodies = nobodies
        self._partition = partition
        self._read = read_order if topic is Topic.ORDERS else read_engagement
        self._clock = SourceClock(lateness_ms)
        self._mark_key = POSITION_KEY + source_name(topic, partition).encode()
        self._effects = Effects()
        self._committed = 0
        self.position = 0

    @property
    def positions(self) -> Mapping[Topic, int]:
        """The next offset of its one topic."""
        return {self._topic: self.position}

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

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take this partition's mark; those of others, on the same changelog partition, are not ours."""
        if key == self._mark_key:
            mark = decode_mark(value)
            self.position = self._committed = mark["positions"][self._topic]
            self._clock.restore(mark)

    def open(self) -> None:
        """There is nothing to derive."""

    def fold(self, batch: Batch) -> None:
        """Send on what the records say."""
        for record in batch.records:
            self._record(record, batch.now_ms)
        self.position = batch.position
        self._clock.settle(batch.asked_ms)

    def take(self) -> Effects:
        """The effects since the last call."""
        effects = self.outcome()
        if self.position > self._committed or effects.outputs:
            mark = encode_mark(self.positions, **self._clock.kept())
            effects.changelog.append((self._mark_key, mark))
            self._committed = self.position
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._effects = self._effects, Effects()
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        return self._effects.take_outputs()

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
        rejected = said if isinstance(said, Rejected) else _misplaced(said, record, taken, self._nobodies)
        if rejected is not None:
            quarantine(effects, rejected, self._topic, self._partition, record)
            return
        assert isinstance(said, Order | Engagement)
        at = min(said.occurred_at, taken)
        if at < now_ms - AGE_MS_MAX:
            let_pass(effects, self._topic, at, taken)
            return
        if at < said.occurred_at:
            effects.count("clock_ahead", name)
        self._clock.saw(at)
        if at < self.watermark:
            effects.count("records", name, LATE)
            effects.observed.append(("lateness_seconds", name, (self.watermark - at) / 1000))
        else:
            effects.count("records", name, APPLIED)
        if isinstance(said, Order):
            self._order(said, at)
        else:
            self._engagement(said, at)

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self._effects, self._topic, oddity)

    def _order(self, order: Order, at: int) -> None:
        """The order goes to its customer, else to its visitor; a record of any type with both links them."""
        if order.customer_id is not None and order.visitor_id is not None:
            linked = Linked(at, order.event_id, order.visitor_id, order.customer_id, on_site=False)
            self._tell(VISITOR + order.visitor_id, linked)
        if order.type is OrderType.ORDER_PLACED:
            placed = OrderPlaced(at, order.event_id, order.visitor_id, order.order_id, on_site=False)
            self._tell(_owner(order), placed)

    def _engagement(self, engagement: Engagement, at: int) -> None:
        owner = _owner(engagement)
        if engagement.type is EngagementType.ERASURE_REQUESTED:
            self._tell(owner, ErasureAsked(at, engagement.event_id))
        elif engagement.type in (EngagementType.CONSENT_GIVEN, EngagementType.OPTED_OUT):
            given = engagement.type is EngagementType.CONSENT_GIVEN
            self._tell(owner, ConsentChanged(at, engagement.event_id, given))

    def _tell(self, key: str, fact: Fact) -> None:
        tell(self._effects, key, fact)


def _owner(said: Order | Engagement) -> str:
    return CUSTOMER + said.customer_id if said.customer_id is not None else VISITOR + str(said.visitor_id)


def _misplaced(said: Order | Engagement, record: Record, taken: int, nobodies: frozenset[str]) -> Rejected | None:
    if said.occurred_at > taken + FUTURE_MS_MAX:
        return FUTURE
    if said.occurred_at < taken - AGE_MS_MAX and is_in_seconds(record, said.occurred_at):
        return IN_SECONDS
    if any(id_ is not None and is_nobody(id_, nobodies) for id_ in (said.customer_id, said.visitor_id)):
        return NOBODYS
    owner = said.customer_id if said.customer_id is not None else said.visitor_id
    assert owner is not None
    return None if record.key == owner.encode() else MISKEYED
