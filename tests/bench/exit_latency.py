"""Exit intent: from the signal on its topic to the trigger on its, on an otherwise idle machine."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import Topic
from tests.e2e.shop import Json, Shop, Worker
from tests.waiting import wait_until

SIGNALS = 400
PER_S = 10


def measure(open_shop: Callable[[], Shop], signals: int = SIGNALS) -> dict[str, float]:
    """p50 and p99 in ms, over visitors with something in the cart: of unknown ones, and of every second, who is a known
    customer."""
    shop = open_shop()
    worker = shop.start()
    wait_until(partial(_is_ready, worker), "ready")
    time.sleep(3)
    measured = asyncio.run(_signal(shop, signals))
    worker.stop()
    results: dict[str, float] = {}
    for who, unsorted in measured.items():
        latencies = sorted(unsorted)
        print(f"  {who}: {len(latencies)} signals, fastest {latencies[0]:.0f} ms, slowest {latencies[-1]:.0f} ms")
        results[f"exit_intent_{who}_ms_p50"] = round(latencies[len(latencies) // 2], 1)
        results[f"exit_intent_{who}_ms_p99"] = round(latencies[int(len(latencies) * 0.99)], 1)
    return results


def _is_ready(worker: Worker) -> bool:
    shown = worker.metrics()
    return all(shown.get(("afterclick_ready", role)) == 1 for role in ("sessions", "customers"))


async def _signal(shop: Shop, signals: int) -> dict[str, list[float]]:
    """The latencies, ms, of unknown and of known visitors."""
    name = shop.settings.topic(Topic.TRIGGERS)
    consumer = AIOKafkaConsumer(bootstrap_servers=shop.bootstrap, isolation_level="read_committed")
    await consumer.start()
    partitions = [TopicPartition(name, number) for number in range(shop.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    sent: dict[str, int] = {}
    feeding = asyncio.create_task(_feed(shop, signals, sent))
    latencies: dict[str, list[float]] = {"unknown": [], "known": []}
    while sum(map(len, latencies.values())) < signals:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            seen = time.time() * 1000
            for record in records:
                trigger: Json = orjson.loads(record.value)
                if trigger["type"] == "fired" and trigger["kind"] == "exit_intent":
                    who = "unknown" if trigger["customer_id"] is None else "known"
                    latencies[who].append(seen - sent[trigger["visitor_id"]])
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
