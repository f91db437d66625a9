"""The simulated Kafka: partitioned logs with transactions, whose markers take offsets, and producers with epochs.

Requests take time to arrive and answers to return; both may be lost. Its clock is the true one.
"""

import random
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch, KafkaError, RequestTimedOutError

from streams.partitions import partition_of
from tests.simulation.logs import ABORTED, COMMITTED, EPOCH_MS, Log, Transaction
from tests.simulation.loop import Clockwork, Died, Process, Step

REQUEST_TIMEOUT_S = 3.0
TRANSACTION_TIMEOUT_S = 6.0


class Transactional:
    """What the coordinator knows of one transactional id."""

    __slots__ = ("completing", "epoch", "name", "transaction", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.epoch = -1
        self.transaction: Transaction | None = None
        self.completing = 0
        """Markers of the last transaction that are still to be written."""
        self.waiting: list[Callable[[], None]] = []


class Broker:
    """All logs, and the coordinator of transactions."""

    def __init__(self, clockwork: Clockwork, rng: random.Random, counts: dict[str, int], marker_s: float) -> None:
        self.clockwork = clockwork
        self.rng = rng
        self.logs = {
            TopicPartition(topic, n): Log(TopicPartition(topic, n)) for topic in counts for n in range(counts[topic])
        }
        self.counts = counts
        self.up_at = 0.0
        """Until then no request is taken."""
        self.latency_s = 0.004
        self.slow: list[tuple[float, float, float]] = []
        """(from, until, extra latency of every answer)."""
        self.lose_commit: list[tuple[float, str]] = []
        """From a time on the next commit's answer is lost, and what becomes of the commit."""
        self.refuse_batch: list[tuple[float, str, bool]] = []
        """From a time on the next batch of a producer whose id holds that fails; whether it is written all the same."""
        self.lost_answers = 0
        self.refused = 0
        self.commits = 0
        self.aborts = 0
        self.fenced = 0
        self._marker_s = marker_s
        self._ids: dict[str, Transactional] = {}
        self.on_commit: Callable[[Transaction], None] = lambda transaction: None

    def now_ms(self) -> int:
        """The broker's clock. What happens at 16.281 s is of the millisecond 16281, though 16.281 * 1000 is less."""
        return EPOCH_MS + int(self.clockwork.now * 1000 + 1e-6)

    def log(self, topic: str, partition: int) -> Log:
        """That partition."""
        return self.logs[TopicPartition(topic, partition)]

    def of_topic(self, topic: str) -> list[Log]:
        """All partitions of a topic."""
        return [self.logs[TopicPartition(topic, number)] for number in range(self.counts[topic])]

    def partition_for(self, topic: str, key: bytes) -> int:
        """Where a key belongs."""
        return partition_of(key, self.counts[topic])

    # -- the network ---------------------------------------------------------------------------------------------

    def trip_s(self) -> float:
        """How long one way takes now."""
        now = self.clockwork.now
        trip = self.latency_s * (0.5 + self.rng.random())
        for since, until, extra in self.slow:
            if since <= now < until:
                trip += extra * self.rng.random()
        return trip

    def arrival(self, earliest: float = 0.0) -> float:
        """When a request that leaves now is taken."""
        return max(self.clockwork.now + self.trip_s(), earliest, self.up_at)

    def answer(self, process: Process, future: Any, result: Any) -> None:
        """Bring a result, or an exception, to who waits for it."""
        when = self.clockwork.now + self.trip_s()
        self.clockwork.timer(Step(process, _settle, (future, result), when))

    async def ask(self, process: Process, handle: Callable[[], Any]) -> Any:
        """A request and its answer. Whoever is dead asks nothing."""
        if process.is_dead:
            raise Died
        future = process.create_future()
        self.clockwork.at(self.arrival(), self._arrive, process, handle, future)
        return await future

    def _arrive(self, process: Process, handle: Callable[[], Any], future: Any) -> None:
        if self.up_at > self.clockwork.now:
            self.clockwork.at(self.up_at, self._arrive, process, handle, future)
            return
        try:
            result = handle()
        except KafkaError as error:
            result = error
        self.answer(process, future, result)

    # -- transactions --------------------------------------------------------------------------------------------

    def transactional(self, name: str) -> Transactional:
        """What is known of that id."""
        return self._ids.setdefault(name, Transactional(name))

    def init_producer(self, process: Process, name: str, future: Any) -> None:
        """A new producer of that id: fences the earlier one, aborts what it left open, answers once that is done."""
        if self.up_at > self.clockwork.now:
            self.clockwork.at(self.up_at, self.init_producer, process, name, future)
            return
        known = self.transactional(name)
        known.epoch += 1
        epoch = known.epoch
        if known.transaction is not None:
            self._end(known, ABORTED)
        self._when_complete(known, lambda: self.answer(process, future, epoch))

    def check(self, known: Transactional, epoch: int) -> None:
        """Refuse a producer that has been fenced."""
        if epoch != known.epoch:
            self.fenced += 1
            raise InvalidProducerEpoch

    def produce(
        self, process: Process, known: Transactional | None, epoch: int, tp: TopicPartition, records: Any, future: Any
    ) -> None:
        """A batch arrives, in a transaction if `known` says whose."""
        if self.up_at > self.clockwork.now:
            self.clockwork.at(self.up_at, self.produce, process, known, epoch, tp, records, future)
            return
        if known is not None and known.completing and epoch == known.epoch:
            self._when_complete(known, lambda: self.produce(process, known, epoch, tp, records, future))
            return
        lost = known is not None and self._refused(known)
        try:
            transaction = None
            if known is not None:
                self.check(known, epoch)
                if lost is False:
                    self.refused += 1
                    raise RequestTimedOutError
                if known.transaction is None:
                    known.transaction = transaction = Transaction()
                    deadline = self.clockwork.now + TRANSACTION_TIMEOUT_S
                    self.clockwork.at(deadline, self._time_out, known, transaction)
                transaction = known.transaction
            now_ms, log = self.now_ms(), self.logs[tp]
            for key, value, headers in records:
                written = log.append(key, value, headers, now_ms, transaction)
        except KafkaError as error:
            self.answer(process, future, error)
            return
        if lost:
            self.refused += 1
            self.clockwork.timer(
                Step(process, _settle, (future, RequestTimedOutError()), self.clockwork.now + REQUEST_TIMEOUT_S)
            )
        else:
            self.answer(process, future, written)

    def end_transaction(self, process: Process, known: Transactional, epoch: int, future: Any) -> None:
        """A commit arrives: whatever transaction of that producer is open then is committed."""
        if self.up_at > self.clockwork.now:
            self.clockwork.at(self.up_at, self.end_transaction, process, known, epoch, future)
            return
        fate = self._struck(self.lose_commit)
        if fate is not None:
            self.lost_answers += 1
            self.clockwork.timer(
                Step(process, _settle, (future, RequestTimedOutError()), self.clockwork.now + REQUEST_TIMEOUT_S)
            )
            if fate == "committed":
                self._commit(known, epoch)
            elif fate == "late":
                self.clockwork.at(
                    self.clockwork.now + REQUEST_TIMEOUT_S * (0.5 + self.rng.random()), self._commit, known, epoch
                )
            return
        self.answer(process, future, self._commit(known, epoch))

    def _commit(self, known: Transactional, epoch: int) -> KafkaError | None:
        try:
            self.check(known, epoch)
        except KafkaError as error:
            return error
        if known.transaction is not None:
            self._end(known, COMMITTED)
        return None

    def _end(self, known: Transactional, outcome: str) -> None:
        transaction = known.transaction
        assert transaction is not None
        known.transaction = None
        transaction.outcome = outcome
        if outcome == COMMITTED:
            self.commits += 1
            self.on_commit(transaction)
        else:
            self.aborts += 1
        known.completing += len(transaction.logs)
        for log in transaction.logs:
            self.clockwork.at(
                self.clockwork.now + self._marker_s * self.rng.random(), self._mark, known, transaction, log
            )

    def _mark(self, known: Transactional, transaction: Transaction, log: Log) -> None:
        log.mark(transaction, self.now_ms())
        known.completing -= 1
        if not known.completing:
            waiting, known.waiting = known.waiting, []
            for go_on in waiting:
                go_on()

    def _when_complete(self, known: Transactional, go_on: Callable[[], None]) -> None:
        if known.completing:
            known.waiting.append(go_on)
        else:
            go_on()

    def _time_out(self, known: Transactional, transaction: Transaction) -> None:
        if known.transaction is transaction:
            # As Kafka does: the producer that was too slow is fenced with it.
            known.epoch += 1
            self._end(known, ABORTED)

    def _refused(self, known: Transactional) -> bool | None:
        for fault in self.refuse_batch:
            if fault[0] <= self.clockwork.now and fault[1] in known.name:
                self.refuse_batch.remove(fault)
                return fault[2]
        return None

    def _struck(self, faults: list[tuple[float, Any]]) -> Any:
        if faults and faults[0][0] <= self.clockwork.now:
            return faults.pop(0)[1]
        return None


def _settle(future: Any, result: Any) -> None:
    if future.done():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
