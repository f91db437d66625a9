"""The replay driver: the same stages as live, one partition each, in virtual time.

Tests, `replay` and what is to come (backtest, explain) share it. The virtual clock stands at the latest time seen; each
source is always at its end, so W is that time minus the allowed lateness, exactly as live when nothing lags.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from mypy_extensions import mypyc_attr

from schemas.rules.rulebook import Rulebook
from schemas.rules.words import MINUTE_MS
from schemas.topics import INBOXES, Topic
from streams.intake.intake_stage import IntakeStage
from streams.intake.traffic import EVERYBODY, Traffic
from streams.layout import Layout
from streams.products.product_stage import ProductStage
from streams.profiles.customer_stage import CustomerStage
from streams.shop import ANY_SHOP, Shop
from streams.stage import Batch, Effects, Out
from streams.time.watermarks import source_name
from streams.visits.session_stage import SessionStage

Stages = SessionStage | IntakeStage | CustomerStage | ProductStage
FEEDS = (Topic.ORDERS, Topic.ENGAGEMENTS)
ONE_EACH = Layout(dict.fromkeys(Topic, 1))
CLICKS_0 = source_name(Topic.CLICKSTREAM, 0)
ORDERS_0 = source_name(Topic.ORDERS, 0)
CUSTOMERS_0 = source_name(Topic.CUSTOMER_INBOX, 0)

STEP_MS = MINUTE_MS
"""How far the clock goes beyond what is due in silence: what is due within one step is decided together, too
little late for any expiry or next step to tell."""


class Given:
    """A record handed to a stage by the driver; `timestamp_type` 0: the clock of the fetch, ours, stands in."""

    __slots__ = ("key", "offset", "timestamp", "timestamp_type", "value")

    def __init__(
        self, key: bytes | None, value: bytes | None, offset: int, timestamp: int = 0, timestamp_type: int = 0
    ) -> None:
        self.key = key
        self.value = value
        self.offset = offset
        self.timestamp = timestamp
        self.timestamp_type = timestamp_type


@mypyc_attr(allow_interpreted_subclasses=True)
class Replay:
    """Feed records in the order of their arrival; `take()` gives what came of them."""

    def __init__(
        self,
        rulebook: Rulebook,
        lateness_ms: int,
        later: Iterable[tuple[int, Rulebook]] = (),
        traffic: Traffic = EVERYBODY,
        shop: Shop = ANY_SHOP,
    ) -> None:
        """`later` are the rulebooks that followed, each in force from that time of arrival on, ms; in their order. None
        of their rules is too new for what happened before. `traffic` knows who is no customer, and
        `shop` what else the settings say."""
        self._lateness = lateness_ms
        self._later = deque(later)
        self.sessions = SessionStage(0, rulebook, ONE_EACH, lateness_ms, traffic=traffic, shop=shop)
        self.intake = {topic: IntakeStage(topic, 0, lateness_ms, rulebook=rulebook, traffic=traffic) for topic in FEEDS}
        self.customers = CustomerStage(0, rulebook, ONE_EACH, traffic=traffic, shop=shop)
        self.products = ProductStage(0, rulebook, ONE_EACH, lateness_ms)
        self._heard_by_products: dict[str, int] = {}  # told to them when they fold, not with every record
        self._effects = Effects()
        self.now = 0
        self.activates = False
        """Whether rules that are new in a rulebook take effect when it is taken over; else they always were."""

    def feed(
        self, topic: Topic, key: bytes | None, value: bytes | None, at: int, offset: int | None = None
    ) -> Mapping[tuple[str, ...], int]:
        """A record of that topic arrives; `at`, ms, is its own time, to which the clock is moved if it is later.

        `offset` grows from record to record of a topic, with gaps or without; None is the next. What comes back is
        all that the topic's stage has counted since the last `take`.
        """
        if at > self.now:
            if self._later:
                self._change_rules(at)
            self._pass_silence(at)
            self.now = at
        stage = self._reader(topic)
        record = Given(key, value, stage.positions[topic] if offset is None else offset)
        if topic is Topic.CLICKSTREAM:
            self._pass_time_of_products(self.now)
            self.sessions.heard({ORDERS_0: self.now - self._lateness})
            self._fold(stage, topic, (record,), self.now)
            self._settle(self.now)
        else:
            self._fold(stage, topic, (record,), self.now)
            self._tick(self.now)
        return stage.counts

    def _reader(self, topic: Topic) -> SessionStage | IntakeStage | ProductStage:
        if topic is Topic.CLICKSTREAM:
            return self.sessions
        return self.products if topic is Topic.CATALOG else self.intake[topic]

    def tell(self, inbox: Topic, key: bytes, value: bytes) -> None:
        """A fact reaches an inbox from outside: what the dispatcher has to say."""
        self._deliver(inbox, [(key, value)])

    def advance(self, to: int) -> None:
        """Silence until `to`, ms: the clock moves, nothing arrives. Earlier than the clock changes nothing."""
        self._change_rules(to)
        self._pass_silence(to)
        self.now = max(self.now, to)
        self._tick(self.now)

    def take_over(self, rulebook: Rulebook) -> None:
        """From now on this rulebook is in force."""
        self.products.heard(self._heard_by_products)
        for stage in (self.sessions, self.customers, self.products):
            stage.take_over(rulebook, activates=self.activates)
            self._carry(self._outputs(stage))
        for intake in self.intake.values():
            intake.take_over(rulebook)

    def end(self) -> None:
        """Nothing more can come: all up to the clock is known, so W is the clock itself."""
        self._tick(self.now + self._lateness)

    def drain(self) -> None:
        """Move the clock on until no session is open and no episode waits."""
        self.end()
        while self._waits():
            due = self._next_due()
            assert due is not None, "something waits, and nobody knows until when"
            self._change_rules(due + 1)
            self.now = max(self.now, due + 1)
            self.end()

    def take(self) -> Effects:
        """What came of it since the last call: triggers, decisions, dead letters and counts."""
        effects, self._effects = self._effects, Effects()
        stages: tuple[Stages, ...] = (self.sessions, self.customers, self.products, *self.intake.values())
        for stage in stages:
            counted = stage.outcome()
            assert not counted.outputs, "outputs are carried on as they arise"
            for name, by in counted.counts.items():
                effects.count(*name, by=by)
            effects.observed += counted.observed
        return effects

    def _change_rules(self, to: int) -> None:
        """Let those rulebooks take over, each at its time, whose time has come when the clock is at `to`, ms."""
        while self._later and self._later[0][0] <= to:
            at, rulebook = self._later.popleft()
            if at > self.now:
                self._pass_silence(at)
                self.now = at
                self._tick(at)
            self.take_over(rulebook)

    def _waits(self) -> bool:
        waits = any(stage.open_episodes or stage.waiting_facts for stage in (self.sessions, self.customers))
        return bool(waits or self.sessions.open_visits or self.products.waiting)

    def _pass_silence(self, until: int) -> None:
        """What comes due in silence is decided then, as it is live: not when the next record comes, which may be days
        later and would find it expired."""
        while (due := self._next_due()) is not None and due < until - self._lateness:
            self.now = min(until, max(self.now, due + self._lateness + STEP_MS))
            self._tick(self.now)

    def _next_due(self) -> int | None:
        first = self.sessions.next_due  # asked for with every record
        for due in (self.customers.next_due, self.products.next_due):
            if due is not None and (first is None or due < first):
                first = due
        return first

    def _tick(self, asked: int) -> None:
        """All sources have come to their ends."""
        self._pass_time_of_products(asked)
        self.sessions.heard({ORDERS_0: asked - self._lateness})
        self._fold(self.sessions, Topic.CLICKSTREAM, (), asked)
        self._settle(asked)

    def _pass_time_of_products(self, asked: int) -> None:
        """Products first: what they have to say of a time is known before anybody has passed it."""
        watermark = asked - self._lateness
        self._heard_by_products[CLICKS_0] = watermark
        due = self.products.next_due
        if due is not None and due < watermark:
            self._fold(self.products, Topic.CATALOG, (), asked)

    def _settle(self, asked: int) -> None:
        """Let time pass for the customers, after all that was sent on to them."""
        watermark = asked - self._lateness
        self.customers.heard({CLICKS_0: watermark, ORDERS_0: watermark})
        due = self.customers.next_due
        if due is not None and due < watermark:
            self._fold(self.customers, Topic.CUSTOMER_INBOX, (), None)
        self._heard_by_products[CUSTOMERS_0] = watermark
        asked_of = self.products.next_answer
        if asked_of is not None and asked_of < watermark:
            self._fold(self.products, Topic.CATALOG, (), asked)

    def _fold(self, stage: Stages, topic: Topic, records: tuple[Given, ...], asked: int | None) -> None:
        """Fold the records, and carry on what comes of them until nothing more is said."""
        position = records[-1].offset + 1 if records else stage.positions[topic]
        if stage is self.products:
            self.products.heard(self._heard_by_products)
        stage.fold(Batch(topic, records, position, asked, self.now))
        if outputs := self._outputs(stage):
            self._carry(outputs)

    def _carry(self, outputs: Iterable[Out]) -> None:
        inboxes: dict[Topic, list[tuple[bytes, bytes]]] = {}
        for out in outputs:
            if out.topic in INBOXES:
                inboxes.setdefault(out.topic, []).append((out.key, out.value))
            else:
                self._effects.outputs.append(out)
        for inbox in INBOXES:
            if told := inboxes.get(inbox):
                self._deliver(inbox, told)

    def _deliver(self, inbox: Topic, told: list[tuple[bytes, bytes]]) -> None:
        stage = self._owner(inbox)
        offset = stage.positions[inbox]
        self._fold(stage, inbox, tuple(Given(key, value, offset + n) for n, (key, value) in enumerate(told)), None)

    def _owner(self, inbox: Topic) -> Stages:
        if inbox is Topic.PRODUCT_INBOX:
            return self.products
        return self.sessions if inbox is Topic.VISITOR_INBOX else self.customers

    def _outputs(self, stage: Stages) -> list[Out]:
        """What a batch led to; a driver that keeps state commits it here."""
        return stage.outputs()
