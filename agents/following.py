"""A process follows the published rulebooks: it reads them to their end before any stage opens, and goes on reading."""

import asyncio
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.crash_points import Point, reach
from agents.exits import crash_with
from agents.kafka import closed, connection
from agents.published import PARTITION, Published, Rules, read, record_of
from agents.rulebook_file import Written, misfits
from agents.settings.settings import KafkaSettings, Settings
from agents.web.metrics import Metrics
from schemas.topics import Topic

LOOK_EVERY_S = 1.0
"""How soon a rulebook is noticed."""
POLL_WAIT_MS = 200

log = structlog.get_logger("afterclick.following")


class Following:
    """One process's reading of the topic. What it reads goes to `rules`, where partitions find it. A rulebook that is
    `named` at the start is published, unless that version has been before: else a worker that is started again with an
    old file would take back what was applied meanwhile.

    A record that this program cannot read, or must refuse, changes nothing: the rulebook of before stays in force, and
    that is logged as an error and shown by a metric until a good one follows.
    """

    def __init__(self, settings: Settings, metrics: Metrics, rules: Rules, named: Written | None = None) -> None:
        self.rules = rules
        self._settings = settings
        self._metrics = metrics
        self._named = named
        self._versions: set[str] = set()
        self._reading: Reading | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all that was published, publish what is named, and go on in a task of its own."""
        self._reading = await Reading.begun(self._settings)
        await self._read_to_end()
        if (named := self._named) is not None:
            if named.rulebook.version not in self._versions:
                await publish(self._settings, named)
                reach(Point.RULES_PUBLISHED)
                await self._read_to_end()
            elif named.rulebook.version != self.rules.newest.version:
                log.warning(
                    "the rulebook that this worker was started with was published before, and another one has followed "
                    "it: that stays in force; `afterclick rules apply` brings the old one back",
                    version=named.rulebook.version,
                    in_force=self.rules.newest.version,
                )
        reach(Point.RULES_READ)
        log.info("rulebook in force", rulebook=self.rules.newest.name, version=self.rules.newest.version)
        self._task = asyncio.create_task(self._follow(), name="rules:following")
        crash_with(self._task)

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._reading is not None:
            await self._reading.stop()

    async def _read_to_end(self) -> None:
        assert self._reading is not None
        for published in await self._reading.to_end():
            self._heard(published)

    async def _follow(self) -> None:
        assert self._reading is not None
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for published in await self._reading.poll():
                self._heard(published)

    def _heard(self, published: Published) -> None:
        refused = published.rulebook is None
        self._metrics.count("rulebooks", "refused" if refused else "read")
        self._metrics.gauge("rulebook_refused", value=float(refused))
        if published.rulebook is None:
            log.error(
                "a published rulebook is refused, and the one of before stays in force",
                version=published.version,
                rulebook=published.name,
                in_force=self.rules.newest.version,
                error=published.refused,
            )
            return
        for sentence in misfits(published.rulebook, self._settings):
            log.error("a published rulebook does not fit the settings", version=published.version, error=sentence)
        self._versions.add(published.rulebook.version)
        self.rules.heard(published.rulebook)


class Reading:
    """A consumer of the topic, from its beginning."""

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        self._consumer = consumer
        self._partition = partition

    @classmethod
    async def begun(cls, settings: Settings) -> "Reading":
        """Connected, and at the first record."""
        partition = TopicPartition(settings.topic(Topic.RULEBOOKS), PARTITION)
        consumer = _consumer(settings.kafka)
        try:
            await consumer.start()
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
        except BaseException:
            with suppress(Exception):
                await closed(consumer.stop())
            raise
        return cls(consumer, partition)

    async def to_end(self) -> list[Published]:
        """All up to the topic's end as it is now."""
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        found: list[Published] = []
        while await self._consumer.position(self._partition) < end:
            found += await self.poll()
        return found

    async def poll(self) -> list[Published]:
        """What has come since."""
        polled = await self._consumer.getmany(timeout_ms=POLL_WAIT_MS)
        found = [read(record) for records in polled.values() for record in records]
        return [published for published in found if published is not None]

    async def stop(self) -> None:
        """Close."""
        await closed(self._consumer.stop())


async def publish(settings: Settings, written: Written) -> None:
    """Put the rulebook onto the topic; when this returns, the brokers have it."""
    producer = AIOKafkaProducer(
        **connection(settings.kafka), enable_idempotence=True, request_timeout_ms=settings.kafka.request_timeout_ms
    )
    key, value = record_of(*written)
    try:
        await producer.start()
        await (await producer.send(settings.topic(Topic.RULEBOOKS), value, key, PARTITION))
    finally:
        await closed(producer.stop())


async def published(settings: Settings) -> list[Published]:
    """All that was published, in its order."""
    reading = await Reading.begun(settings)
    try:
        return await reading.to_end()
    finally:
        await reading.stop()


def _consumer(settings: KafkaSettings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **connection(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        request_timeout_ms=settings.request_timeout_ms,
    )
