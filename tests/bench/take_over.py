"""Take-over: from kill -9 of one of two workers to the first triggers of the partitions that move to the other.

`python -m tests.bench.take_over` prints what is measured as it goes; the last line is one line of JSON. Signals that
lead to an immediate trigger come in all the while; of each partition that the victim owned the first trigger counts
whose signal was given after the kill.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.demo.broker import Kafka
from agents.rulebook_file import SHIPPED
from schemas.topics import Topic
from streams.partitions import partition_of
from tests.bench.processes import machine
from tests.e2e.shop import Json, Shop, Worker
from tests.waiting import wait_until

ROLES = ("sessions", "intake", "customers")
PROBES_PER_S = 40
HANG_S = 120.0
FILL_S = 900.0
SETTLE_S = 3.0


class Probes:
    """Visitors with something in the cart who are about to leave; notes when each trigger was first seen."""

    def __init__(self, shop: Shop) -> None:
        self.given_s: dict[str, float] = {}
        self.seen_s: dict[str, float] = {}
        self._shop = shop
        self._name = shop.settings.topic(Topic.CLICKSTREAM)

    async def give(self) -> None:
        """Some every second. Never returns."""
        producer = AIOKafkaProducer(bootstrap_servers=self._shop.bootstrap)
        await producer.start()
        try:
            while True:
                person = f"probe-{len(self.given_s)}"
                self.given_s[person] = time.monotonic()
                for kind in ("cart_item_added", "exit_signal"):
                    await producer.send(self._name, click(kind, person), key=person.encode())
                await asyncio.sleep(1 / PROBES_PER_S)
        finally:
            await producer.stop()

    async def watch(self) -> None:
        """Read the triggers as an ESP would. Never returns."""
        topic = self._shop.settings.topic(Topic.TRIGGERS)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._shop.bootstrap, isolation_level="read_committed")
        await consumer.start()
        consumer.assign([TopicPartition(topic, number) for number in range(self._shop.partitions)])
        await consumer.seek_to_beginning()
        try:
            async for record in consumer:
                trigger: Json = orjson.loads(record.value)
                self.seen_s.setdefault(trigger["visitor_id"], time.monotonic())
        finally:
            await consumer.stop()

    async def first_after(self, killed_s: float, partition: int) -> float:
        """How long after the kill that partition of customers speaks of somebody who came after it; waits for that."""
        deadline_s = killed_s + HANG_S
        while time.monotonic() < deadline_s:
            found = [
                seen_s - killed_s
                for person, seen_s in self.seen_s.items()
                if self.given_s.get(person, 0) > killed_s
                and partition_of(person.encode(), self._shop.partitions) == partition
            ]
            if found:
                return min(found)
            await asyncio.sleep(0.1)
        raise AssertionError(f"partition {partition} hangs: no trigger within {HANG_S:.0f} s")


async def measure(shop: Shop, customers: int, kills: int) -> list[float]:
    """The times of all partitions that moved, over all kills, in s."""
    await load(shop, customers)
    workers = [shop.start(*ROLES) for _ in range(2)]

    def tend() -> list[Worker]:
        # As a supervisor would: a crowded machine may cost a worker its session.
        for place, worker in enumerate(workers):
            if worker.process.poll() is not None:
                print(f"  a worker ended with {worker.process.returncode} and is started again")
                workers[place] = shop.start(*ROLES)
        return workers

    await until(lambda: sum(map(profiles, tend())) >= 2 * customers, "all customers are in state", FILL_S)
    print(f"  {customers} customers are in state", flush=True)
    probes = Probes(shop)
    tasks = [asyncio.create_task(probes.give()), asyncio.create_task(probes.watch())]
    times: list[float] = []
    for turn in range(kills):
        await until(lambda: all(owned(worker) for worker in tend()), "both own partitions", FILL_S)
        await asyncio.sleep(SETTLE_S)
        victim = workers.pop(0)
        moving = owned(victim)
        killed_s = time.monotonic()
        victim.kill()
        took = [await probes.first_after(killed_s, moved) for moved in moving]
        print(f"  kill {turn + 1}: {', '.join(f'{taken:.1f} s' for taken in took)}; {restores(workers[0])}", flush=True)
        times += took
        workers.append(shop.start(*ROLES))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sorted(times)


async def load(shop: Shop, customers: int) -> None:
    """Each customer has something in a cart."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, linger_ms=5, max_batch_size=1 << 18)
    await producer.start()
    name = shop.settings.topic(Topic.CLICKSTREAM)
    for number in range(customers):
        await producer.send(name, click("cart_item_added", f"p-{number}"), key=f"p-{number}".encode())
    await producer.stop()


