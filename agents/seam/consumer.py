"""A Faust consumer that hands an agent one stream event a partition and poll, and never commits.

Faust stays the member of the group: it joins, hears of rebalances and stops the flow. What is read, from where, and
how far a partition may run ahead of its task is decided by the inlets that are open.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.seam.inlets import Delivery, Inlet
from agents.seam.thread import Poll, Thread
from agents.worker.broker_clock import BrokerClock
from schemas.topics import Topic
from streams.stage import Batch

IDLE_WAIT_S = 1.0
"""Longest wait for room: only a lost wake-up would ever take that long."""


@dataclass(slots=True, frozen=True)
class Reading:
    """How an app reads: the options of its aiokafka consumer, the tick, the size of a poll, the clock."""

    consumer_options: dict[str, Any]
    tick_s: float
    records_max: int
    clock: BrokerClock


class Consumer(driver.Consumer):  # type: ignore[misc]  # faust is Any to mypy
    """Faust's consumer with the reading done our way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: Reading = self.app.reading
        self._inlets: dict[TopicPartition, Inlet] = {}
        self._room = asyncio.Event()
        self._sequence = count(1)

    def open_inlet(self, partition: TopicPartition, topic: Topic, start: int) -> Inlet:
        """From now on deliver that partition, of a topic of that role, from that offset on."""
        inlet = Inlet(topic, start, self._make_room)
        self._inlets[partition] = inlet
        self._make_room()
        return inlet

    @property
    def membership(self) -> str:
        """As whom the broker knows this member of the group; another one once it had taken it for gone."""
        membership: str = self._thread.membership
        return membership

    def close_inlets(self) -> None:
        """Deliver nothing more, and forget what is under way."""
        self._inlets.clear()

    async def log_bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """The first offset that each partition still has, and the end of what is committed."""
        bounds: dict[TopicPartition, tuple[int, int]] = await self._in_thread(self._thread.log_bounds(list(partitions)))
        return bounds

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109  # Faust's
        """One event for each partition that has records, has moved, or is due for a tick, whichever comes first."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        for partition, poll in (await self._poll()).items():
            inlet = self._inlets.get(partition)
            if self.should_stop or not self.flow_active:
                return
            if inlet is None or inlet.next != poll.start:
                continue  # a rebalance went by: the next poll asks anew, from the right place
            if poll.proof is not None:
                inlet.end, inlet.stable = poll.proof.end, poll.proof.stable
            now_s = time.monotonic()
            if poll.position > poll.start or now_s - inlet.delivered_s >= self.reading.tick_s:
                yield self._event(partition, inlet, poll, now_s)

    async def _poll(self) -> dict[TopicPartition, Poll]:
        wanted = {partition: inlet for partition, inlet in self._inlets.items() if inlet.has_room}
        if not wanted:
            self._room.clear()
            await self.wait(self._room, timeout=IDLE_WAIT_S)
            return {}
        # The least recently served comes first: no partition starves behind others when a poll is full.
        served = sorted(wanted.items(), key=lambda item: item[1].delivered_s)
        tick_in_s = served[0][1].delivered_s + self.reading.tick_s - time.monotonic()
        poll = self._thread.poll(
            {partition: inlet.next for partition, inlet in served}, max(0.0, tick_in_s), self.reading.records_max
        )
        polls: dict[TopicPartition, Poll] | None = await self._in_thread(poll)
        return polls or {}

    async def _in_thread(self, coroutine: Any) -> Any:
        # Not by Faust's method queue: its two workers may both sit in calls that wait for an assignment.
        answer = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._thread.thread_loop))
        return (await self.wait(answer)).result

    def _event(self, partition: TopicPartition, inlet: Inlet, poll: Poll, now_s: float) -> tuple[TP, ConsumerMessage]:
        clock = self.reading.clock
        asked_ms = None if poll.end_as_of_s is None else clock.at(poll.end_as_of_s)
        now_ms = clock.now_ms()
        batch = Batch(inlet.topic, poll.records, poll.position, asked_ms, now_ms)
        delivery = Delivery(batch, poll.start, inlet)
        inlet.next, inlet.delivered_s = poll.position, now_s
        inlet.under_way += 1
        tp = TP(partition.topic, partition.partition)
        # Faust drops what does not lie after the last event's offset: ours just count up. Real ones are inside.
        message = ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=next(self._sequence),
            timestamp=now_ms / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=delivery,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )
        return tp, message

    def _make_room(self) -> None:
        self._room.set()
        self._thread.nudge()

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    def _new_offset(self, tp: TP) -> None:
        """Nothing is ever for Faust to commit; what agents acknowledged is forgotten."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps between our own numbers mean nothing."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would complain every few minutes that it never commits; our own watchdog looks for stalls."""

    async def perform_seek(self) -> None:
        """Nothing to do: every poll says where it reads from."""
        self._read_offset.clear()


class Transport(driver.Transport):  # type: ignore[misc]  # faust is Any to mypy
    """Faust's aiokafka driver with our consumer."""

    Consumer = Consumer
