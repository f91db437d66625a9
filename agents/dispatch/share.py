"""One partition of triggers that this process owns: folds its records into the ledger and carries deliveries through.

The invariants: a call's line is committed as in flight before its first byte leaves, and lately, so that a process
that was stopped for so long that another owns its partition now finds itself fenced before it calls anybody; no byte
leaves without a fresh last look; a fold has no await in it, so whatever a look proves to be read is in the ledger.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import structlog
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from agents.crash_points import Point, reach
from agents.dispatch.commits import Commits
from agents.dispatch.courier import Courier, WithheldError
from agents.dispatch.last_look import Products, can_be_bought, looked
from agents.dispatch.ledger import TRIGGERS, Ledger
from agents.dispatch.looks import Looks
from agents.dispatch.reading import dead_letter, read_trigger
from agents.web.metrics import Metrics
from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired
from schemas.reading.refusals import Rejected
from schemas.topics import Topic
from streams.delivery import delivery as machine
from streams.delivery.body import Body
from streams.delivery.codes import pool_of, with_code
from streams.delivery.delivery import Outcome, Result, RetryPolicy
from streams.delivery.last_look import products_in
from streams.delivery.resting import Trouble

log = structlog.get_logger(__name__)
RECORDS = ("records", Topic.TRIGGERS.value)


class Queue(Protocol):
    """Where a destination's lines wait until they are due."""

    @property
    def courier(self) -> Courier: ...
    @property
    def policy(self) -> RetryPolicy: ...
    @property
    def is_gone(self) -> bool: ...
    def push(self, share: "Share", line: Delivery) -> None: ...
    def drop(self, share: "Share") -> None: ...
    def meet(self, trouble: Trouble) -> None: ...
    def heed(self, line: Delivery, outcome: Outcome, began_ms: int) -> Outcome: ...


