"""A dispatcher on real Kafka, with topics of its own, and hands to feed it and to see what comes out."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents import crash_points
from agents.demo.broker import Kafka
from agents.dispatch.dispatcher import Dispatcher
from agents.settings.settings import DispatchSettings, KafkaSettings, Settings
from agents.web.metrics import Metrics
from schemas.events.catalog import ProductNow
from schemas.outcomes.triggers import TriggerCancelled
from schemas.topics import INBOXES, Topic
from tests.agents.dispatch.world import wall_clock_ms
from tests.streams.deliveries import fired
from tests.waiting import until
from tests.written import written_ends

PARTITIONS = 2
SESSION_S = 6.0  # the least that the broker allows


class Stage:
    """The topics of one test, and what it says and sees on them."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._producer = producer

    async def fire(self, trigger_id: str, *, destination: str = "esp", **changes: Any) -> None:
        """A trigger of the profile `c:<id>` appears."""
        now = wall_clock_ms()
        told = {"trigger_id": trigger_id, "destination": destination, "profile": f"c:{trigger_id}", "fired_at_ms": now}
        trigger = fired(**(told | changes))
        await self.write(trigger.model_dump_json().encode(), trigger.profile)

    async def cancel(self, trigger_id: str, profile: str | None = None) -> None:
        """It is taken back."""
        cancelled = TriggerCancelled(
            trigger_id=trigger_id,
            kind="cart_abandonment",
            rule_id="cart",
            profile=profile or f"c:{trigger_id}",
            reason="ordered",
            cancelled_at_ms=wall_clock_ms(),
        )
        await self.write(cancelled.model_dump_json().encode(), cancelled.profile)

    async def write(self, value: bytes, key: str = "c:ada") -> None:
        """A record of the trigger topic."""
        await self._producer.send_and_wait(self.settings.topic(Topic.TRIGGERS), value, key.encode())

    async def tell_of(self, product: str, **said: Any) -> None:
        """A product is now this."""
        value = ProductNow(product_id=product, changed_at=wall_clock_ms(), **said).model_dump_json().encode()
        await self._producer.send_and_wait(self.settings.topic(Topic.PRODUCTS), value, product.encode())

    async def read(self, topic: Topic) -> list[dict[str, Any]]:
        """All committed values of a topic, from its beginning to its end, without tombstones."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=50
        )
        await consumer.start()
        try:
            name = self.settings.topic(topic)
            partitions = [TopicPartition(name, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            ends, found = await written_ends(self.settings.kafka.bootstrap, partitions), []
            for partition in partitions:
                while await consumer.position(partition) < ends[partition]:
                    batch = await consumer.getmany(partition, timeout_ms=100)
                    found += [orjson.loads(record.value) for record in batch.get(partition, ()) if record.value]
            return found
        finally:
            await consumer.stop()

    async def receipts(self) -> list[str]:
        """`id:state` of every receipt on the inbox, sorted."""
        inboxes = [*await self.read(Topic.CUSTOMER_INBOX), *await self.read(Topic.VISITOR_INBOX)]
        return sorted(fact["event_id"] for fact in inboxes if fact)

    async def until_receipts(self, *expected: str) -> None:
        """Wait until exactly these receipts are on the inbox."""

        async def are_there() -> bool:
            return await self.receipts() == sorted(expected)

        await until(are_there, f"the receipts {sorted(expected)}")

    @asynccontextmanager
    async def dispatcher(self, settings: Settings | None = None) -> AsyncIterator[Dispatcher]:
        """One that runs and is ready."""
        made = Dispatcher(settings or self.settings, self.metrics)
        await made.start()
        try:
            await until(lambda: made.ready)
            yield made
        finally:
            await made.stop()

    async def process(self, crash_at: str | None = None) -> asyncio.subprocess.Process:
        """A dispatcher in a process of its own, which may kill itself. Secrets are in files: settings show none."""
        armed = {} if crash_at is None else {crash_points.VARIABLE: crash_at}
        environment = os.environ | {"STAGE": self.settings.model_dump_json()} | armed
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.agents.dispatch.stage", env=environment
        )


@asynccontextmanager
async def staged(kafka: Kafka, dispatch: dict[str, Any]) -> AsyncIterator[Stage]:
    """A stage with these dispatch settings."""
    prefix = f"dispatch-{secrets.token_hex(4)}-"
    settings = Settings(
        app=prefix + "app",
        instance=prefix + "one",
        topic_prefix=prefix,
        kafka=KafkaSettings(bootstrap=kafka.bootstrap, session_timeout_s=SESSION_S),
        dispatch=DispatchSettings.model_validate(dispatch),
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    try:
        configs = {
            **{topic: {"cleanup.policy": "compact"} for topic in (Topic.DELIVERIES, Topic.PRODUCTS)},
            **{inbox: {"message.timestamp.type": "LogAppendTime"} for inbox in INBOXES},
        }
        await admin.create_topics(
            [
                NewTopic(settings.topic(topic), PARTITIONS, 1, topic_configs=configs.get(topic, {}))
                for topic in (Topic.TRIGGERS, Topic.DELIVERIES, Topic.PRODUCTS, *INBOXES, Topic.DEAD_LETTERS)
            ]
        )
        await producer.start()
        yield Stage(settings, producer)
    finally:
        await producer.stop()
        await admin.close()


async def _main() -> None:
    crash_points.arm_from_environment()
    settings = Settings.model_validate_json(os.environ["STAGE"])
    dispatcher = Dispatcher(settings, Metrics())
    await dispatcher.start()
    await dispatcher.wait_crashed()


if __name__ == "__main__":
    asyncio.run(_main())
