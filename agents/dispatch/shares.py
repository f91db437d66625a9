"""Which partitions of triggers are ours: opens a share when one is assigned, closes it when one is taken away.

A share is opened outside the rebalance callback, with its partition paused: aiokafka sends no heartbeat until the
callback has returned, and a large ledger takes longer than a session.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from agents.crash_points import Point, reach
from agents.dispatch.clients import ledger_producer
from agents.dispatch.code_pools import CodePools
from agents.dispatch.commits import Commits
from agents.dispatch.destination import Destination
from agents.dispatch.last_look import Products
from agents.dispatch.ledger import Ledger
from agents.dispatch.looks import Looks
from agents.dispatch.reading import STAGE
from agents.dispatch.restoring import restore
from agents.dispatch.share import Share
from agents.dispatch.tasks import Tasks
from agents.exits import Exit, Misconfigured, end_process
from agents.kafka import closed
from agents.seam import position_of
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from schemas.topics import Topic
from streams.ceiling import Ceiling

log = structlog.get_logger(__name__)
GRACE_S = 5.0  # for running calls, when the partition or the process goes
OPENING_STEP_S = 60.0  # how long Kafka may leave one question of an opening unanswered; restoring has its own bound


class Shares(ConsumerRebalanceListener):  # type: ignore[misc]
    """The listener of the group; `open` holds the shares that take records and make calls. Each of the `partitions` has
    its own part of the codes of the `pools`."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        destinations: Mapping[str, Destination],
        consumer: AIOKafkaConsumer,
        products: Products,
        tasks: Tasks,
        clock: Callable[[], int],
        pools: CodePools,
        partitions: int,
    ) -> None:
        self.open: dict[TopicPartition, Share] = {}
        self.looks = Looks(settings.dispatch.look_max_age_ms, self.position)
        self._settings = settings
        self._metrics = metrics
        self._destinations = destinations
        self._consumer = consumer
        self._products = products
        self._tasks = tasks
        self._clock = clock
        self._pools = pools
        self._partitions = partitions
        self._opening: dict[TopicPartition, asyncio.Task[None]] = {}
        self._joined = False

    @property
    def ready(self) -> bool:
        """Whether the group has been joined and every partition that fell to us is open."""
        return self._joined and not self._opening

    def position(self, partition: TopicPartition) -> int | None:
        """The next offset that has not been folded; None while the partition is not open.

        It is the consumer's own, which also passes transaction markers: the records that `getmany` hands out are
        folded before anybody else runs.
        """
        share = self.open.get(partition)
        if share is None or share.is_stalled:  # then the consumer has passed records that are not folded
            return None
        return position_of(self._consumer, partition)

    def refill(self) -> None:
        """The pools have other codes than before."""
        for at, share in self.open.items():
            share.ledger.codes.fill(self._pools.of(at.partition, self._partitions))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Hold the new partitions, and begin to open them."""
        partitions = sorted(assigned)
        if partitions:
            self._consumer.pause(*partitions)
        for partition in partitions:
            # Any position will do until the ledger gives the right one. Without it aiokafka asks for the group's
            # offset, and fetches nothing from that broker until it is answered.
            self._consumer.seek(partition, 0)
            name = f"open {partition.topic}-{partition.partition}"
            self._opening[partition] = self._tasks.start(self._open(partition), name)
        self._joined = True

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Close all of ours: assignments are eager. Awaited by the group, so the next owner waits for it."""
        self._joined = False
        try:
            await self.close()
        except Exception as error:  # noqa: BLE001  (aiokafka would log it and go on)
            self._tasks.crash(error, "partitions revoked")

    async def close(self) -> None:
        """Stop opening, let running calls end, commit everything."""
        opening = tuple(self._opening.values())
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        self._opening.clear()
        shares = tuple(self.open.values())
        await asyncio.gather(*(share.close(GRACE_S) for share in shares))
        self.open.clear()

    async def _open(self, partition: TopicPartition) -> None:
        settings = self._settings
        ledger = Ledger(
            partition.topic,
            partition.partition,
            frozenset(self._destinations),
            lambda: Ceiling(settings.dead_letter_share_max, settings.dispatch.dead_letter_records_min),
        )
        producer = ledger_producer(self._settings, partition.partition)
        try:
            async with asyncio.timeout(OPENING_STEP_S):
                await producer.start()  # fences the previous owner: only now is its ledger final
            reach(Point.LEDGER_FENCED)
            restored = await restore(self._settings, ledger)
            async with asyncio.timeout(OPENING_STEP_S):
                position = await self._start_at(partition, ledger.position)
        except TimeoutError as error:
            end_process(Exit.STALLED, "Kafka does not let the ledger be opened", error, partition=partition.partition)
        except BaseException:
            await closed(producer.stop())
            raise
        # No await from here: nobody sees a share that is half open.
        ledger.codes.fill(self._pools.of(partition.partition, self._partitions))
        commits = Commits(producer, ledger, self._settings, self._metrics, self._tasks)
        share = Share(
            partition,
            ledger,
            commits,
            self.looks,
            self._products,
            self._destinations,
            self._metrics,
            self._clock,
            commit_age_max_s=self._settings.kafka.session_timeout_s / 2,
        )
        self._metrics.count("restored", STAGE, by=restored)
        self._consumer.seek(partition, position)
        self._consumer.resume(partition)
        self.looks.expect(partition)
        self.open[partition] = share
        share.resume()
        del self._opening[partition]
        log.info("partition open", partition=partition.partition, records=restored, kept=len(ledger.lines))

    async def _start_at(self, partition: TopicPartition, position: int | None) -> int:
        begin = int((await self._consumer.beginning_offsets([partition]))[partition])
        end = int((await self._consumer.end_offsets([partition]))[partition])
        if position is None:
            return begin
        if position > end:
            raise Misconfigured(
                f"{partition.topic}-{partition.partition} ends at {end}, and the ledger has read it up to {position}: "
                "the topic was made anew; what to do is in deploy/RUNBOOK.md, under 'A topic was made anew'"
            )
        if position < begin:
            lost = begin - position
            log.error("records were deleted unread", topic=partition.topic, partition=partition.partition, lost=lost)
            self._metrics.count("records_lost", Topic.TRIGGERS.value, by=lost)
        return max(position, begin)
