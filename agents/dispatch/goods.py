"""Which products cannot be bought, and what is bought together with one, as the compacted topic `products` says; and
how lately that was read.

Each process of the dispatcher reads the whole topic, from its beginning, and keeps the ids of those that are gone, and
what is bought with those of which it is told. A product of which the topic says nothing can be bought. How lately all
of it was read is proved by the fetches, as it is for the triggers.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from agents.dispatch import looks
from agents.dispatch.clients import product_consumer
from agents.kafka import closed
from agents.seam import position_of
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from schemas.events.catalog import ProductNow
from schemas.topics import Topic
from streams.products.shown import is_gone

GONE_MAX = 1_000_000
"""Ids of products that cannot be bought, some 100 MB. What is more is taken for one that can, and is counted."""

ALSO_MAX = 200_000
"""Products of which it is known what is bought together with them, some 200 MB where all have ten. Of more it is not
known, and that is counted."""

POLL_MS = 100

log = structlog.get_logger(__name__)


class Goods:
    """The reader of one process. `partitions` is how many the topic has."""

    def __init__(self, settings: Settings, metrics: Metrics, partitions: int) -> None:
        self._settings = settings
        self._metrics = metrics
        name = settings.topic(Topic.PRODUCTS)
        self._partitions = [TopicPartition(name, number) for number in range(partitions)]
        self._looks = looks.Looks(settings.dispatch.look_max_age_ms, self._position)
        self._consumer: AIOKafkaConsumer | None = None
        self._gone: set[str] = set()
        self._also_bought: dict[str, tuple[str, ...]] = {}

    async def start(self) -> None:
        """Begin at the beginning; `follow` reads."""
        consumer = self._consumer = product_consumer(self._settings)
        await consumer.start()
        self._looks.watch(consumer)
        consumer.assign(self._partitions)
        await consumer.seek_to_beginning(*self._partitions)
        for partition in self._partitions:
            self._looks.expect(partition)

    async def follow(self) -> None:
        """Read on, for ever."""
        assert self._consumer is not None, "not started"
        while True:
            batches = await self._consumer.getmany(timeout_ms=POLL_MS)
            # No await until all are folded: the consumer's position is past these records already.
            for records in batches.values():
                self.fold(records)

    async def stop(self) -> None:
        """Close."""
        if self._consumer is not None:
            await closed(self._consumer.stop())

    def fold(self, records: "Iterable[ConsumerRecord[Any, Any]]") -> None:
        """Take records in. One that cannot be read, which only a newer program may have written, says nothing."""
        for record in records:
            product = (record.key or b"").decode(errors="replace")
            self._gone.discard(product)
            self._also_bought.pop(product, None)
            said = None if record.value is None else self._read(record.value)
            if said is not None:
                self._note(product, said)

    def is_gone(self, product: str) -> bool:
        """Whether the product cannot be bought, as far as the topic has been read."""
        return product in self._gone

    def also_bought(self, product: str) -> tuple[str, ...]:
        """What others have bought together with the product, the most telling first, as far as the topic has been
        read."""
        return self._also_bought.get(product, ())

    def is_fresh(self) -> bool:
        """Whether all that was committed `look_max_age_ms` ago has been read."""
        return all(self._looks.is_fresh(partition) for partition in self._partitions)

    async def fresh(self, wanted: Callable[[], bool]) -> None:
        """Return as soon as that is so, or no longer wanted."""
        while wanted() and not self.is_fresh():  # noqa: ASYNC110  (age is not an event)
            await asyncio.sleep(looks.POLL_S)

    def silence_ms(self) -> int:
        """How long some partition of the topic has not been answered for."""
        return max(map(self._looks.silence_ms, self._partitions))

    def _position(self, partition: TopicPartition) -> int | None:
        return None if self._consumer is None else position_of(self._consumer, partition)

    def _note(self, product: str, said: ProductNow) -> None:
        if is_gone(said):
            if len(self._gone) < GONE_MAX:
                self._gone.add(product)
            else:
                self._metrics.count("cut", "gone_products")
        if said.also_bought:
            if len(self._also_bought) < ALSO_MAX:
                self._also_bought[product] = said.also_bought
            else:
                self._metrics.count("cut", "also_bought")

    def _read(self, value: bytes) -> ProductNow | None:
        try:
            return ProductNow.model_validate_json(value)
        except ValidationError as error:
            log.error("a record of the topic of products cannot be read", error=str(error))
            return None
