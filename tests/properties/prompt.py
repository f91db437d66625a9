"""Drivers with which nothing lags: whatever arrives is folded, by all whom it concerns, before the clock goes on; and a
dispatcher that stands by, delivers an hour or two later, and says so.

The replay is one such, with one partition of each topic. A cluster is another, whose stages talk in records.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import orjson

from schemas.facts.profile_facts import Receipt
from schemas.reading.wire import write_fact
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER
from schemas.topics import INBOXES, Topic
from streams.layout import Layout
from streams.products.product_stage import ProductStage
from streams.profiles.customer_stage import CustomerStage
from streams.replay import Replay
from streams.stage import Out
from streams.visits.session_stage import SessionStage
from tests.oracle.worlds import HOUR, MINUTE, SECOND
from tests.properties.batch import LATENESS, Arrival
from tests.properties.cluster import Cluster

Json = dict[str, Any]

STEP = SECOND
"""How far the clock goes at most beyond what is due in silence. A second step counts from when the first one went out,
and people do not wait for what products have to say: with another step other things would come of it."""
SENT_AFTER, SENT_AT = 2 * HOUR, 53 * SECOND
"""How long after a trigger was judged the dispatcher has its last word, and at which second of the minute."""
STATES = ["delivered"] * 7 + ["dead", "expired"]


class Driver(Protocol):
    """A shop in virtual time."""

    @property
    def now(self) -> int:
        """The clock, ms."""

    @property
    def next_due(self) -> int | None:
        """The earliest time at which anybody wants to be woken, ms."""

    def arrive(self, at: int, arrived: Sequence[Arrival]) -> list[Out]:
        """These records arrive, at that time at the latest, and all of them are folded."""

    def pass_to(self, at: int) -> list[Out]:
        """The clock goes on until then, and nothing arrives."""

    def tell(self, inbox: Topic, key: bytes, value: bytes) -> list[Out]:
        """A fact reaches an inbox."""


class PromptReplay:
    """The product's own replay: record by record."""

    def __init__(self, rulebook: Rulebook, lateness: int = LATENESS) -> None:
        self.replay = Replay(rulebook, lateness)

    @property
    def now(self) -> int:
        """The clock."""
        return self.replay.now

    @property
    def next_due(self) -> int | None:
        """As the stages say it."""
        stages = self.replay.sessions, self.replay.customers, self.replay.products
        return min((due for stage in stages if (due := stage.next_due) is not None), default=None)

    def arrive(self, at: int, arrived: Sequence[Arrival]) -> list[Out]:
        """One after another."""
        for one in arrived:
            self.replay.feed(*one.fed())
        return self.pass_to(at)

    def pass_to(self, at: int) -> list[Out]:
        """Silence."""
        self.replay.advance(at)
        return self.replay.take().outputs

    def tell(self, inbox: Topic, key: bytes, value: bytes) -> list[Out]:
        """The dispatcher's word."""
        self.replay.tell(inbox, key, value)
        return self.replay.take().outputs


class PromptCluster(Cluster):
    """So many partitions of each topic; all that waits is read before the clock goes on, in any order of partitions."""

    def __init__(self, rulebook: Rulebook, seed: int, partitions: int, losses: int, lateness: int = LATENESS) -> None:
        super().__init__(rulebook, lateness, seed, Layout(dict.fromkeys(Topic, partitions)), losses)
        self._sources = [one for one in self.all if one.topic not in INBOXES]
        self._inboxes = [one for one in self.all if one.topic in INBOXES]

    @property
    def next_due(self) -> int | None:
        """As the stages say it."""
        timed = SessionStage | CustomerStage | ProductStage
        stages = [one.owner.stage for one in self._sources + self.partitions[Topic.CUSTOMER_INBOX]]
        return min(
            (due for stage in stages if isinstance(stage, timed) and (due := stage.next_due) is not None), default=None
        )

    def arrive(self, at: int, arrived: Sequence[Arrival]) -> list[Out]:
        """All of them at once, a batch of each partition that they come to."""
        for one in arrived:
            self.take(one)
        return self.pass_to(at)

    def pass_to(self, at: int) -> list[Out]:
        """Everybody reads what there is, and hears how far time has come, until nobody has anything to say."""
        self.now = max(self.now, at)
        lost, losses = self.lost, self.losses
        self._settle()
        if self.lost > lost:  # a new owner knows only how far time had come when something was committed
            self.losses = 0
            self._settle()
            self.losses = losses
        outputs, self.outputs = self.outputs, []
        return outputs

    def _settle(self) -> None:
        for source in self.rng.sample(self._sources, len(self._sources)):
            self.work(source, 10_000)
        self._read_all()
        while self.publish():
            self._read_all()

    def tell(self, inbox: Topic, key: bytes, value: bytes) -> list[Out]:
        """The dispatcher's word."""
        self.append(inbox, key, value, self.now)
        return self.pass_to(self.now)

    def _read_all(self) -> None:
        while waiting := [one for one in self._inboxes if one.waits]:
            self.work(self.rng.choice(waiting), 10_000)


