"""Topics of a test's own on the session's broker, with the ways in and out of them."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.settings.settings import KafkaSettings, Settings, WebSettings
from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic
from streams.partitions import partition_of
from streams.stage import POSITION_KEY
from tests.stages import OUTPUT
from tests.waiting import until
from tests.written import written_ends

PARTITIONS = 2
BATCH_BYTES = 256 * 1024


class Site:
    """All of Afterclick's topics under a prefix of their own, two partitions each unless said otherwise."""

    def __init__(self, bootstrap: str, data_dir: Path, partitions: int = PARTITIONS) -> None:
        self.count = partitions
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.settings = Settings(
            app=self.name,
            topic_prefix=f"{self.name}-",
            data_dir=data_dir,
            web=WebSettings(port=0),
            kafka=KafkaSettings(bootstrap=bootstrap, session_timeout_s=6, rebalance_timeout_s=10),
        )
        self.sent: Counter[bytes] = Counter()

    async def prepare(self) -> None:
        """Create the topics."""
        await apply(self.settings, declared_topics(partitions=self.count, replication=1))

    def environment(self, **more: str) -> dict[str, str]:
        """What a worker process needs in its environment to work here."""
        kafka = self.settings.kafka
        return {
            "AFTERCLICK_APP": self.settings.app,
            "AFTERCLICK_TOPIC_PREFIX": self.settings.topic_prefix,
            "AFTERCLICK_DATA_DIR": str(self.settings.data_dir),
            "AFTERCLICK_WEB__PORT": "0",
            "AFTERCLICK_KAFKA__BOOTSTRAP": kafka.bootstrap,
            "AFTERCLICK_KAFKA__SESSION_TIMEOUT_S": str(kafka.session_timeout_s),
            "AFTERCLICK_KAFKA__REBALANCE_TIMEOUT_S": str(kafka.rebalance_timeout_s),
            **more,
        }

    def partitions(self, topic: Topic) -> list[TopicPartition]:
        """All partitions of a topic."""
        return [TopicPartition(self.settings.topic(topic), partition) for partition in range(self.count)]

    @asynccontextmanager
    async def producer(self, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
        """A producer on this broker."""
        kafka = self.settings.kafka
        async with AIOKafkaProducer(
            bootstrap_servers=kafka.bootstrap, max_batch_size=BATCH_BYTES, linger_ms=5, **options
        ) as producer:
            yield producer

    async def send(self, keys: Iterable[bytes], value: bytes = b"x", topic: Topic = Topic.CLICKSTREAM) -> None:
        """Put a record of each key on the topic, and remember that."""
        async with self.producer() as producer:
            await self._send(producer, keys, value, topic)
            await producer.flush()

    async def keep_sending(self, keys: list[bytes], until: asyncio.Event, a_turn: int = 15) -> None:
        """About 3,000 records a second, of random ones of these keys."""
        async with self.producer() as producer:
            while not until.is_set():
                await self._send(producer, random.choices(keys, k=a_turn), b"x" * 100)
                await asyncio.sleep(0.005)
            await producer.flush()

    async def _send(
        self, producer: AIOKafkaProducer, keys: Iterable[bytes], value: bytes, topic: Topic = Topic.CLICKSTREAM
    ) -> None:
        name = self.settings.topic(topic)
        for key in keys:
            await producer.send(name, value, key, partition_of(key, self.count))
            self.sent[key] += 1

    @asynccontextmanager
    async def reader(self, *topics: Topic) -> AsyncIterator[AIOKafkaConsumer]:
        """A read-committed consumer of all partitions of these topics."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        try:
            consumer.assign([partition for topic in topics for partition in self.partitions(topic)])
            yield consumer
        finally:
            await consumer.stop()

    async def read(self, topic: Topic) -> list[Any]:
        """All committed records of a topic."""
        async with self.reader(topic) as consumer:
            partitions = self.partitions(topic)
            await consumer.seek_to_beginning(*partitions)
            ends = await written_ends(self.settings.kafka.bootstrap, partitions)
            records: list[Any] = []
            while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
                for found in (await consumer.getmany(timeout_ms=100)).values():
                    records += found
            return records

    async def counted(self) -> dict[bytes, int]:
        """The toy's counts by key, as a restore would find them: the last in the changelog."""
        records = await self.read(Topic.SESSIONS_CHANGELOG)
        return {
            record.key.split(b":", 1)[1]: orjson.loads(record.value)
            for record in records
            if not record.key.startswith(POSITION_KEY)
        }

    async def output(self) -> Counter[bytes]:
        """How many outputs of the toy there are by key."""
        return Counter(record.key for record in await self.read(OUTPUT))

    async def until_counted(self) -> None:
        """Wait until the toy has counted all that was sent, and said so."""
        await until(self._all_counted, "all that was sent is counted and said")

    async def until_exact(self) -> None:
        """Wait until each key has as many outputs as it is counted. A commit is answered before its records can be
        read: the broker opens them partition by partition, in its own time."""
        await until(self._exact, "there is an output for each that is counted")

    async def _all_counted(self) -> bool:
        all_sent = self.sent.total()
        return sum((await self.counted()).values()) >= all_sent and (await self.output()).total() >= all_sent

    async def _exact(self) -> bool:
        return await self.output() == await self.counted()