class Share:
    """`partition` of the trigger topic with its ledger; `clock` is the brokers' clock, ms.

    `commit_age_max_s` is to be shorter than it takes the group to give the partition to somebody else.
    """

    def __init__(
        self,
        partition: TopicPartition,
        ledger: Ledger,
        commits: Commits,
        looks: Looks,
        products: Products,
        queues: Mapping[str, Queue],
        metrics: Metrics,
        clock: Callable[[], int],
        commit_age_max_s: float,
    ) -> None:
        self.partition = partition
        self.ledger = ledger
        self.commits = commits
        self.is_open = True
        self.is_stalled = False
        """Whether too many of the last triggers cannot be used: none is taken any more, and nobody is called."""
        self._looks = looks
        self._products = products
        self._queues = queues
        self._metrics = metrics
        self._clock = clock
        self._commit_age_max_s = commit_age_max_s
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def takes_part(self) -> bool:
        """Whether it takes records and has its lines called."""
        return self.is_open and not self.is_stalled

    def resume(self) -> None:
        """Take up what the ledger holds: what is due is queued, a call found in flight is ambiguous."""
        now = self._clock()
        for line in self.ledger.unfinished():
            queue = self._queues.get(line.destination)
            if queue is None:
                self._put(machine.on_refused(line, machine.UNKNOWN_DESTINATION, now))
            elif line.state is DeliveryState.IN_FLIGHT:
                self._put(machine.on_found_in_flight(line, queue.policy, now))
            else:
                queue.push(self, line)
        for name, queue in self._queues.items():
            if self.ledger.ceilings[name].is_exceeded:
                queue.meet(Trouble.DEAD_LETTERS)

    def fold(self, records: "Iterable[ConsumerRecord[Any, Any]]", position: int) -> None:
        """Take records into the ledger, whatever the state of their destinations. Never raises for bad input.

        If too many of the last ones cannot be used, these are not taken: the share stalls.
        """
        now = self._clock()
        read = [(record, read_trigger(record)) for record in records]
        dead = sum(self._is_unusable(trigger) for _, trigger in read)
        if read and self.ledger.ceilings[TRIGGERS].add(len(read), dead):
            self._stall()
            return
        for record, trigger in read:
            if isinstance(trigger, Rejected):
                self._quarantine(record, trigger)
            elif isinstance(trigger, TriggerFired):
                self._fired(trigger, record.offset, now)
            else:
                self._cancelled(trigger, record.offset, now)
        self.ledger.move(position)
        reach(Point.TRIGGERS_FOLDED)
        self.commits.want()

    def carry(self, trigger_id: str) -> asyncio.Task[None] | None:
        """Begin the line's next step, now that it is due; None if there is nothing left to do."""
        line, now = self._waiting(trigger_id), self._clock()
        if line is None or self.expire(trigger_id):
            return None
        queue = self._queues[line.destination]
        if queue.is_gone:
            self._put(machine.on_refused(line, machine.GONE, now))
            return None
        line, body = looked(line, self._products, now)
        if line.state in TERMINAL:
            self._put(line)
            return None
        # Here and not in the task: until that begins, the line could be cancelled.
        line = machine.on_started(line, now)
        self._put(line)
        call = asyncio.create_task(self._call(line, body, queue))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    def expire(self, trigger_id: str) -> bool:
        """End the line if its time is over; whether it was. One that is being called is for its call to end."""
        line, now = self._waiting(trigger_id), self._clock()
        if line is None or not machine.expired(line, now):
            return False
        self._put(machine.on_expired(line, now))
        return True

    def _waiting(self, trigger_id: str) -> Delivery | None:
        """The line, if it is still there and nobody is being called for it."""
        line = self.ledger.lines.get(trigger_id)
        return line if self.takes_part and line is not None and line.state is not DeliveryState.IN_FLIGHT else None

    async def close(self, grace_s: float) -> None:
        """Begin nothing more, let running calls end within the grace, commit their outcomes, stop writing.

        A call that is cut off stays in flight: whoever owns the partition next treats it as ambiguous.
        """
        self.is_open = False
        for queue in self._queues.values():
            queue.drop(self)
        if self._calls:
            _, running = await asyncio.wait(self._calls, timeout=grace_s)
            for call in running:
                call.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await self.commits.close()
        self._looks.forget(self.partition)

    async def _call(self, line: Delivery, body: Body, queue: Queue) -> None:
        sent = False
        now_s = asyncio.get_running_loop().time

        def cleared() -> bool:
            nonlocal sent
            sent = self._is_cleared(line.trigger_id, body) and now_s() - asked_s <= self._commit_age_max_s
            return sent

        try:
            asked_s = now_s()
            await self.commits.committed()
            if products_in(body):
                await self._products.fresh(lambda: self.takes_part)
            await self._looks.fresh(self.partition, lambda: self.takes_part)
            if not self._is_cleared(line.trigger_id, body):
                raise WithheldError
            began_s, began_ms = now_s(), self._clock()
            outcome = await queue.courier.call(line.trigger_id, line.body, cleared)
        except (WithheldError, asyncio.CancelledError) as error:
            if not sent:
                self._put(machine.on_withheld(self.ledger.lines[line.trigger_id], self._clock()))
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        self._metrics.observe("attempt_seconds", line.destination, seconds=now_s() - began_s)
        self._metrics.count("attempts", line.destination, outcome.result.value)
        line = self.ledger.lines[line.trigger_id]
        outcome = queue.heed(line, outcome, began_ms)
        line = machine.on_outcome(line, outcome, queue.policy, self._clock())
        self._put(line)
        is_dead = line.state is DeliveryState.DEAD
        if (is_dead or outcome.result is Result.DELIVERED) and self.ledger.ended(line.destination, is_dead=is_dead):
            queue.meet(Trouble.DEAD_LETTERS)

    def _is_cleared(self, trigger_id: str, body: Body) -> bool:
        """The last look. While it is called, a line's body stays as it was when the call began."""
        line = self.ledger.lines[trigger_id]
        unwanted = line.cancelled or machine.expired(line, self._clock())
        is_known = self.takes_part and not unwanted and self._looks.is_fresh(self.partition)
        return is_known and can_be_bought(line, body, self._products)

    def _is_unusable(self, trigger: TriggerFired | TriggerCancelled | Rejected) -> bool:
        is_lost = isinstance(trigger, TriggerFired) and trigger.destination not in self._queues
        return is_lost or isinstance(trigger, Rejected)

    def _stall(self) -> None:
        self.is_stalled = True
        for queue in self._queues.values():
            queue.drop(self)
        ceiling = self.ledger.ceilings[TRIGGERS]
        log.error(
            "the partition stalls: too many of its triggers cannot be used. Mend what is wrong with them; to let them "
            "pass into the dead letters, set AFTERCLICK_DEAD_LETTER_SHARE_MAX=1 and restart",
            topic=self.partition.topic,
            partition=self.partition.partition,
            count=ceiling.dead,
            total=ceiling.records,
        )

    def _fired(self, trigger: TriggerFired, offset: int, now: int) -> None:
        if self.ledger.state(trigger.trigger_id) is not None:
            self.ledger.count(*RECORDS, "duplicate")
            return
        self.ledger.count(*RECORDS, "applied")
        line = machine.on_fired(trigger, offset, now)
        if line.state not in TERMINAL and line.destination not in self._queues:
            line = machine.on_refused(line, machine.UNKNOWN_DESTINATION, now)
        if line.state not in TERMINAL and (pool := pool_of(trigger)) is not None:
            line = self._with_code(line, trigger, pool, now)
        self._put(line)

    def _with_code(self, line: Delivery, trigger: TriggerFired, pool: str, now: int) -> Delivery:
        """The line as it says a code that is nobody else's."""
        code = self.ledger.claim(trigger, pool)
        if code is None:
            return machine.on_no_code(line, now)
        return machine.on_claimed(line, with_code(trigger, code), pool, code, now)

    def _cancelled(self, trigger: TriggerCancelled, offset: int, now: int) -> None:
        state = self.ledger.state(trigger.trigger_id)
        if state is None:
            self._put(machine.on_unseen_cancelled(trigger, offset, now))
        elif state in TERMINAL:
            repeated = state is DeliveryState.CANCELLED
            self.ledger.count(*RECORDS, "duplicate" if repeated else "late")
            return
        else:
            self._put(machine.on_cancelled(self.ledger.lines[trigger.trigger_id], now))
        self.ledger.count(*RECORDS, "applied")

    def _quarantine(self, record: "ConsumerRecord[Any, Any]", why: Rejected) -> None:
        letter = dead_letter(why.reason, why.detail, record.topic, record.partition, record.offset, record.value or b"")
        self.ledger.quarantine(letter, record.key or b"")
        self.ledger.count(*RECORDS, "quarantined")
        self.ledger.count("quarantined", Topic.TRIGGERS.value, why.reason.value)

    def _put(self, line: Delivery) -> None:
        self.ledger.put(line)
        self.commits.want()
        if line.state in (DeliveryState.PENDING, DeliveryState.RETRY) and self.takes_part:
            self._queues[line.destination].push(self, line)
