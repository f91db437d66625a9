"""The whole corpus on a real Kafka, amid good clicks of other visitors: all of it counted, and nobody waits."""

import asyncio
import itertools
import struct
import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic
from streams.partitions import partition_of
from tests.bad_input.case import NOW
from tests.bad_input.cases import CASES
from tests.e2e.conftest import Opened, open_shop
from tests.e2e.shop import Shop, Worker
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow]

__all__ = ["open_shop"]

RULES = """name: bad input
rules:
  - {id: cart, kind: cart_abandonment, wait: 60m}
"""
SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CATALOG)
NEIGHBOURS = [f"neighbour-{number}" for number in range(16)]
LARGE = b'{"event_id":"' + b"x" * 5_000_000
GOOD_S, EVERY_S = 8.0, 0.02
CORPUS = [case for case in CASES if case.row not in (30, 31, 32, 33)]
"""Those rows tell the corpus's own clock from the record's; the broker has another."""


def test_the_corpus_is_counted_and_its_neighbours_do_not_wait(open_shop: Opened) -> None:
    """On `/metrics` every record has one outcome, and every reason is the table's; the worker lives, and every good
    click beside them becomes a fact. How long that took is printed: it says how busy the machine is, too."""
    shop = open_shop(RULES)
    declared = declared_topics(None, shop.partitions, 1)
    for topic in SOURCES:
        declared.topics[topic].configs["max.message.bytes"] = "6000000"
    asyncio.run(apply(shop.settings, declared))
    worker = shop.start()
    wait_until(lambda: worker.metrics().get(("afterclick_ready", "customers")) == 1, "the worker is ready")
    sent = asyncio.run(produce(shop))
    wait_until(lambda: consumed(worker) == sent, f"of {sent} all are counted")
    assert worker.process.poll() is None
    metrics = worker.metrics()
    wanted: dict[tuple[str, ...], float] = {}
    for case in CORPUS:
        if case.reason is not None:
            name = ("afterclick_quarantined_total", case.reason, case.topic.value)
            wanted[name] = wanted.get(name, 0) + 1
    wanted["afterclick_quarantined_total", "too_large", "clickstream"] += 1
    assert {name: value for name, value in metrics.items() if name[0] == "afterclick_quarantined_total"} == wanted
    assert len(shop.records(Topic.DEAD_LETTERS)) == sum(wanted.values())
    ignored = sum(case.outcome == "ignored" for case in CORPUS)
    assert sum(metrics["afterclick_records_total", "ignored", topic.value] for topic in SOURCES) == ignored
    good = sent["clickstream"] - sum(case.topic is Topic.CLICKSTREAM for case in CORPUS) - 1
    wait_until(lambda: len(pauses(shop)) == good, f"each of {good} good clicks is told")
    waits = pauses(shop)
    print(
        f"{len(CORPUS) + 2} odd records, {len(waits)} good ones; ms to a fact: median {waits[len(waits) // 2]},"
        f" longest {waits[-1]}"
    )
    assert worker.stop() == 0


def consumed(worker: Worker) -> dict[str, float]:
    """Of each topic how many records have an outcome."""
    metrics = worker.metrics()
    return {
        topic.value: sum(
            value for name, value in metrics.items() if name[0] == "afterclick_records_total" and name[2] == topic.value
        )
        for topic in SOURCES
    }


def pauses(shop: Shop) -> list[int]:
    """How long each good click took until W had passed it and its customer was told, by one clock, ms, sorted."""
    return sorted(
        fact["_at"] - fact["at"]
        for fact in shop.records(Topic.CUSTOMER_INBOX)
        if fact.get("fact") == "cart_changed" and fact["visitor"] in NEIGHBOURS
    )


async def produce(shop: Shop) -> dict[str, float]:
    """Good clicks of the neighbours all along, and after a moment the corpus; how many records there are by topic."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, linger_ms=0, max_request_size=6_000_000)
    await producer.start()
    try:
        corpus = asyncio.create_task(spoil(shop, producer))
        number = 0
        until = time.monotonic() + GOOD_S
        for number in itertools.count(1):
            await producer.send(shop.settings.topic(Topic.CLICKSTREAM), *good_click(number))
            await asyncio.sleep(EVERY_S)
            if time.monotonic() > until:
                break
        sent = await corpus
        await producer.flush()
    finally:
        await producer.stop()
    return {**sent, "clickstream": sent["clickstream"] + number}


def good_click(number: int) -> tuple[bytes, bytes]:
    """Value and key."""
    visitor = NEIGHBOURS[number % len(NEIGHBOURS)]
    said = (
        f'{{"event_id":"g{number}","type":"cart_item_added","occurred_at":{time.time_ns() // 1_000_000},'
        f'"visitor_id":"{visitor}","customer_id":"{visitor}-owner","product_id":"mug"}}'
    )
    return said.encode(), visitor.encode()


async def spoil(shop: Shop, producer: AIOKafkaProducer) -> dict[str, float]:
    """The corpus, a record of 5 MB, and one whose headers are not even text."""
    await asyncio.sleep(GOOD_S / 4)
    sent: dict[str, float] = dict.fromkeys((topic.value for topic in SOURCES), 0)
    headers = [("trigger_id", b"forged"), ("trigger_id", b"\xff"), ("x", b"x" * 100_000)]
    now = str(time.time_ns() // 1_000_000).encode()
    for case in CORPUS:
        value = case.value and case.value.replace(str(NOW).encode(), now)
        await producer.send_and_wait(shop.settings.topic(case.topic), value, case.key, headers=headers)
        sent[case.topic.value] += 1
    clicks = shop.settings.topic(Topic.CLICKSTREAM)
    await producer.send_and_wait(clicks, LARGE, b"phone")
    await send_with_unreadable_header(producer, clicks, shop.partitions, *good_click(0))
    return sent | {"clickstream": sent["clickstream"] + 2}


async def send_with_unreadable_header(
    producer: AIOKafkaProducer, topic: str, partitions: int, value: bytes, key: bytes
) -> None:
    """A record with a header whose name is no UTF-8: the broker takes it, and aiokafka's reader raises."""
    batch = producer.create_batch()
    batch.append(key=key, value=value, timestamp=None, headers=[("zz", b"1")])
    batch.close()
    build = batch._build

    def spoilt() -> bytearray:
        data = bytearray(build()).replace(b"zz", b"\xff\xfe")
        struct.pack_into(">I", data, 17, calc_crc32c(data[21:]))
        return data

    batch._build = spoilt
    await (await producer.send_batch(batch, topic, partition=partition_of(key, partitions)))
