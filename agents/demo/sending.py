"""Produces to the source topics, and knows how many records Kafka has acknowledged."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from agents.demo.said import Said
from agents.kafka import connection
from agents.settings.settings import Settings
from schemas.topics import Topic

STANDSTILL_MS = 300
BATCH_BYTES = 256 * 1024
LINGER_MS = 5


class Sender:
    """A producer for the length of a `with` block. `acknowledged` counts by topic."""

    def __init__(self, settings: Settings) -> None:
        self.acknowledged: Counter[Topic] = Counter()
        self._settings = settings
        self._failed: BaseException | None = None
        self._producer: AIOKafkaProducer

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            **connection(self._settings.kafka), enable_idempotence=True, linger_ms=LINGER_MS, max_batch_size=BATCH_BYTES
        )
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def play(self, records: Iterator[Said]) -> None:
        """Say it all in real time, until cancelled.

        The shop stands still when this process does: what is said late all the same would be told as late.
        """
        opened_ms = _now_ms()
        for said in records:
            wait_ms = opened_ms + said.at_ms - _now_ms()
            if wait_ms > 0:
                await asyncio.sleep(wait_ms / 1000)
            elif wait_ms < -STANDSTILL_MS:
                opened_ms -= wait_ms
            await self._send(said.topic, said.key, said.value(opened_ms))

    async def load(self, records: Iterable[tuple[Topic, str, bytes]]) -> None:
        """Say it all as fast as Kafka takes it."""
        for topic, key, value in records:
            await self._send(topic, key, value)

    async def flush(self) -> None:
        """Return once everything sent is acknowledged. Raises what has gone wrong with any of it."""
        await self._producer.flush()
        if self._failed is not None:
            raise self._failed

    async def _send(self, topic: Topic, key: str, value: bytes) -> None:
        sent = await self._producer.send(self._settings.topic(topic), value, key.encode())

        def ended(future: "asyncio.Future[Any]") -> None:
            if future.cancelled():
                return
            self._failed = self._failed or future.exception()
            self.acknowledged[topic] += future.exception() is None

        sent.add_done_callback(ended)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