class Told(NamedTuple):
    """What came of it: triggers and decisions, in the order in which they were said."""

    triggers: list[Json]
    decisions: list[Json]


class Dispatched:
    """A driver, and the dispatcher beside it: `ends` is its last word on each trigger."""

    def __init__(self, driver: Driver, *, delivers: bool = True, lateness: int = LATENESS) -> None:
        self.driver = driver
        self.told = Told([], [])
        self.ends: dict[str, str] = {}
        self._delivers = delivers
        self._lateness = lateness
        self._until: dict[str, int] = {}
        self._on_their_way: list[tuple[int, str, Json]] = []

    def over(self, arrived: Iterable[tuple[int, Sequence[Arrival]]], until: int) -> Told:
        """All that is told of these batches, each of which is there at its time, and of the silence after them."""
        for at, some in arrived:
            self._pass_silence(min(one.at for one in some))
            self._hear(self.driver.arrive(at, some))
        self._pass_silence(until)
        return self.told

    def _pass_silence(self, until: int) -> None:
        """What comes due is decided then, and the dispatcher speaks at its times."""
        while True:
            due = self.driver.next_due
            woken = until if due is None else max(due + self._lateness + 1, self.driver.now)
            is_due = woken < until
            at = min(until, woken + STEP)
            if self._on_their_way and self._on_their_way[0][0] <= at:
                self._deliver()
                continue
            if not is_due:
                return
            self._hear(self.driver.pass_to(at))

    def _deliver(self) -> None:
        at, id_, trigger = self._on_their_way.pop(0)
        self._hear(self.driver.pass_to(at))
        profile, state = trigger["profile"], STATES[sha256(id_.encode()).digest()[0] % len(STATES)]
        state = self.ends.setdefault(id_, state)
        inbox = Topic.CUSTOMER_INBOX if profile.startswith(CUSTOMER) else Topic.VISITOR_INBOX
        receipt = write_fact(Receipt(at, f"{id_}:{state}", id_, state))
        self._hear(self.driver.tell(inbox, profile[len(CUSTOMER) :].encode(), receipt))

    def _hear(self, outputs: Iterable[Out]) -> None:
        said = [(out.topic, orjson.loads(out.value)) for out in outputs]
        decisions = [one for topic, one in said if topic is Topic.DECISIONS]
        triggers = [one for topic, one in said if topic is Topic.TRIGGERS]
        self.told.decisions.extend(decisions)
        self.told.triggers.extend(triggers)
        self._until |= {one["trigger_id"]: one["until_ms"] for one in decisions if one["until_ms"] is not None}
        if self._delivers:
            for one in triggers:
                if one["type"] == "cancelled":
                    self.ends.setdefault(one["trigger_id"], "cancelled")
                else:
                    judged = max(one["due_ms"], self._until.get(one["trigger_id"], 0)) + SENT_AFTER
                    at = judged // MINUTE * MINUTE + MINUTE + SENT_AT
                    self._on_their_way.append((at, one["trigger_id"], one))
            self._on_their_way.sort(key=lambda one: one[:2])
