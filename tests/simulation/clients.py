"""Kafka clients as the product's shell uses them, of processes that are simulated.

What the product adds to aiokafka's clients is the product's own here too: how a commit ends, what a fetch proves.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.transaction import EndTxnRequest

from agents.seam import TransactionalProducer
from tests.simulation.broker import Broker, Transactional
from tests.simulation.logs import Entry
from tests.simulation.loop import Died, Process, Task

_PRODUCT: Any = TransactionalProducer
COMMITTED = "read_committed"
CHUNK = 40
"""How many records a restoring consumer gets at once: few, so that there is something between two polls."""


class Client:
    """What all have: the broker, and the process that they belong to and end with."""

    def __init__(self, broker: Broker, process: Process) -> None:
        self.broker = broker
        self.process = process
        self.is_closed = False

    def alive(self) -> None:
        """Nothing leaves a dead process."""
        if self.process.is_dead:
            raise Died

    async def start(self) -> None:
        """Reach the cluster."""
        await self.broker.ask(self.process, _nothing)

    async def stop(self) -> None:
        """Close."""
        self.alive()
        self.is_closed = True


def _nothing() -> None:
    pass


class Batch:
    """Records that travel together, as the product fills them: there is always room for one more."""

    __slots__ = ("_builder", "_relative_offset", "records")

    def __init__(self) -> None:
        self.records: list[tuple[bytes | None, bytes | None, Any]] = []
        self._builder = SimpleNamespace(append=self._append)
        self._relative_offset = 0

    def _append(self, _number: int, _timestamp: int, key: bytes | None, value: bytes | None, headers: Any) -> Any:
        self.records.append((key, value, headers))
        return self

    def close(self) -> None:
        """No more."""


class Sender(Client):
    """A producer: batches leave in order, and arrive in order."""

    def __init__(self, broker: Broker, process: Process, transactional_id: str | None) -> None:
        super().__init__(broker, process)
        self.known: Transactional | None = (transactional_id and broker.transactional(transactional_id)) or None
        self.epoch = -1
        self._arrival = 0.0
        self._unanswered: list[asyncio.Future[Any]] = []
        self.is_open = False

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Any = (),
    ) -> "asyncio.Future[Any]":
        """Send one record."""
        if partition is None:
            assert key is not None
            partition = self.broker.partition_for(topic, key)
        return self._produce(TopicPartition(topic, partition), ((key, value, headers),))

    def create_batch(self) -> Batch:
        """For `send_batch`."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        """Send a whole batch."""
        return self._produce(TopicPartition(topic, partition), batch.records)

    def _produce(self, tp: TopicPartition, records: Any) -> "asyncio.Future[Any]":
        self.alive()
        assert not self.is_closed
        assert self.known is None or self.is_open, "no transaction was begun"
        future = self.process.create_future()
        broker = self.broker
        self._arrival = broker.arrival(self._arrival)
        broker.clockwork.at(self._arrival, broker.produce, self.process, self.known, self.epoch, tp, records, future)
        self._unanswered.append(future)
        return future


class CommittingProducer(Sender):
    """The product's transactional producer over a simulated network."""

    def __init__(self, broker: Broker, process: Process, transactional_id: str, **_: Any) -> None:
        super().__init__(broker, process, transactional_id)
        self._answer_lost: asyncio.Future[None] = process.create_future()
        self._send = self._request
        self.client = SimpleNamespace(send=self._send_watched)

    end_transaction = _PRODUCT.end_transaction
    fill = _PRODUCT.fill
    _send_watched = _PRODUCT._send_watched

    async def start(self) -> None:
        """Fence whoever had the id."""
        self.alive()
        assert self.known is not None
        broker, future = self.broker, self.process.create_future()
        broker.clockwork.at(broker.arrival(), broker.init_producer, self.process, self.known.name, future)
        self.epoch = await future

    async def begin_transaction(self) -> None:
        """From now on what is sent belongs together."""
        self.alive()
        assert not self.is_open, "one transaction at a time"
        self.is_open = True
        self._unanswered.clear()

    async def commit_transaction(self) -> None:
        """As aiokafka does it: what is on its way first, whatever came of it; then the request, again and again."""
        if self._unanswered:
            await asyncio.wait(self._unanswered)
        while True:
            try:
                await self.client.send(0, _END)
            except KafkaError as error:
                if not error.retriable:
                    raise
            else:
                self.is_open = False
                return

    async def _request(self, _node_id: Any, _request: Any) -> None:
        self.alive()
        assert self.known is not None
        broker, future = self.broker, self.process.create_future()
        self._arrival = broker.arrival(self._arrival)
        broker.clockwork.at(self._arrival, broker.end_transaction, self.process, self.known, self.epoch, future)
        await future


