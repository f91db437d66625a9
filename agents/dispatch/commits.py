"""Commits a ledger's changes, what follows from them, and the position, in one transaction after another.

Whoever waits shares the next transaction with everybody else who does. A transaction that fails, or whose answer was
lost, ends the process: the ledger in memory is ahead of what is committed, or another process has taken over.
"""

import asyncio
import contextlib

from agents.crash_points import Point, reach
from agents.dispatch.ledger import Ledger
from agents.dispatch.reading import STAGE
from agents.dispatch.tasks import Tasks
from agents.exits import Exit, end_process
from agents.kafka import DEFAULT_PARTITIONER, PARTITIONERS, closed
from agents.seam import TransactionalProducer
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from schemas.topics import Topic
from streams.stage import POSITION_KEY, Effects


class Commits:
    """The writer of one ledger; `producer` is started, and so has fenced its predecessor."""

    def __init__(
        self, producer: TransactionalProducer, ledger: Ledger, settings: Settings, metrics: Metrics, tasks: Tasks
    ) -> None:
        self._producer = producer
        self._ledger = ledger
        self._settings = settings
        self._metrics = metrics
        self._wanted = asyncio.Event()
        self._round: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = tasks.start(self._run(), f"commits of {ledger.topic}-{ledger.partition}")
        self.position: int | None = ledger.position

    def want(self) -> None:
        """Have what was noted so far committed soon."""
        self._wanted.set()

    async def committed(self) -> None:
        """Return once everything noted before the call is committed."""
        self._wanted.set()
        await asyncio.shield(self._round)

    async def close(self) -> None:
        """Commit what is left, and stop."""
        if self._ledger.is_dirty:
            await self.committed()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await closed(self._producer.stop())

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            # No await between these: what is taken here is what the waiters of this round have noted.
            done, self._round = self._round, asyncio.get_running_loop().create_future()
            effects, position = self._ledger.take(), self._ledger.position
            await self._commit(effects)
            self.position = position
            done.set_result(None)

    async def _commit(self, effects: Effects) -> None:
        if effects.changelog or effects.outputs:
            # A cancelled commit would be an unknown one: it is let end.
            commit = asyncio.ensure_future(self._transact(effects))
            try:
                await asyncio.shield(commit)
            except asyncio.CancelledError:
                await commit
                raise
            self._metrics.count("commits", STAGE)
        self._metrics.take(effects, {})

    async def _transact(self, effects: Effects) -> None:
        producer, settings = self._producer, self._settings
        deliveries = settings.topic(Topic.DELIVERIES)
        try:
            # A transaction open for longer than its time-out is aborted by the broker: there is no use in waiting on.
            async with asyncio.timeout(2 * settings.kafka.transaction_timeout_ms / 1000):
                await producer.begin_transaction()
                sent = [
                    await producer.send(
                        deliveries,
                        value,
                        key,
                        partition=self._ledger.partition,
                        headers=effects.mark_headers if key == POSITION_KEY else [],
                    )
                    for key, value in effects.changelog
                ]
                for out in effects.outputs:
                    topic, partition = settings.topic(out.topic), None
                    if out.topic is Topic.VISITOR_INBOX and settings.clickstream_partitioner != DEFAULT_PARTITIONER:
                        place = PARTITIONERS[settings.clickstream_partitioner]
                        partition = place(out.key, len(await producer.partitions_for(topic)))
                    headers = list(out.headers)
                    sent.append(await producer.send(topic, out.value, out.key, partition=partition, headers=headers))
                # aiokafka commits although a batch was refused: each must be known to be written.
                await asyncio.gather(*sent)
                reach(Point.LEDGER_WRITTEN)
                await producer.end_transaction()
                reach(Point.LEDGER_COMMITTED)
        except Exception as error:  # noqa: BLE001  (whatever it was, nobody knows what is committed)
            end_process(Exit.COMMIT_FAILED, "the ledger's transaction failed", error, partition=self._ledger.partition)
