"""The dispatcher as a service: triggers in, HTTP calls out, with a ledger in between that survives everything.

It never pauses the trigger topic for a destination's sake: what cannot be delivered yet waits in the ledger.
"""

import asyncio
from itertools import count

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.dispatch.clients import trigger_consumer
from agents.dispatch.code_pools import CodePools
from agents.dispatch.destination import Destination
from agents.dispatch.goods import Goods
from agents.dispatch.reading import STAGE
from agents.dispatch.shares import Shares
from agents.dispatch.slots import slots_of
from agents.dispatch.tasks import Tasks
from agents.exits import Exit, Misconfigured, end_process
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.vectors import HEARTBEAT, Vectors
from schemas.outcomes.deliveries import TERMINAL, DeliveryState
from schemas.topics import Topic
from streams.delivery.resting import Trouble

log = structlog.get_logger(__name__)
POLL_MS = 100
UPKEEP_S = 1.0
OFFSETS_EVERY = 5  # upkeeps between two commits of the group's offsets, which only lag tools read
OFFSETS_S_MAX = 1.0
TOPIC_LOOKS, TOPIC_LOOK_S = 10, 0.2  # a topic made just now is not yet known to every broker
LET_GO_EVERY = 60
LET_GO_MOST = 2000


class Dispatcher:
    """One member of the group `{app}-dispatcher`. Expiries, retries and signatures go by the brokers' clock, of which
    this process learns as the stages do; before it is known, nothing is read and nobody is called."""

    def __init__(self, settings: Settings, metrics: Metrics, clock: BrokerClock | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        brokers = clock or BrokerClock()
        self._clock = brokers.latest_ms
        self._marks = Vectors(settings, STAGE, brokers, dict)
        self._destinations: dict[str, Destination] = {}
        self._tasks: Tasks | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._consumer: AIOKafkaConsumer | None = None
        self._shares: Shares | None = None
        self._pools = CodePools({})
        self._goods: Goods | None = None
        self._shown: set[TopicPartition] = set()

    @property
    def ready(self) -> bool:
        """Whether every partition that fell to this process is restored and reading."""
        return self._shares is not None and self._shares.ready

    @property
    def stalled(self) -> list[str]:
        """The partitions that are not read on, since too many of their triggers cannot be used."""
        open_ = self._shares.open if self._shares is not None else {}
        return sorted(f"{at.topic}-{at.partition}" for at, share in open_.items() if share.is_stalled)

    async def start(self) -> None:
        """Learn the brokers' clock, then join the group. Partitions are opened as they are assigned: see `ready`.

        Raises Misconfigured for topics and secrets that cannot work.
        """
        partitions, products = await _check_topics(self._settings)
        pools = self._pools = self._read_pools()
        tasks = self._tasks = Tasks()
        self._destinations = self._make_destinations(tasks)
        await self._marks.start(HEARTBEAT)
        goods = self._goods = Goods(self._settings, self._metrics, products)
        await goods.start()
        consumer = self._consumer = trigger_consumer(self._settings)
        await consumer.start()
        of = self._settings, self._metrics, self._destinations, consumer, goods, tasks, self._clock
        shares = self._shares = Shares(*of, pools, partitions)
        shares.looks.watch(consumer)
        consumer.subscribe([self._settings.topic(Topic.TRIGGERS)], listener=shares)
        self._loops = [
            tasks.start(self._poll(consumer, shares), "poll triggers"),
            tasks.start(self._upkeep(consumer, shares), "upkeep"),
            tasks.start(goods.follow(), "follow products"),
            *(tasks.start(to.run(), f"destination {to.name}") for to in self._destinations.values()),
        ]

    async def stop(self) -> None:
        """Take no more work, let running calls end within 5 s, commit their outcomes, leave."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._consumer is not None and self._shares is not None:
            await self._commit_offsets(self._consumer, self._shares)
            await self._shares.close()
        if self._consumer is not None:
            await closed(self._consumer.stop())
        if self._goods is not None:
            await self._goods.stop()
        for destination in self._destinations.values():
            await destination.courier.close()
        await self._marks.stop()

    async def wait_crashed(self) -> None:
        """Never return; raise the error that the dispatcher cannot go on after. The process is to end then."""
        assert self._tasks is not None, "not started"
        await asyncio.shield(self._tasks.crashed)

    def _read_pools(self) -> CodePools:
        try:
            return CodePools(self._settings.dispatch.code_pools)
        except (OSError, ValueError) as error:
            raise Misconfigured(f"setting dispatch.code_pools: {error}") from error

    def _make_destinations(self, tasks: Tasks) -> dict[str, Destination]:
        dispatch = self._settings.dispatch
        wanted = {name: settings.concurrency for name, settings in dispatch.destinations.items()}
        slots = slots_of(wanted, dispatch.in_flight_max)
        made = {}
        for name, settings in dispatch.destinations.items():
            try:
                made[name] = Destination(name, settings, slots[name], tasks, self._clock)
            except (OSError, ValueError) as error:
                raise Misconfigured(f"setting dispatch.destinations.{name}: {error}") from error
        if not made:
            log.warning("no destination is configured: every trigger becomes a dead letter")
        for destination in made.values():
            name = destination.name
            if not destination.courier.signer.signs:
                log.warning("destination has no secret: its webhooks are not signed", destination=name)
            if slots[name] < wanted[name]:
                log.warning("in_flight_max allows fewer calls at a time", destination=name, count=slots[name])
        return made

    async def _poll(self, consumer: AIOKafkaConsumer, shares: Shares) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=POLL_MS)
            # No await until all are folded: the consumer's position is past these records already.
            for partition, records in batches.items():
                share, position = shares.open.get(partition), shares.position(partition)
                if share is not None and share.takes_part and position is not None:
                    share.fold(records, position)
                    if share.is_stalled:
                        consumer.pause(partition)

    async def _upkeep(self, consumer: AIOKafkaConsumer, shares: Shares) -> None:
        for turn in count(1):
            await asyncio.sleep(UPKEEP_S)
            self._show(shares)
            _watch(shares, self._goods, self._settings.stall_s)
            if self._pools.renew():
                shares.refill()
            if turn % OFFSETS_EVERY == 0:
                await self._commit_offsets(consumer, shares)
            if turn % LET_GO_EVERY == 0:
                before = self._clock() - int(self._settings.dispatch.ledger_retention_s * 1000)
                for share in shares.open.values():
                    if share.is_open and share.ledger.let_go(before, LET_GO_MOST):
                        share.commits.want()

    def _show(self, shares: Shares) -> None:
        self._metrics.gauge("ready", "dispatcher", value=float(shares.ready))
        ledgers = [share.ledger for share in shares.open.values()]
        for name in self._destinations:
            for state in DeliveryState:
                if state not in TERMINAL:
                    standing = sum(ledger.standing[name, state] for ledger in ledgers)
                    self._metrics.gauge("ledger", name, state.value, value=standing)
            trouble = self._destinations[name].trouble
            for why in Trouble:
                self._metrics.gauge("destination_resting", name, why.value, value=float(why is trouble))
            oldest = [at for ledger in ledgers if (at := ledger.oldest_ms(name)) is not None]
            self._metrics.gauge("oldest_delivery_timestamp_seconds", name, value=min(oldest, default=0) / 1000)
        for pool in self._pools.names:
            free = sum(ledger.codes.free(pool) for ledger in ledgers)
            self._metrics.gauge("codes_free", pool, value=free)
        for at, share in shares.open.items():
            labels = Topic.TRIGGERS.value, str(at.partition)
            self._metrics.gauge("partition_stalled", *labels, value=float(share.is_stalled))
            if (lag := shares.looks.lag(at)) is not None:
                self._metrics.gauge("lag_records", *labels, value=lag)
        for at in self._shown - shares.open.keys():
            labels = Topic.TRIGGERS.value, str(at.partition)
            self._metrics.forget([("lag_records", *labels), ("partition_stalled", *labels)])
        self._shown = set(shares.open)

    async def _commit_offsets(self, consumer: AIOKafkaConsumer, shares: Shares) -> None:
        offsets = {
            partition: share.commits.position
            for partition, share in shares.open.items()
            if share.commits.position is not None
        }
        if offsets:
            try:
                # aiokafka asks for the group's coordinator again and again, for as long as there is none.
                async with asyncio.timeout(OFFSETS_S_MAX):
                    await consumer.commit(offsets)
            except (KafkaError, TimeoutError) as error:
                log.debug("group offsets not committed", error=error)


def _watch(shares: Shares, goods: Goods | None, stall_s: float) -> None:
    for partition, share in shares.open.items():
        if not share.is_stalled and shares.looks.silence_ms(partition) > stall_s * 1000:
            end_process(Exit.STALLED, "no fetch of the triggers is answered", partition=partition.partition)
    if goods is not None and goods.silence_ms() > stall_s * 1000:
        end_process(Exit.STALLED, "no fetch of the products is answered")


async def _check_topics(settings: Settings) -> tuple[int, int]:
    """How many partitions the triggers have, and the products. A client that waits for a topic which is not there waits
    for ever: say so before one is started."""
    triggers, deliveries = settings.topic(Topic.TRIGGERS), settings.topic(Topic.DELIVERIES)
    products = settings.topic(Topic.PRODUCTS)
    needed = [triggers, deliveries, products]
    needed += [settings.topic(topic) for topic in (Topic.CUSTOMER_INBOX, Topic.DEAD_LETTERS)]
    admin = AIOKafkaAdminClient(**connection(settings.kafka))
    await admin.start()
    try:
        for _ in range(TOPIC_LOOKS):
            described = await admin.describe_topics(needed)
            partitions = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
            if len(partitions) == len(needed):
                break
            await asyncio.sleep(TOPIC_LOOK_S)
    finally:
        await closed(admin.close())
    for topic in needed:
        if topic not in partitions:
            raise Misconfigured(f"there is no topic {topic}; `afterclick topics apply` makes those that are missing")
    if partitions[triggers] != partitions[deliveries]:
        raise Misconfigured(f"{deliveries} needs as many partitions as {triggers}: {partitions[triggers]}")
    return int(partitions[triggers]), int(partitions[products])