_END = EndTxnRequest("", 0, 0, transaction_result=True)
FETCH = FetchRequest(0, 0, 0, 1, [])


class RestoringConsumer(Client):
    """Reads a few partitions from their beginning."""

    def __init__(self, broker: Broker, process: Process, *, isolation_level: str, **_: Any) -> None:
        super().__init__(broker, process)
        self._committed = isolation_level == COMMITTED
        self._positions: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """Read these."""
        self._positions = dict.fromkeys(partitions, 0)

    def assignment(self) -> set[TopicPartition]:
        """What was assigned."""
        return set(self._positions)

    def paused(self) -> set[TopicPartition]:
        """What is not read for now."""
        return self._paused

    def pause(self, *partitions: TopicPartition) -> None:
        """Read these no longer."""
        self._paused.update(partitions)

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """They are read from there anyway."""

    async def position(self, partition: TopicPartition) -> int:
        """The next offset."""
        return self._positions[partition]

    def highwater(self, partition: TopicPartition) -> int | None:
        """The end, as the last fetch heard of it."""
        return self._ends.get(partition)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The last stable offsets."""
        found: dict[TopicPartition, int] = await self.broker.ask(
            self.process, lambda: {partition: self.broker.logs[partition].stable for partition in partitions}
        )
        return found

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Entry]]:
        """What comes next."""
        found, ends = await self.broker.ask(self.process, lambda: self._read(min(CHUNK, max_records or CHUNK)))
        self._ends |= ends
        got = {}
        for partition, (records, position) in found.items():
            self._positions[partition] = position
            if records:
                got[partition] = records
        return got

    def _read(self, most: int) -> Any:
        found = {
            partition: self.broker.logs[partition].read(position, most, committed=self._committed)
            for partition, position in self._positions.items()
            if partition not in self._paused
        }
        return found, {partition: self.broker.logs[partition].end for partition in found}


class Answer:
    """A fetch's answer, as far as the product looks into it; the records are beside it."""

    API_VERSION = 4
    __slots__ = ("read", "topics")

    def __init__(self) -> None:
        self.topics: list[tuple[str, list[tuple[Any, ...]]]] = []
        self.read: dict[TopicPartition, tuple[int, list[Entry], int]] = {}


class Fetcher:
    """Fetches by way of a client that the product may watch.

    A fetch that finds nothing new waits a while at the broker; its answer tells the high watermark and the last
    stable offset as they are when it leaves the broker, not when it arrives.
    """

    def __init__(self, broker: Broker, process: Process, wait_s: float, isolation_level: str) -> None:
        self._committed = isolation_level == COMMITTED
        self._client: Any = SimpleNamespace(send=self._send)
        self._fetch_max_wait_ms = int(wait_s * 1000)
        self._records: dict[Any, Any] = {}
        self._get_actions_per_node = _nothing
        self.broker = broker
        self.process = process
        self.wanted: Mapping[TopicPartition, int] = {}
        self.wait_s = wait_s
        self.records_max = 500

    async def fetch(self, wanted: Mapping[TopicPartition, int]) -> Answer:
        """Ask for what comes at these positions."""
        self.wanted = wanted
        answer: Answer = await self._client.send(0, FETCH)
        return answer

    async def _send(self, _node_id: Any, _request: Any) -> Answer:
        if self.process.is_dead:
            raise Died
        future = self.process.create_future()
        broker = self.broker
        broker.clockwork.at(broker.arrival() + self.wait_s, self._arrive, dict(self.wanted), future)
        answer: Answer = await future
        return answer

    def _arrive(self, wanted: Mapping[TopicPartition, int], future: Any) -> None:
        broker = self.broker
        if broker.up_at > broker.clockwork.now:
            broker.clockwork.at(broker.up_at, self._arrive, wanted, future)
            return
        answer = Answer()
        for tp, position in wanted.items():
            log = broker.logs[tp]
            records, following = log.read(position, self.records_max, committed=self._committed)
            answer.read[tp] = (position, records, following)
            answer.topics.append((tp.topic, [(tp.partition, 0, log.end, log.stable, b"")]))
        broker.answer(self.process, future, answer)


def role_of_running() -> str:
    """For which role the running task works."""
    task = asyncio.current_task()
    return task.role if isinstance(task, Task) else ""
