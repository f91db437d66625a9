"""One shop on the shared broker: its own topics, its workers as real processes, and what comes out at the other end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from agents.settings.settings import KafkaSettings, Settings
from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic
from tests.waiting import WITHIN_S
from tests.written import written_ends

Json = dict[str, Any]
LATENESS_MS = 1000


@dataclass
class Worker:
    """A process of `afterclick run`."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """SIGKILL, as a crash of the machine would."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP: it stands still and knows nothing of it."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WITHIN_S)

    def metrics(self) -> dict[tuple[str, ...], float]:
        """What `/metrics` shows: (name, label values in the order of the labels' names…) -> value. Nothing before it
        listens, and when it is gone."""
        for line in self.log.read_text().splitlines():
            if "web server listens" in line:
                url = orjson.loads(line)["url"]
                try:
                    with urllib.request.urlopen(f"{url}/metrics", timeout=WITHIN_S) as answer:
                        text = answer.read().decode()
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    return {}
                return {
                    (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
                    for family in text_string_to_metric_families(text)
                    for sample in family.samples
                }
        return {}


@dataclass
class Shop:
    """A shop of its own: app id and topic prefix are unique, so tests share a broker without meeting."""

    name: str
    bootstrap: str
    folder: Path
    rules: Path
    partitions: int = 4
    replication: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = Settings(
            app=self.name, topic_prefix=f"{self.name}-", kafka=KafkaSettings(bootstrap=self.bootstrap)
        )
        asyncio.run(apply(self.settings, declared_topics(None, self.partitions, self.replication)))

    def start(self, *roles: str, module: str = "agents.cli", **environment: str) -> Worker:
        """Start a worker with these roles, all of them if none is named."""
        number = len(self.workers)
        log = self.folder / f"worker-{number}.log"
        data = self.folder / f"data-{number}"
        data.mkdir()
        named = [part for role in roles for part in ("--role", role)]
        variables = {
            "AFTERCLICK_APP": self.name,
            "AFTERCLICK_TOPIC_PREFIX": f"{self.name}-",
            "AFTERCLICK_KAFKA__BOOTSTRAP": self.bootstrap,
            "AFTERCLICK_KAFKA__SESSION_TIMEOUT_S": "6",
            "AFTERCLICK_KAFKA__REBALANCE_TIMEOUT_S": "10",
            "AFTERCLICK_LATENESS__CLICKSTREAM_MS": str(LATENESS_MS),
            "AFTERCLICK_LATENESS__ORDERS_MS": str(LATENESS_MS),
            "AFTERCLICK_LATENESS__CATALOG_MS": str(LATENESS_MS),
            "AFTERCLICK_DISPATCH__MODE": "off",
            "AFTERCLICK_WEB__PORT": "0",
            "AFTERCLICK_DATA_DIR": str(data),
        }
        file: IO[bytes] = log.open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", module, "run", "--rules", str(self.rules), *named],
            env={**os.environ, **variables, **self.environment, **environment},
            stdout=file,
            stderr=file,
        )
        file.close()
        worker = Worker(process, log)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End what still runs."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()

    def produce(
        self,
        clicks: Iterable[Json] = (),
        orders: Iterable[Json] = (),
        catalog: Iterable[Json] = (),
        engagements: Iterable[Json] = (),
    ) -> None:
        """Put records on the source topics, keyed as producers key them; returns when all are acknowledged."""
        said_on = {Topic.CLICKSTREAM: clicks, Topic.ORDERS: orders, Topic.CATALOG: catalog}
        asyncio.run(self._produce({**said_on, Topic.ENGAGEMENTS: engagements}))

    async def _produce(self, said_on: Mapping[Topic, Iterable[Json]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=2)
        await producer.start()
        try:
            sent = [
                await producer.send(self.settings.topic(topic), orjson.dumps(said), key=key_of(topic, said).encode())
                for topic, records in said_on.items()
                for said in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    def triggers(self, until: Callable[[list[Json]], bool]) -> list[Json]:
        """All triggers read committed so far, as soon as `until` is content with them; those that there are if it is
        not content for too long, so that whoever asked can say what is missing."""
        return asyncio.run(self._read(Topic.TRIGGERS, until))

    def records(self, topic: Topic) -> list[Json]:
        """All records of that topic, or the facts in them, read committed; `_at` is when the broker took them, ms. What
        has been written by now is waited for until its transaction has ended."""
        return asyncio.run(self._read(topic, None))

    async def _read(self, topic: Topic, until: Callable[[list[Json]], bool] | None) -> list[Json]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=50
        )
        await consumer.start()
        name = self.settings.topic(topic)
        partitions = [TopicPartition(name, number) for number in range(self.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        read: list[Json] = []
        deadline = time.monotonic() + WITHIN_S
        try:
            while True:
                ends = await (
                    written_ends(self.bootstrap, partitions) if until is None else consumer.end_offsets(partitions)
                )
                while True:
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        read += [
                            {**orjson.loads(line), "_at": record.timestamp, "_key": record.key}
                            for record in records
                            for line in record.value.splitlines()
                        ]
                    if all([await consumer.position(partition) >= ends[partition] for partition in partitions]):
                        break
                    assert time.monotonic() < deadline, f"a transaction on {name} does not end"
                if until is None or until(read) or time.monotonic() >= deadline:
                    return read
        finally:
            await consumer.stop()


def key_of(topic: Topic, said: Json) -> str:
    """How producers key a record: clicks by visitor, orders and engagements by customer, else visitor, products by
    product."""
    if topic is Topic.CATALOG:
        return str(said["product_id"])
    customer = said.get("customer_id") if topic in (Topic.ORDERS, Topic.ENGAGEMENTS) else None
    return str(customer or said["visitor_id"])


def gate_ms(worker: Worker, partitions: int) -> float:
    """The W up to which the worker, which runs all partitions of the sessions and of the customers, has fired all that
    is due, ms; 0 as long as it does not say so of each."""
    gates = [
        value
        for name, value in worker.metrics().items()
        if name[0] == "afterclick_gate_timestamp_seconds" and name[2] in ("sessions", "customers")
    ]
    return min(gates) * 1000 if len(gates) == 2 * partitions else 0


def fired(triggers: Iterable[Json]) -> list[Json]:
    """Those of the records that are triggers fired, not taken back."""
    return [trigger for trigger in triggers if trigger["type"] == "fired"]


def occasion(trigger: Json) -> tuple[str, str, int, int]:
    """(kind, person, anchor, due): what a batch computation is compared by."""
    customer, visitor = trigger["customer_id"], trigger["visitor_id"]
    person = f"c:{customer}" if customer is not None else f"v:{visitor}"
    return trigger["kind"], person, trigger["anchor_ms"], trigger["due_ms"]
