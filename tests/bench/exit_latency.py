"""Exit intent: from the signal on its topic to the trigger on its, on an otherwise idle machine."""

import asyncio
import time
from collections.abc import Callable

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import Topic
from tests.e2e.shop import Json, Shop
from tests.waiting import wait_until

SIGNALS = 200
PER_S = 10


def measure(open_shop: Callable[[], Shop], signals: int = SIGNALS) -> dict[str, float]:
    """p50 and p99 in ms, over visitors with something in the cart, every second one known as a customer."""
    shop = open_shop()
    worker = shop.start()
    wait_until(lambda: worker.metrics().get(("afterclick_ready", "customers")) == 1, "ready")
    time.sleep(3)
    latencies = sorted(asyncio.run(_signal(shop, signals)))
    worker.stop()
    print(
        f"  {len(latencies)} signals, {PER_S} a second: fastest {latencies[0]:.0f} ms, slowest {latencies[-1]:.0f} ms"
    )
    return {
        "exit_intent_ms_p50": round(latencies[len(latencies) // 2], 1),
        "exit_intent_ms_p99": round(latencies[int(len(latencies) * 0.99)], 1),
    }


async def _signal(shop: Shop, signals: int) -> list[float]:
    name = shop.settings.topic(Topic.TRIGGERS)
    consumer = AIOKafkaConsumer(bootstrap_servers=shop.bootstrap, isolation_level="read_committed")
    await consumer.start()
    partitions = [TopicPartition(name, number) for number in range(shop.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    sent: dict[str, int] = {}
    feeding = asyncio.create_task(_feed(shop, signals, sent))
    latencies: list[float] = []
    while len(latencies) < signals:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            seen = time.time() * 1000
            for record in records:
                trigger: Json = orjson.loads(record.value)
                if trigger["type"] == "fired" and trigger["kind"] == "exit_intent":
                    latencies.append(seen - sent[trigger["visitor_id"]])
    await feeding
    await consumer.stop()
    return latencies


async def _feed(shop: Shop, signals: int, sent: dict[str, int]) -> None:
    """Carts first, then one signal after another; notes when the broker took each."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap)
    await producer.start()
    name = shop.settings.topic(Topic.CLICKSTREAM)
    for number in range(signals):
        await producer.send(name, _click(number, "cart_item_added", "a"), key=f"v{number}".encode())
    await producer.flush()
    await asyncio.sleep(3)
    for number in range(signals):
        taken = await producer.send_and_wait(name, _click(number, "exit_signal", "x"), key=f"v{number}".encode())
        sent[f"v{number}"] = taken.timestamp
        await asyncio.sleep(1 / PER_S)
    await producer.stop()


def _click(number: int, kind: str, prefix: str) -> bytes:
    click: Json = {
        "event_id": f"{prefix}{number}",
        "type": kind,
        "occurred_at": time.time_ns() // 1_000_000,
        "visitor_id": f"v{number}",
        "product_id": "mug",
    }
    if number % 2:
        click["customer_id"] = f"c{number}"
    return orjson.dumps(click)
