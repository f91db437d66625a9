"""How a simulated stage reads: the group member that Faust is to the product.

The product's own consumer code runs on it: inlets, ticks, the proofs of fetches.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from agents.exits import crash
from agents.seam.consumer import Consumer, Reading
from agents.seam.fetches import Fetches
from agents.seam.inlets import Delivery, Inlet
from agents.seam.thread import Poll
from tests.simulation.broker import Broker
from tests.simulation.clients import Fetcher
from tests.simulation.group import Group
from tests.simulation.logs import Entry
from tests.simulation.loop import Process

_PRODUCT: Any = Consumer


class Signal:
    """A Faust signal with one receiver."""

    def __init__(self) -> None:
        self.call: Any = None

    def connect(self, call: Any, *, weak: bool) -> None:
        self.call = call


class Thread:
    """What the product's consumer thread gives: polls by position, over watched fetches."""

    def __init__(self, broker: Broker, process: Process, wait_s: float, isolation_level: str) -> None:
        self._broker = broker
        self._process = process
        self.assigned: frozenset[TopicPartition] = frozenset()
        self._fetcher = Fetcher(broker, process, wait_s, isolation_level)
        self._fetches = Fetches()
        self._fetches.watch(SimpleNamespace(_fetcher=self._fetcher))
        self._buffers: dict[TopicPartition, tuple[int, list[Entry], int]] = {}

    def nudge(self) -> None:
        """A poll never waits for longer than its fetch."""

    def forget(self) -> None:
        """What was fetched before a rebalance is of no use."""
        self._buffers.clear()

    async def poll(
        self, wanted: Mapping[TopicPartition, int], _timeout_s: float, records_max: int
    ) -> dict[TopicPartition, Poll]:
        """What has been fetched, else what a fetch brings."""
        asked = {tp: start for tp, start in wanted.items() if tp in self.assigned}
        if not asked:
            await asyncio.sleep(self._fetcher.wait_s)
            return {}
        if not any(self._buffers.get(tp, (-1, (), 0))[0] == start for tp, start in asked.items()):
            answer = await self._fetcher.fetch(asked)
            self._buffers.update(answer.read)
        polls = {}
        for tp, start in asked.items():
            if tp not in self.assigned or records_max <= 0:
                continue
            records, position = self._drain(tp, start, records_max)
            records_max -= len(records)
            polls[tp] = Poll(records, start, position, self._fetches.proofs.get(tp))
        return polls

    def _drain(self, tp: TopicPartition, start: int, records_max: int) -> tuple[Sequence[Entry], int]:
        position, records, following = self._buffers.get(tp, (-1, [], 0))
        if position != start:
            return (), start
        if len(records) <= records_max:
            self._buffers.pop(tp, None)
            return records, following
        taken, left = records[:records_max], records[records_max:]
        position = left[0].offset
        self._buffers[tp] = (position, left, following)
        return taken, position

    async def log_bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """From where to where logs go. Nothing is ever deleted."""
        bounds: dict[TopicPartition, tuple[int, int]] = await self._broker.ask(
            self._process, lambda: {tp: (0, self._broker.logs[tp].stable) for tp in partitions}
        )
        return bounds


class ReadingConsumer:
    """The product's consumer over that thread."""

    def __init__(self, app: "App", broker: Broker, process: Process, reading: Reading, wait_s: float) -> None:
        self.app = app
        self.reading = reading
        self.flow_active = True
        self.should_stop = False
        self.can_resume_flow = asyncio.Event()
        self._thread = Thread(broker, process, wait_s, reading.consumer_options["isolation_level"])
        self._inlets: dict[TopicPartition, Inlet] = {}
        self._room = asyncio.Event()
        self._sequence = count(1)

    open_inlet = _PRODUCT.open_inlet
    close_inlets = _PRODUCT.close_inlets
    log_bounds = _PRODUCT.log_bounds
    getmany = _PRODUCT.getmany
    _poll = _PRODUCT._poll
    _event = _PRODUCT._event
    _make_room = _PRODUCT._make_room

    @property
    def thread(self) -> Thread:
        """The one that fetches."""
        return self._thread

    @property
    def membership(self) -> str:
        """As whom the group knows this member."""
        return self.app.membership

    async def _in_thread(self, coroutine: Any) -> Any:
        return await coroutine

    async def wait(self, event: asyncio.Event, timeout: float | None = None) -> None:  # noqa: ASYNC109  # Faust's
        """Until the event is set, or time is up."""
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            pass


class App:
    """What Faust is to a member: joins the group, reads, tells of a rebalance's three steps."""

    consumer_generation_id = 0

    def __init__(
        self,
        process: Process,
        broker: Broker,
        group: Group,
        role: str,
        reading: Reading,
        receive: Callable[[str, int, Delivery], None],
        wait_s: float,
        queue_s: float,
    ) -> None:
        self.process = process
        self.on_partitions_revoked = Signal()
        self.on_partitions_assigned = Signal()
        self.on_rebalance_complete = Signal()
        self.consumer = ReadingConsumer(self, broker, process, reading, wait_s)
        self._broker = broker
        self._group = group
        self._role = role
        self._receive = receive
        self._queue_s = queue_s
        self._reading: asyncio.Task[None] | None = None
        self._queued_until = 0.0

    @property
    def membership(self) -> str:
        """As whom the group knows this member: another one once it was dropped."""
        return str(self._group.joins[self])

    async def start(self) -> None:
        """Join and read."""
        self._group.join(self)
        self._reading = self._do(self._read(), "reading")

    async def stop(self) -> None:
        """Leave."""
        if self._reading is not None:
            self._reading.cancel()
        self._group.leave(self)

    def give_up(self, done: Callable[[], None]) -> None:
        """A rebalance begins."""
        self._do(self._give_up(done), "rebalance")

    async def _give_up(self, done: Callable[[], None]) -> None:
        consumer = self.consumer
        consumer.flow_active = False
        await self.on_partitions_revoked.call(self, consumer.thread.assigned)
        consumer.thread.assigned = frozenset()
        consumer.thread.forget()
        done()

    def get(self, partitions: frozenset[TopicPartition], generation: int) -> None:
        """A rebalance ends."""
        self._do(self._get(partitions, generation), "rebalance")

    async def _get(self, partitions: frozenset[TopicPartition], generation: int) -> None:
        consumer = self.consumer
        self.consumer_generation_id = generation
        consumer.thread.assigned = partitions
        consumer.thread.forget()
        await self.on_partitions_assigned.call(self, set(partitions))
        consumer.flow_active = True
        consumer.can_resume_flow.set()
        consumer.can_resume_flow = asyncio.Event()
        # Faust tells of it from another task, and at times twice.
        for _ in range(1 + (self._broker.rng.random() < 0.2)):
            self._do(self._complete(self._broker.rng.random() * 0.05), "rebalance")

    async def _complete(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.on_rebalance_complete.call(self)

    async def _read(self) -> None:
        while True:
            async for _, message in self.consumer.getmany(1.0):
                if self._queue_s:
                    # Faust's queue lies in between: deliveries get there later, in order.
                    now = self.process.time()
                    self._queued_until = max(self._queued_until, now + self._queue_s * self._broker.rng.random())
                    self.process.call_at(
                        self._queued_until, self._receive, message.topic, message.partition, message.value
                    )
                else:
                    self._receive(message.topic, message.partition, message.value)

    def _do(self, work: Any, name: str) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = self.process.create_task(work, name=f"{self._role}:{name}")
        task.add_done_callback(self._judge)
        return task

    def _judge(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.process.is_dead:
            crash(error)