def click(kind: str, person: str) -> bytes:
    """What a visitor does now who is known as a customer of the same name."""
    said: Json = {
        "event_id": f"{kind}-{person}",
        "type": kind,
        "occurred_at": time.time_ns() // 1_000_000,
        "visitor_id": person,
        "customer_id": person,
        "product_id": "mug",
        "price": "19.90",
        "currency": "EUR",
    }
    return orjson.dumps(said)


def profiles(worker: Worker) -> float:
    """How many records of state the worker holds: of each customer one, and one of the visitor."""
    return sum(value for name, value in shown(worker).items() if name[0] == "afterclick_keys")


def shown(worker: Worker) -> dict[tuple[str, ...], float]:
    """Its metrics; nothing while it is too busy to answer."""
    try:
        return worker.metrics()
    except OSError:
        return {}


def owned(worker: Worker) -> list[int]:
    """Its partitions of customers."""
    metrics = shown(worker)
    if metrics.get(("afterclick_ready", "customers")) != 1:
        return []
    gates = [name for name in metrics if name[0] == "afterclick_gate_timestamp_seconds"]
    return sorted(int(partition) for _, partition, stage in gates if stage == "customers")


def restores(worker: Worker) -> str:
    """What the worker last said of restoring each role's partitions."""
    said = [orjson.loads(line) for line in worker.log.read_bytes().splitlines() if b'"restored"' in line]
    last = {line["role"]: f"{line['role']} {line['records']} in {line['seconds']} s" for line in said}
    return "restored " + ", ".join(last.values())


async def until(condition: Callable[[], bool], what: str, within_s: float = HANG_S) -> None:
    """Wait for it; a hang fails."""
    await asyncio.to_thread(wait_until, condition, what, 0.5, within_s=within_s)


def percentile(values: Sequence[float], share: float) -> float:
    """Of sorted values."""
    return round(values[min(len(values) - 1, int(len(values) * share))], 2)


def main() -> None:
    """Measure, on a broker of its own."""
    arguments = argparse.ArgumentParser(prog="python -m tests.bench.take_over")
    arguments.add_argument("--customers", type=int, default=200_000)
    arguments.add_argument("--kills", type=int, default=8)
    arguments.add_argument(
        "--session-timeout-s", type=float, default=10.0, help="of the groups; brokers allow 6 or more"
    )
    given = arguments.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name, Kafka.start(Path(name) / "kafka", quick=False) as kafka:
        folder = Path(name) / "shop"
        folder.mkdir()
        session = {"AFTERCLICK_KAFKA__SESSION_TIMEOUT_S": str(given.session_timeout_s)}
        shop = Shop("takeover", kafka.bootstrap, folder, SHIPPED / "plain.yaml", environment=session)
        try:
            times = asyncio.run(measure(shop, given.customers, given.kills))
        finally:
            shop.close()
    result = {
        "take_over_s_p50": percentile(times, 0.5),
        "take_over_s_p99": percentile(times, 0.99),
        "bar_s": given.session_timeout_s + 10,
        "session_timeout_s": given.session_timeout_s,
        "customers": given.customers,
        "kills": given.kills,
        "partitions_moved": len(times),
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
