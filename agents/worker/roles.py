"""The roles of Afterclick and how they are put together: the composition root of `afterclick run`."""

import asyncio
from collections.abc import Iterable

from agents.dispatch.dispatcher import Dispatcher
from agents.dispatch.ledger import UNKNOWN
from agents.dispatch.reading import STAGE
from agents.exits import Misconfigured, crash_with
from agents.kafka import PARTITIONERS
from agents.published import Rules
from agents.settings.settings import Settings
from agents.settings.shop import shop
from agents.settings.traffic import traffic
from agents.web.metrics import Metrics
from agents.web.server import READY
from agents.worker.commit import KEY_BYTES_MAX, RECORD_OVERHEAD_BYTES
from agents.worker.role import Role
from schemas.outcomes.deliveries import TERMINAL
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.intake.traffic import Traffic
from streams.layout import Layout
from streams.limits import RECORD_BYTES_MAX
from streams.products.product_stage import ProductStage
from streams.profiles.customer_stage import CustomerStage
from streams.shop import Shop
from streams.stage import Stage
from streams.visits.session_stage import SessionStage

SESSIONS, INTAKE, CUSTOMERS, PRODUCTS, DISPATCHER = "sessions", "intake", "customers", "products", "dispatcher"
ROLES = (SESSIONS, INTAKE, CUSTOMERS, PRODUCTS, DISPATCHER)


def stream_roles(names: Iterable[str], settings: Settings, rules: Rules) -> list[Role]:
    """The roles of those names that are Faust apps, which go by `rules`; the dispatcher is a service beside them."""
    who, own = _of_settings(settings)  # before anybody waits: the list of bots takes half a second
    made = {
        SESSIONS: Role(
            SESSIONS,
            ((Topic.CLICKSTREAM, Topic.VISITOR_INBOX),),
            Topic.SESSIONS_CHANGELOG,
            lambda group, partition, layout: _sessions(partition, settings, rules.first, layout, who, own),
            tells=(Topic.CUSTOMER_INBOX, Topic.PRODUCT_INBOX),
            rules=rules,
        ),
        INTAKE: Role(
            INTAKE,
            ((Topic.ORDERS,), (Topic.ENGAGEMENTS,)),
            Topic.INTAKE_CHANGELOG,
            lambda group, partition, layout: _intake(group[0], partition, settings, rules.first, layout, who),
            tells=(Topic.CUSTOMER_INBOX, Topic.VISITOR_INBOX),
            rules=rules,
        ),
        CUSTOMERS: Role(
            CUSTOMERS,
            ((Topic.CUSTOMER_INBOX,),),
            Topic.CUSTOMERS_CHANGELOG,
            lambda group, partition, layout: _customers(partition, settings, rules.first, layout, who, own),
            tells=(Topic.PRODUCT_INBOX,),
            rules=rules,
        ),
        PRODUCTS: Role(
            PRODUCTS,
            ((Topic.CATALOG, Topic.PRODUCT_INBOX),),
            Topic.PRODUCTS_CHANGELOG,
            lambda group, partition, layout: _products(partition, settings, rules.first, layout),
            rules=rules,
        ),
    }
    return [made[name] for name in names if name in made]


def _of_settings(settings: Settings) -> tuple[Traffic, Shop]:
    try:
        return traffic(settings.traffic), shop(settings.shop, receipts=settings.dispatch.delivers)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"settings: {error}") from error


def _sessions(partition: int, settings: Settings, rulebook: Rulebook, layout: Layout, who: Traffic, own: Shop) -> Stage:
    place, count = PARTITIONERS[settings.clickstream_partitioner], layout.partitions(Topic.VISITOR_INBOX)
    return SessionStage(
        partition,
        rulebook,
        layout,
        settings.lateness.clickstream_ms,
        settings.nobodies,
        _record_bytes_max(settings),
        lambda key: place(key, count) == partition,
        who,
        own,
    )


def _intake(
    topic: Topic, partition: int, settings: Settings, rulebook: Rulebook, layout: Layout, who: Traffic
) -> Stage:
    return IntakeStage(topic, partition, settings.lateness.orders_ms, settings.nobodies, rulebook, who, layout)


def _customers(
    partition: int, settings: Settings, rulebook: Rulebook, layout: Layout, who: Traffic, own: Shop
) -> Stage:
    return CustomerStage(partition, rulebook, layout, _record_bytes_max(settings), who, own)


def _products(partition: int, settings: Settings, rulebook: Rulebook, layout: Layout) -> Stage:
    return ProductStage(partition, rulebook, layout, settings.lateness.catalog_ms)


def _record_bytes_max(settings: Settings) -> int:
    """Above this a person is put aside: below what a commit refuses, which would end the process."""
    return min(RECORD_BYTES_MAX, settings.kafka.record_bytes_max - RECORD_OVERHEAD_BYTES - KEY_BYTES_MAX)


class DispatcherService:
    """The dispatcher as a service of the worker: when it cannot go on, the process ends."""

    name = DISPATCHER

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        metrics.start_at_zero("dead_letters", STAGE)
        for pool in (*settings.dispatch.code_pools, UNKNOWN):
            metrics.start_at_zero("codes", pool, "missing")
        for destination in settings.dispatch.destinations:
            for state in TERMINAL:
                metrics.start_at_zero("deliveries", destination, state.value)
        self._dispatcher = Dispatcher(settings, metrics)
        self._crashed: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        """`ready` once its partitions are restored and reading, `waiting` before, or `stalled`."""
        if stalled := self._dispatcher.stalled:
            return f"stalled by too many dead letters: {', '.join(stalled)}"
        return READY if self._dispatcher.ready else "waiting"

    async def start(self) -> None:
        """Join the group."""
        await self._dispatcher.start()
        self._crashed = asyncio.create_task(self._dispatcher.wait_crashed())
        crash_with(self._crashed)

    async def stop(self) -> None:
        """Let running calls end, commit their outcomes."""
        if self._crashed is not None:
            self._crashed.cancel()
        await self._dispatcher.stop()
