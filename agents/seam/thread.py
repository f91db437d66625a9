"""The consumer's thread: it drains aiokafka's fetch buffers, a partition at a time and by position.

Whoever polls says where each partition is to be read from. Where aiokafka stands elsewhere (after a rebalance, or
because a delivery was dropped) it is sent there first, so that what comes back is contiguous by construction and no
order of Faust's hooks matters.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from agents.seam.fetches import Fetches, Proof
from agents.seam.unread import NOTHING, Fetched, Unread
from streams.stage import Records

HEED_EVERY_S = 1.0


class PositionGone(Exception):
    """What is to be read next is not in the log."""


@dataclass(slots=True, frozen=True)
class Poll:
    """What one partition had to give, from `start` up to `position`.

    `proof` is what the newest answered fetch says of the partition; None before the first.
    """

    records: Records
    start: int
    position: int
    proof: Proof | None

    @property
    def end_as_of_s(self) -> float | None:
        """When the fetch was sent that shows `position` to be the end (monotonic); None with backlog."""
        return self.proof.sent_s if self.proof is not None and self.position >= self.proof.end else None


class Thread(AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is Any to mypy
    """Faust's consumer thread around a consumer of our making."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fetches = Fetches()
        self._nudged = False
        self._waiter: asyncio.Future[None] | None = None

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(**self.consumer.reading.consumer_options)

    async def on_start(self) -> None:
        """Start the consumer, and watch its fetches from the first one on."""
        await super().on_start()
        self._fetches.watch(self._consumer)
        self.add_future(self._heed_the_group())

    async def _heed_the_group(self) -> None:
        """Raise what the group's coordination has failed with. aiokafka keeps that for whoever polls next, and stands
        still until then; but nobody polls before a first assignment, or while partitions are restored."""
        while not self.should_stop:
            await self.sleep(HEED_EVERY_S)
            self._ensure_consumer()._coordinator.check_errors()

    @property
    def membership(self) -> str:
        """As whom the broker knows this member of the group; another one once it had taken it for gone."""
        membership: str = self._ensure_consumer()._coordinator.member_id
        return membership

    def nudge(self) -> None:
        """Let a poll that waits return at once. May be called from any thread."""
        if not self._nudged:
            self._nudged = True
            self.thread_loop.call_soon_threadsafe(self._end_wait)

    async def poll(
        self, wanted: Mapping[TopicPartition, int], timeout_s: float, records_max: int
    ) -> dict[TopicPartition, Poll]:
        """One poll of each wanted partition (→ the offset to read from), waiting until any has something, or time is
        up. Partitions that are not ours at the moment are left out; so are those beyond `records_max` in all.

        Runs in this thread. Raises what the consumer's own tasks failed with, without waiting for `_heed_the_group`.
        """
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher
        deadline = time.monotonic() + timeout_s
        with consumer._subscription.fetch_context():
            while True:
                consumer._coordinator.check_errors()
                if consumer._closed or fetcher.error_future.done():
                    raise ConsumerStoppedError
                polls = self._drain(consumer, wanted, records_max)
                remaining = deadline - time.monotonic()
                found = any(poll.position > poll.start for poll in polls.values())
                if found or self._nudged or remaining <= 0:
                    self._nudged = False
                    return polls
                await self._wait_for_fetch(fetcher, remaining)

    def _drain(
        self, consumer: AIOKafkaConsumer, wanted: Mapping[TopicPartition, int], records_max: int
    ) -> dict[TopicPartition, Poll]:
        subscription = consumer._subscription
        if subscription.reassignment_in_progress:
            return {}
        assignment = subscription.subscription.assignment
        polls = {}
        for partition, start in wanted.items():
            state = assignment.state_value(partition)
            if state is None or records_max <= 0:
                continue
            if not state.has_valid_position or state.position != start:
                consumer._fetcher.seek_to(partition, start)
            records = self._take(consumer._fetcher, partition, records_max)
            records_max -= len(records)
            polls[partition] = Poll(records, start, state.position, self._fetches.proofs.get(partition))
        return polls

    def _take(self, fetcher: Any, partition: TopicPartition, records_max: int) -> Unread:
        found, taken = fetcher._records.get(partition), NOTHING
        if found is None:
            return taken
        if type(found) is not FetchResult:
            del fetcher._records[partition]
            _raise(found)
        if found.check_assignment(partition):
            unread = found._partition_records
            if type(unread) is not Fetched:
                found._partition_records = unread = Fetched(unread, self._fetches.answers[partition])
            taken = unread.take(records_max)
            found._update_position()
            if not unread.is_at_end:
                return taken
        del fetcher._records[partition]
        self._fetches.answers.pop(partition, None)
        fetcher._notify(fetcher._wait_consume_future)
        return taken

    async def _wait_for_fetch(self, fetcher: Any, timeout_s: float) -> None:
        self._waiter = waiter = fetcher._create_fetch_waiter()
        await asyncio.wait([waiter], timeout=timeout_s)
        self._waiter = None
        if waiter.done():
            waiter.result()  # carries errors of the group's coordination
        else:
            waiter.cancel()

    def _end_wait(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def log_bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """The first offset that each partition still has, and the end of what is committed. Runs in this thread."""
        consumer = self._ensure_consumer()
        # The ends last: no log ends before it starts.
        starts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        return {partition: (starts[partition], ends[partition]) for partition in partitions}


def _raise(found: Any) -> None:
    try:
        found.check_raise()
    except OffsetOutOfRangeError as error:
        # A restart tells which it is: it passes by what retention took, and refuses a log that is made anew.
        raise PositionGone(f"the position is outside of the topic's log: {error}") from error
