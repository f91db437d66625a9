"""Watermarks on their way to whoever waits for them, and the broker's clock on its way back.

A few times a second each role of a process tells every partition of the inboxes that wait for it how far its source
partitions have come, as committed. It does so in silence too: the acknowledgements, with the times of their appends,
are how a worker knows the brokers' clock.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

import orjson
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from agents.crash_points import Point, reach
from agents.exits import crash_with
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from agents.worker.broker_clock import BrokerClock
from agents.worker.commit import RETRY_BACKOFF_MS
from schemas.topics import Topic
from streams.stage import LOG_APPEND_TIME
from streams.time.watermarks import WATERMARKS_KEY

HEARTBEAT = {Topic.CUSTOMER_INBOX: 1}
"""Where a role that nobody waits for learns the brokers' clock: its first partition."""

log = structlog.get_logger("afterclick.vectors")


class Vectors:
    """One role's publisher. `watermarks` gives the committed W of its running source partitions, by name. A dispatcher
    has none, and publishes nothing but empty vectors, to one partition, for the clock's sake."""

    def __init__(
        self, settings: Settings, role: str, clock: BrokerClock, watermarks: Callable[[], Mapping[str, int]]
    ) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._watermarks = watermarks
        self.published_s = time.monotonic()
        """When the brokers last took a whole vector (monotonic); before the first, when this was made."""
        self._producer: AIOKafkaProducer | None = None
        self._task: asyncio.Task[None] | None = None
        self._told: list[TopicPartition] = []

    async def start(self, tells: Mapping[Topic, int]) -> None:
        """Send a first vector, be it empty, to all partitions of these topics, of which that says how many there are,
        and return once the broker's clock is known by it."""
        kafka = self._settings.kafka
        self._told = [
            TopicPartition(self._settings.topic(topic), number)
            for topic, count in tells.items()
            for number in range(count)
        ]
        self._producer = AIOKafkaProducer(
            **connection(kafka),
            client_id=f"{self._settings.app}-{self._role}-vectors",
            enable_idempotence=True,
            request_timeout_ms=kafka.request_timeout_ms,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )
        await self._producer.start()
        await self._publish()
        self._task = asyncio.create_task(self._keep_publishing(), name=f"{self._role}:vectors")
        crash_with(self._task)

    async def stop(self) -> None:
        """Send what is under way and close."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._producer is not None:
            await closed(self._producer.stop())

    async def _keep_publishing(self) -> None:
        pause_s = 1 / self._settings.vectors_per_s
        while True:
            await asyncio.sleep(pause_s)
            await self._publish()

    async def _publish(self) -> None:
        assert self._producer is not None
        value = orjson.dumps(self._watermarks())
        sent_s = time.monotonic()
        sent = [await self._producer.send(tp.topic, value, WATERMARKS_KEY, tp.partition) for tp in self._told]
        for acknowledgement in sent:
            written = await acknowledgement
        self.published_s = time.monotonic()
        reach(Point.VECTOR_PUBLISHED)
        self._learn_time(written.timestamp_type, written.timestamp, sent_s)

    def _learn_time(self, timestamp_type: int, append_ms: int, sent_s: float) -> None:
        if timestamp_type == LOG_APPEND_TIME:
            self._clock.acknowledged(append_ms, time.monotonic(), sent_s)
        elif not self._clock.is_known:
            log.warning("an inbox has no append times: this machine's clock stands in; run `topics apply`")
            self._clock.trust_wall_clock()
