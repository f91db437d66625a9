"""One transaction a batch: outputs, changelog and the position's mark, all or nothing.

Each source partition has a transactional producer of its own, whose start fences whoever owned the partition before.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Self

from aiokafka import TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError

from agents.crash_points import Point, reach
from agents.exits import CommitFailed
from agents.kafka import PARTITIONERS, closed, connection
from agents.seam import Entry, RecordTooLarge, TransactionalProducer
from agents.settings.settings import Settings
from agents.state.counts_mark import mark_headers
from agents.worker.broker_clock import BrokerClock
from schemas.topics import Topic
from streams.layout import Layout
from streams.partitions import partition_of
from streams.stage import Effects

BATCH_BYTES = 256 * 1024
VISITORS = Topic.VISITOR_INBOX  # a member is costly to look up of its enumeration, once a record
REQUEST_BYTES_MAX = 4 << 20
RETRY_BACKOFF_MS = 10
RECORD_OVERHEAD_BYTES = 512
"""What Kafka may add to a record's key, value and headers, generously."""
KEY_BYTES_MAX = 1100
"""An id of 256 characters in UTF-8, and what stands before it."""


class Commits:
    """The transactions of one source partition. Not to be used by two tasks at once."""

    def __init__(
        self,
        producer: TransactionalProducer,
        settings: Settings,
        layout: Layout,
        changelog: TopicPartition,
        clock: BrokerClock,
    ) -> None:
        self._producer = producer
        self._settings = settings
        self._layout = layout
        self._changelog = changelog
        self._clock = clock
        self._mark_headers = mark_headers(layout)
        self._visitors_place = PARTITIONERS[settings.clickstream_partitioner]

    @classmethod
    async def fence(
        cls, settings: Settings, transactional_id: str, layout: Layout, changelog: TopicPartition, clock: BrokerClock
    ) -> Self:
        """Start the producer. When this returns, no earlier owner of the id can commit any more, and what it had
        left open is aborted: only now do changelog and position hold still to be read.
        """
        kafka = settings.kafka
        producer = TransactionalProducer(
            **connection(kafka),
            transactional_id=transactional_id,
            client_id=transactional_id,
            transaction_timeout_ms=kafka.transaction_timeout_ms,
            request_timeout_ms=kafka.request_timeout_ms,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES_MAX,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await closed(producer.stop())
            raise
        return cls(producer, settings, layout, changelog, clock)

    async def commit(self, effects: Effects) -> bool:
        """Commit the effects; False when there is nothing to commit. Raises CommitFailed, after which the process has
        to end: the stage is ahead of what is committed, or somebody else owns it.
        """
        if not effects.outputs and not effects.changelog:
            return False
        assert effects.changelog, "outputs without a position would be repeated after a restart"
        batches = {target: self._batches(entries) for target, entries in self._targets(effects)}
        try:
            await self._producer.begin_transaction()
            # aiokafka commits although a batch was refused: every single one has to be known as written.
            sent = await self._send(batches)
            reach(Point.BATCHES_SENT)
            await asyncio.gather(*sent)
        except (KafkaError, IllegalOperation) as error:
            # The latter of a batch that follows one by which aiokafka has found the producer fenced.
            raise CommitFailed(f"a batch was not written: {error!r}") from error
        reach(Point.BATCHES_WRITTEN)
        await self._producer.end_transaction()
        reach(Point.COMMITTED)
        return True

    async def stop(self) -> None:
        """Close the producer. A transaction that is open is left to its time-out, or to the next owner."""
        await closed(self._producer.stop())

    def _targets(self, effects: Effects) -> Iterable[tuple[TopicPartition, Iterable[Entry]]]:
        outputs: dict[Topic, list[list[Entry]]] = {}
        for topic, key, value, headers, partition in effects.outputs:
            entries = outputs.get(topic)
            if entries is None:
                entries = outputs[topic] = [[] for _ in range(self._layout.partitions(topic))]
            place = self._visitors_place if topic is VISITORS else partition_of
            entries[place(key, len(entries)) if partition is None else partition].append((key, value, headers))
        for topic, entries in outputs.items():
            name = self._settings.topic(topic)
            yield from ((TopicPartition(name, number), own) for number, own in enumerate(entries) if own)
        *state, (mark_key, mark) = effects.changelog
        beside = [*self._mark_headers, *effects.mark_headers]
        unmarked: list[Entry] = [(key, value, ()) for key, value in state]
        yield self._changelog, [*unmarked, (mark_key, mark, beside)]

    def _batches(self, entries: Iterable[Entry]) -> list[Any]:
        now_ms = self._clock.now_ms()
        size_max = self._settings.kafka.record_bytes_max - RECORD_OVERHEAD_BYTES
        batches, left = [], iter(entries)
        while True:
            batch = self._producer.create_batch()
            batches.append(batch)
            try:
                unfit = self._producer.fill(batch, left, now_ms, size_max)
            except RecordTooLarge as error:
                raise CommitFailed(f"{error}: see kafka.record_bytes_max") from error
            if unfit is None:
                return batches
            left = chain([unfit], left)

    async def _send(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> list[Any]:
        # Round by round, since a partition's second batch has to wait until its first one is on its way.
        written = []
        for turn in range(max(map(len, batches.values()))):
            for target, own in batches.items():
                if turn < len(own):
                    own[turn].close()
                    written.append(await self._producer.send_batch(own[turn], target.topic, partition=target.partition))
        return written
