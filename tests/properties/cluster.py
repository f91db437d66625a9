"""Several partitions of everything, in virtual time: each stage at its own pace, vectors of watermarks as records.

What the replay leaves out: facts of one event that travel through different partitions, forwards from stage to
stage, sources that lag behind each other, vectors that are old when they are read.
"""

import random
from collections.abc import Callable, Iterable
from zlib import crc32

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.layout import Layout
from streams.profiles.customer_stage import CustomerStage
from streams.replay import Given
from streams.stage import LOG_APPEND_TIME, Batch, Out, Stage
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from tests.properties.batch import DAY, HOUR, Arrival, Outcome

LAYOUT = Layout(
    {Topic.CLICKSTREAM: 3, Topic.VISITOR_INBOX: 3, Topic.ORDERS: 2, Topic.CUSTOMER_INBOX: 3, Topic.PRODUCT_INBOX: 1}
)
INBOXES = (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX)
SILENCE_MS = 4 * DAY
"""How long the clock runs on after the last record: longer than any wait."""


class Partition:
    """One partition's log, and the stage that reads it, perhaps beside others."""

    def __init__(self, topic: Topic, stage: Stage) -> None:
        self.topic = topic
        self.stage = stage
        self.log: list[Given] = []

    def append(self, key: bytes, value: bytes, at: int) -> None:
        """The broker takes a record."""
        self.log.append(Given(key, value, len(self.log), at, LOG_APPEND_TIME))

    def step(self, records_max: int, now: int) -> list[Out]:
        """One batch, committed: at the end of the partition the fetch was sent now."""
        position = self.stage.positions[self.topic]
        records = self.log[position : position + records_max]
        reached = position + len(records)
        self.stage.fold(Batch(self.topic, records, reached, now if reached == len(self.log) else None, now))
        return self.stage.take().outputs


class Cluster:
    """All partitions; a seed decides who works when, and how much at once."""

    def __init__(self, rulebook: Rulebook, lateness: int, seed: int) -> None:
        self._rng = random.Random(seed)
        make: dict[Topic, Callable[[int], Stage]] = {
            Topic.CLICKSTREAM: lambda number: SessionStage(number, rulebook, LAYOUT, lateness),
            Topic.ORDERS: lambda number: IntakeStage(Topic.ORDERS, number, lateness, rulebook=rulebook, layout=LAYOUT),
            Topic.CUSTOMER_INBOX: lambda number: CustomerStage(number, rulebook, LAYOUT),
        }
        self._partitions = {
            topic: [Partition(topic, stage(number)) for number in range(LAYOUT.partitions(topic))]
            for topic, stage in make.items()
        }
        self._partitions[Topic.VISITOR_INBOX] = [
            Partition(Topic.VISITOR_INBOX, clicks.stage) for clicks in self._partitions[Topic.CLICKSTREAM]
        ]
        self._all = [partition for partitions in self._partitions.values() for partition in partitions]
        self._committed: dict[str, int] = {}
        self._kept: list[Out] = []
        self._now = 0

    def run(self, arrived: Iterable[Arrival]) -> Outcome:
        """All that fires, until long after the last record."""
        for arrival in arrived:
            self._now = max(self._now, arrival.at)
            topic, key, value, at = arrival.fed()
            assert key is not None
            self._append(topic, key, value, at)
            while self._rng.random() < 0.6:
                self._work(self._rng.choice(self._all), self._rng.choice([1, 2, 10, 100]))
            if self._rng.random() < 0.2:
                self._publish()
        end = self._now + SILENCE_MS
        while self._now < end:
            self._now += self._rng.choice([1, HOUR // 2, HOUR])
            for partition in self._rng.sample(self._all, len(self._all)):
                self._work(partition, 10_000)
            self._publish()
        return Outcome.of(self._kept)

    def _work(self, partition: Partition, records_max: int) -> None:
        for out in partition.step(records_max, self._now):
            if out.topic in INBOXES:
                self._append(out.topic, out.key, out.value, self._now, out.partition)
            else:
                self._kept.append(out)
        self._committed |= partition.stage.watermarks

    def _publish(self) -> None:
        """What is committed by now, to every inbox partition."""
        vector = orjson.dumps(self._committed)
        for topic in INBOXES:
            for inbox in self._partitions[topic]:
                inbox.append(WATERMARKS_KEY, vector, self._now)

    def _append(self, topic: Topic, key: bytes, value: bytes, at: int, partition: int | None = None) -> None:
        partitions = self._partitions[topic]
        partitions[crc32(key) % len(partitions) if partition is None else partition].append(key, value, at)
