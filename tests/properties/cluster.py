"""Several partitions of everything, in virtual time: each stage at its own pace, vectors of watermarks as records.

What the replay leaves out: facts of one event that travel through different partitions, forwards from stage to
stage, sources that lag behind each other, vectors that are old when they are read, stages that are lost and restored.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from zlib import crc32

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.topics import INBOXES, Topic
from streams.intake.intake_stage import IntakeStage
from streams.layout import Layout
from streams.products.product_stage import ProductStage
from streams.profiles.customer_stage import CustomerStage
from streams.replay import Given
from streams.stage import LOG_APPEND_TIME, Batch, Out, Stage
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from tests.properties.batch import DAY, HOUR, Arrival, Outcome

LAYOUT = Layout(
    {
        Topic.CLICKSTREAM: 3,
        Topic.VISITOR_INBOX: 3,
        Topic.ORDERS: 2,
        Topic.ENGAGEMENTS: 2,
        Topic.CUSTOMER_INBOX: 3,
        Topic.CATALOG: 1,
        Topic.PRODUCT_INBOX: 1,
    }
)
ALIKE = {Topic.VISITOR_INBOX: Topic.CLICKSTREAM, Topic.PRODUCT_INBOX: Topic.CATALOG}
"""Inboxes that are read by the stage of another topic, partition by partition."""
SILENCE_MS = 4 * DAY
"""How long the clock runs on after the last record: longer than any wait."""


class Owner:
    """A stage and its changelog. When it is lost, a new one is restored from there, compacted by the broker up to some
    place or not at all."""

    def __init__(self, make: Callable[[], Stage]) -> None:
        self.stage = make()
        self._make = make
        self._changelog: list[tuple[bytes, bytes | None]] = []

    def fold(self, batch: Batch) -> list[Out]:
        """One batch, committed."""
        self.stage.fold(batch)
        effects = self.stage.take()
        self._changelog += effects.changelog
        return effects.outputs

    def lose(self, rng: random.Random) -> None:
        """A new owner takes over."""
        self._compact(rng.choice([0, rng.randint(0, len(self._changelog)), len(self._changelog)]), rng.random() < 0.5)
        self.stage = self._make()
        for key, value in self._changelog:
            self.stage.restore(key, value)
        for _ in self.stage.open_in_steps():
            pass

    def _compact(self, until: int, keeps_tombstones: bool) -> None:
        """Keep the last word on each key of what is before that place, in its order."""
        last = {key: place for place, (key, _) in enumerate(self._changelog[:until])}
        self._changelog = [
            entry
            for place, entry in enumerate(self._changelog)
            if place >= until or (last[entry[0]] == place and (keeps_tombstones or entry[1] is not None))
        ]


class Partition:
    """One partition's log, and the owner of the stage that reads it, perhaps beside others."""

    def __init__(self, topic: Topic, owner: Owner) -> None:
        self.topic = topic
        self.owner = owner
        self.log: list[Given] = []

    @property
    def waits(self) -> bool:
        """Whether it has something that has not been read."""
        return self.owner.stage.positions[self.topic] < len(self.log)

    def append(self, key: bytes, value: bytes, at: int) -> None:
        """The broker takes a record."""
        self.log.append(Given(key, value, len(self.log), at, LOG_APPEND_TIME))

    def step(self, records_max: int, now: int) -> list[Out]:
        """One batch, committed: at the end of the partition the fetch was sent now."""
        position = self.owner.stage.positions[self.topic]
        records = self.log[position : position + records_max]
        reached = position + len(records)
        asked = now if reached == len(self.log) else None
        return self.owner.fold(Batch(self.topic, records, reached, asked, now))


class Cluster:
    """All partitions; a seed decides who works when, and how much at once. With `losses` so many of a thousand turns
    lose a stage."""

    def __init__(self, rulebook: Rulebook, lateness: int, seed: int, layout: Layout = LAYOUT, losses: int = 0) -> None:
        self.rng = random.Random(seed)
        self.outputs: list[Out] = []
        self.now = 0
        self.losses = losses
        self.lost = 0
        self._layout = layout
        make: dict[Topic, Callable[[int], Stage]] = {
            Topic.CLICKSTREAM: lambda number: SessionStage(number, rulebook, layout, lateness),
            Topic.ORDERS: lambda number: IntakeStage(Topic.ORDERS, number, lateness, rulebook=rulebook, layout=layout),
            Topic.ENGAGEMENTS: lambda number: IntakeStage(
                Topic.ENGAGEMENTS, number, lateness, rulebook=rulebook, layout=layout
            ),
            Topic.CUSTOMER_INBOX: lambda number: CustomerStage(number, rulebook, layout),
            Topic.CATALOG: lambda number: ProductStage(number, rulebook, layout, lateness),
        }
        self.partitions = {topic: list(self._own(topic, stage)) for topic, stage in make.items()}
        for inbox, topic in ALIKE.items():
            self.partitions[inbox] = [Partition(inbox, beside.owner) for beside in self.partitions[topic]]
        self.all = [partition for partitions in self.partitions.values() for partition in partitions]
        self._committed: dict[str, int] = {}
        self._published: dict[str, int] = {}

    def _own(self, topic: Topic, make: Callable[[int], Stage]) -> Iterator[Partition]:
        for number in range(self._layout.partitions(topic)):
            yield Partition(topic, Owner(partial(make, number)))

    def run(self, arrived: Iterable[Arrival], silence_ms: int = SILENCE_MS) -> Outcome:
        """All that fires, until long after the last record."""
        for arrival in arrived:
            self.now = max(self.now, arrival.at)
            self.take(arrival)
            while self.rng.random() < 0.6:
                self.work(self.rng.choice(self.all), self.rng.choice([1, 2, 10, 100]))
            if self.rng.random() < 0.2:
                self.publish()
        end = self.now + silence_ms
        while self.now < end:
            self.now += self.rng.choice([1, HOUR // 2, HOUR])
            for partition in self.rng.sample(self.all, len(self.all)):
                self.work(partition, 10_000)
            self.publish()
        return Outcome.of(self.outputs)

    def take(self, arrival: Arrival) -> None:
        """A source record arrives."""
        topic, key, value, at = arrival.fed()
        assert key is not None
        self.append(topic, key, value, at)

    def work(self, partition: Partition, records_max: int) -> None:
        """One batch of that partition, which may be lost afterwards."""
        for out in partition.step(records_max, self.now):
            if out.topic in INBOXES:
                self.append(out.topic, out.key, out.value, self.now, out.partition)
            else:
                self.outputs.append(out)
        self._committed |= partition.owner.stage.watermarks
        if self.losses and self.rng.randrange(1000) < self.losses:
            partition.owner.lose(self.rng)
            self.lost += 1

    def publish(self) -> bool:
        """What is committed by now, to every inbox partition, if it is news; whether it is."""
        if self._committed == self._published:
            return False
        self._published = dict(self._committed)
        vector = orjson.dumps(self._committed)
        for topic in INBOXES:
            for inbox in self.partitions[topic]:
                inbox.append(WATERMARKS_KEY, vector, self.now)
        return True

    def append(self, topic: Topic, key: bytes, value: bytes, at: int, partition: int | None = None) -> None:
        """A record of that key, on its partition unless one is named."""
        partitions = self.partitions[topic]
        partitions[crc32(key) % len(partitions) if partition is None else partition].append(key, value, at)
