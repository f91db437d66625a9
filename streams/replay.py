"""The replay driver: the same stages as live, one partition each, in virtual time.

Tests, `replay` and what is to come (backtest, explain) share it. The virtual clock stands at the latest time seen; each
source is always at its end, so W is that time minus the allowed lateness, exactly as live when nothing lags.
"""

from dataclasses import dataclass

from schemas.rulebook import Rulebook
from schemas.topics import Topic
from streams.customer_stage import CustomerStage
from streams.intake_stage import IntakeStage
from streams.layout import Layout
from streams.session_stage import SessionStage
from streams.stage import Batch, Effects, Out
from streams.watermarks import source_name

Stages = SessionStage | IntakeStage | CustomerStage
ONE_EACH = Layout({Topic.CLICKSTREAM: 1, Topic.ORDERS: 1, Topic.CUSTOMER_INBOX: 1})
CLICKS_0 = source_name(Topic.CLICKSTREAM, 0)
ORDERS_0 = source_name(Topic.ORDERS, 0)
INBOX_0 = source_name(Topic.CUSTOMER_INBOX, 0)


@dataclass(slots=True)
class Given:
    """A record handed to a stage by the driver; `timestamp_type` 0: the clock of the fetch, ours, stands in."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int = 0
    timestamp_type: int = 0


class Replay:
    """Feed records in the order of their arrival; `take()` gives what came of them."""

    def __init__(self, rulebook: Rulebook, lateness_ms: int) -> None:
        self._lateness = lateness_ms
        self.sessions = SessionStage(0, rulebook, lateness_ms)
        self.intake = {topic: IntakeStage(topic, 0, lateness_ms) for topic in (Topic.ORDERS, Topic.ENGAGEMENTS)}
        self.customers = CustomerStage(0, rulebook, ONE_EACH)
        self._effects = Effects()
        self.now = 0

    def feed(self, topic: Topic, key: bytes | None, value: bytes | None, at: int) -> None:
        """A record of that topic arrives; `at`, ms, is its own time, to which the clock is moved if it is later."""
        self.now = max(self.now, at)
        stage = self.sessions if topic is Topic.CLICKSTREAM else self.intake[topic]
        record = Given(key, value, stage.positions[topic])
        stage.fold(Batch(topic, (record,), record.offset + 1, self.now, self.now))
        facts = self._keep(self._outputs(stage))
        if stage is not self.sessions:
            # The watermark below speaks for the clicks too: what they were waiting for comes first.
            facts = self._tick_sessions(self.now) + facts
        self._settle(facts, self.now)

    def advance(self, to: int) -> None:
        """Silence until `to`, ms: the clock moves, nothing arrives. Earlier than the clock changes nothing."""
        self.now = max(self.now, to)
        self._tick(self.now)

    def end(self) -> None:
        """Nothing more can come: all up to the clock is known, so W is the clock itself."""
        self._tick(self.now + self._lateness)

    def drain(self) -> None:
        """Move the clock on until no session is open and no episode waits."""
        self.end()
        while self.sessions.open_visits or self.customers.open_episodes or self.customers.waiting_facts:
            dues = [due for due in (self.sessions.next_due, self.customers.next_due) if due is not None]
            self.now = max(self.now, min(dues) + 1)
            self.end()

    def take(self) -> Effects:
        """What came of it since the last call: triggers, decisions, dead letters and counts."""
        effects, self._effects = self._effects, Effects()
        stages: tuple[Stages, ...] = (self.sessions, self.customers, *self.intake.values())
        for stage in stages:
            counted = stage.outcome()
            assert not counted.outputs, "outputs are carried on as they arise"
            for name, by in counted.counts.items():
                effects.count(*name, by=by)
            effects.observed += counted.observed
        return effects

    def _tick(self, asked: int) -> None:
        self._settle(self._tick_sessions(asked), asked)

    def _tick_sessions(self, asked: int) -> list[Out]:
        clicks = Topic.CLICKSTREAM
        self.sessions.fold(Batch(clicks, (), self.sessions.positions[clicks], asked, asked))
        return self._keep(self._outputs(self.sessions))

    def _settle(self, facts: list[Out], asked: int) -> None:
        """Carry the facts on until none is left, then let the watermark follow them."""
        watermark = asked - self._lateness
        due = self.customers.next_due
        if facts or (due is not None and due < watermark):
            facts = self._deliver(facts, {CLICKS_0: watermark, ORDERS_0: watermark})
            if facts or not self.customers.customers_wait(watermark):
                facts = self._deliver(facts, {INBOX_0: watermark})
            while facts:
                facts = self._deliver(facts, {})
            self.customers.heard({INBOX_0: watermark})

    def _deliver(self, facts: list[Out], vector: dict[str, int]) -> list[Out]:
        customers = self.customers
        customers.heard(vector)
        inbox = Topic.CUSTOMER_INBOX
        offset = customers.positions[inbox]
        records = tuple(Given(fact.key, fact.value, offset + index) for index, fact in enumerate(facts))
        customers.fold(Batch(inbox, records, offset + len(facts), None, self.now))
        return self._keep(self._outputs(customers))

    def _outputs(self, stage: Stages) -> list[Out]:
        """What a batch led to; a driver that keeps state commits it here."""
        return stage.outputs()

    def _keep(self, outputs: list[Out]) -> list[Out]:
        """Keep what leaves the system; the facts for the inbox go round."""
        if not outputs:
            return outputs
        kept = self._effects.outputs
        facts: list[Out] = []
        for out in outputs:
            (facts if out.topic is Topic.CUSTOMER_INBOX else kept).append(out)
        return facts
