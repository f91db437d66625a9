"""How long a restart takes with so many keys, and how much memory they need: a worker with sessions and customers.

The changelogs are filled with records as a shop leaves them, half of them unknown visitors, half customers, all with a
cart and two timers; then a real worker restores them. The seconds are those from its first look at the changelogs until
it runs.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from agents.demo.broker import Kafka
from agents.rulebook_file import SHIPPED
from schemas.state.cart import Held
from schemas.state.person import Activity, Episode, Person
from schemas.state.profile import Profile
from schemas.topics import Topic
from streams.partitions import partition_of
from streams.profiles import profile_record
from streams.visits import visitor_record
from streams.visits.visitors import Visitor
from tests.bench.processes import machine
from tests.e2e.shop import Shop, Worker
from tests.waiting import wait_until

KEYS = 200_000
HOUR_MS = 3_600_000
BATCH_BYTES = 512 * 1024
ROLES = ("sessions", "customers")

Record = tuple[bytes, bytes]


def measure(open_shop: Callable[[], Shop], keys: int = KEYS) -> dict[str, float]:
    """Keys a second, the megabytes that were read, and the worker's memory."""
    shop = open_shop()
    now = time.time_ns() // 1_000_000
    written = asyncio.run(fill(shop, Topic.SESSIONS_CHANGELOG, visitors(keys // 2, now)))
    written += asyncio.run(fill(shop, Topic.CUSTOMERS_CHANGELOG, customers(keys // 2, now)))
    worker = shop.start(*ROLES)
    wait_until(partial(is_restored, worker), "all is restored", every_s=0.5, within_s=600)
    told = restored(worker)
    assert sum(line["records"] for line in told) == keys, told
    seconds = max(line["seconds"] for line in told)
    memory_mb = resident_mb(worker.process.pid)
    worker.stop()
    print(
        f"  {keys:,} keys, {written / 1e6:,.0f} MB: {seconds:.1f} s, {keys / seconds:,.0f} keys/s, {memory_mb:,.0f} MB"
    )
    return {
        "restore_keys_per_s": round(keys / seconds),
        "restore_mb": round(written / 1e6),
        "restore_rss_mb": round(memory_mb),
    }


def restored(worker: Worker) -> list[dict[str, float]]:
    """What it said of each role's restore."""
    lines = (line for line in worker.log.read_bytes().splitlines() if b'"restored"' in line)
    return [line for line in map(orjson.loads, lines) if line["event"] == "restored"]


def is_restored(worker: Worker) -> bool:
    """Whether both roles are done; one that has ended never will be."""
    assert worker.process.poll() is None, worker.log.read_text()[-2000:]
    return len(restored(worker)) == len(ROLES)


def resident_mb(pid: int) -> float:
    """The process's resident memory."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


def visitors(count: int, now: int) -> Iterator[Record]:
    """Visitors of the last hour with five clicks each, none of them here any more, and nobody knows who they are: they
    have two products in the cart, and are waited for."""
    for number in range(count):
        at, name = now - HOUR_MS - number % HOUR_MS, f"v-{number:012}"
        seen = hashlib.blake2b(str(number).encode(), digest_size=40).digest()
        visitor = Visitor(seen=seen, seen_since=at - 60_000, last_at=at, closed_end=at, profile=waited_for(number, at))
        yield name.encode(), visitor_record.encode(visitor)


def customers(count: int, now: int) -> Iterator[Record]:
    """Customers with two products in the cart, who are waited for."""
    for number in range(count):
        yield b"c-%012d" % number, profile_record.encode(waited_for(number, now - number % HOUR_MS))


def waited_for(number: int, at: int) -> Profile:
    """A profile with two products in the cart and two timers."""
    visitor, event_id = f"v-{number:012}", f"e-{number:012}"
    cart = {f"product-{number % 997}": Held(1, 1990, "EUR", at), f"product-{number % 991}": Held(2, 490, "EUR", at)}
    waits = [
        Episode(kind, "0123456789ab", kind, at, at + days * 24 * HOUR_MS, event_id, visitor, visitor)
        for kind, days in (("cart_abandonment", 1), ("inactivity", 14))
    ]
    return Profile(Person(cart, at, at, active=Activity(at, event_id, visitor, visitor), episodes=waits), touched=at)


async def fill(shop: Shop, topic: Topic, records: Iterable[Record]) -> int:
    """Put the records where their keys belong; how many bytes they are."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, max_batch_size=BATCH_BYTES)
    await producer.start()
    name, written = shop.settings.topic(topic), 0
    batches = [producer.create_batch() for _ in range(shop.partitions)]
    for key, value in records:
        written += len(key) + len(value)
        number = partition_of(key, shop.partitions)
        if batches[number].append(key=key, value=value, timestamp=None) is None:
            await producer.send_batch(batches[number], name, partition=number)
            batches[number] = producer.create_batch()
            batches[number].append(key=key, value=value, timestamp=None)
    for number, batch in enumerate(batches):
        await producer.send_batch(batch, name, partition=number)
    await producer.flush()
    await producer.stop()
    return written


def main() -> None:
    """By hand, with as many keys as wanted: `python -m tests.bench.restore 1000000`."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder, Kafka.start(Path(folder) / "kafka", quick=False) as kafka:
        shop = Shop("restore", kafka.bootstrap, Path(folder), SHIPPED / "plain.yaml")
        try:
            print(orjson.dumps(measure(lambda: shop, int(sys.argv[1]))).decode())
        finally:
            shop.close()


if __name__ == "__main__":
    main()
