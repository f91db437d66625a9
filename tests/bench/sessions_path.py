"""The live sessions path against bare `getmany` + validation, both on the same topic of the same broker.

The topic is filled before the worker starts, so that it meets a backlog of the past and folds it by its own time. The
CPU seconds of the whole process count, but for those that the same worker takes to get ready on empty topics: at its
first commit it would already have folded what it commits later. The first stage's whole work is in it: decode,
validate, de-duplicate, fold, unknown visitors' triggers, changelog, facts, transactions. Another process tells that
there are no orders: unknown visitors wait for them.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial

import orjson
from aiokafka import AIOKafkaProducer

from schemas.topics import Topic
from tests.bench.clicks import clicks
from tests.bench.processes import cpu_seconds
from tests.e2e.shop import Shop, Worker
from tests.waiting import wait_until

EVENTS = 400_000
ROUNDS = 3


def measure(open_shop: Callable[[], Shop], rounds: int = ROUNDS, events: int = EVENTS) -> dict[str, float]:
    """The ratio of the two in CPU time (bare / ours), the median of the rounds, and the rates a CPU second."""
    ratios, ours, bare = [], [], []
    for number in range(rounds):
        start_s = cpu_of_start(open_shop())
        shop = open_shop()
        start_ms = time.time_ns() // 1_000_000 - 2 * 3_600_000
        asyncio.run(fill(shop, clicks(events, start_ms, seed=number + 1)))
        ours.append(events / (run_worker(shop, events) - start_s))
        yardstick = run_bare(shop)
        bare.append(yardstick["events"] / yardstick["cpu_s"])
        ratios.append(ours[-1] / bare[-1])
        print(f"  round {number + 1}: ours {ours[-1]:,.0f}, bare {bare[-1]:,.0f} events/CPU-s, ratio {ratios[-1]:.2f}")
    return {
        "sessions_path_ratio": round(sorted(ratios)[len(ratios) // 2], 3),
        "sessions_path_events_per_cpu_s": round(sorted(ours)[len(ours) // 2]),
        "bare_events_per_cpu_s": round(sorted(bare)[len(bare) // 2]),
    }


def cpu_of_start(shop: Shop) -> float:
    """What a worker spends until it reads its partitions, which are empty, CPU s."""
    intake = shop.start("intake")
    worker = shop.start("sessions")
    wait_until(partial(is_ready, worker), "the worker is ready")
    spent_s = cpu_seconds(worker.process.pid)
    worker.stop()
    intake.stop()
    return spent_s


def run_worker(shop: Shop, events: int) -> float:
    """What a worker spends from its start to the commit of the last click, CPU s."""
    intake = shop.start("intake")
    worker = shop.start("sessions", AFTERCLICK_LATENESS__CLICKSTREAM_MS="5000")
    wait_until(partial(has_folded, worker, events), "all clicks are committed", every_s=0.5)
    spent_s = cpu_seconds(worker.process.pid)
    worker.stop()
    intake.stop()
    return spent_s


async def fill(shop: Shop, records: Iterable[tuple[bytes, bytes]]) -> None:
    """Put the clicks on the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    name = shop.settings.topic(Topic.CLICKSTREAM)
    for key, value in records:
        await producer.send(name, value, key=key)
    await producer.stop()


def is_ready(worker: Worker) -> bool:
    """Whether the worker reads its partitions."""
    return worker.metrics().get(("afterclick_ready", "sessions")) == 1


def has_folded(worker: Worker, events: int) -> bool:
    """Whether so many clicks have been committed."""
    return folded(worker) >= events


def folded(worker: Worker) -> float:
    """How many clicks have been committed with an outcome."""
    return sum(
        value
        for name, value in worker.metrics().items()
        if name[0] == "afterclick_records_total" and Topic.CLICKSTREAM.value in name
    )


def run_bare(shop: Shop) -> dict[str, float]:
    """The yardstick on the same topic."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bare", shop.bootstrap, shop.settings.topic(Topic.CLICKSTREAM),
         str(shop.partitions)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    answer: dict[str, float] = orjson.loads(done.stdout.splitlines()[-1])
    return answer
