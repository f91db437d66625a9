"""State on a real broker: what a newer program wrote is left as it is."""

import asyncio

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.exits import Exit
from agents.kafka import partition_of
from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.receiver import SECRET
from tests.e2e.shop import Json, Shop
from tests.streams.test_state_format import KINDS, golden, newer

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

RULES = """
name: state
rules: [{id: cart_abandonment, kind: cart_abandonment, wait: 60m}]
"""
VISITOR, PROFILE, _, DELIVERY = [(kind, golden(kind, kind.format.version)[0]) for kind in KINDS]


def test_state_that_a_newer_program_wrote_is_refused_and_left_as_it_is(open_shop: Opened) -> None:
    """Sessions, customers and dispatcher end with 78 and a sentence that says which partition, and what to do."""
    url = f'{{"default": {{"url": "http://127.0.0.1:9", "secret": "{SECRET}"}}}}'
    shop = open_shop(RULES, AFTERCLICK_DISPATCH__MODE="on", AFTERCLICK_DISPATCH__DESTINATIONS=url)
    records = {
        "sessions": (Topic.SESSIONS_CHANGELOG, b"phone", newer(VISITOR[1], 98)),
        "customers": (Topic.CUSTOMERS_CHANGELOG, b"v:phone", newer(PROFILE[1], 98)),
        "dispatcher": (Topic.DELIVERIES, b"01HF7YAT00MUG", newer(DELIVERY[1], 97)),
    }
    asyncio.run(write(shop, list(records.values())))
    click: Json = {"event_id": "e1", "type": "page_viewed", "occurred_at": 1_750_000_000_000, "visitor_id": "phone"}
    shop.produce([click])

    workers = {role: shop.start(role) for role in records}
    for role, worker in workers.items():
        assert worker.process.wait(60) == Exit.MISCONFIGURED, worker.log.read_text()
        (crashed,) = [
            line for line in map(orjson.loads, worker.log.read_text().splitlines()) if line["event"] == "crashed"
        ]
        topic, key, _ = records[role]
        assert "of version 99" in crashed["error"]
        assert "start that version again" in crashed["error"]
        assert f"{shop.settings.topic(topic)}-{partition_of(key, shop.partitions)}: " in crashed["error"]

    for topic, key, value in records.values():
        assert asyncio.run(raw(shop, topic)) == [(key, value)], f"{topic} was written to"


async def write(shop: Shop, records: list[tuple[Topic, bytes, bytes]]) -> None:
    """Put records where a program of the future would have left them."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap)
    await producer.start()
    for topic, key, value in records:
        await producer.send_and_wait(shop.settings.topic(topic), value, key)
    await producer.stop()


async def raw(shop: Shop, topic: Topic) -> list[tuple[bytes, bytes | None]]:
    """All records that stand on the topic, committed or not, with their keys; the log's end says there are no more."""
    consumer = AIOKafkaConsumer(bootstrap_servers=shop.bootstrap, fetch_max_wait_ms=50)
    await consumer.start()
    partitions = [TopicPartition(shop.settings.topic(topic), number) for number in range(shop.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[tuple[bytes, bytes | None]] = []
    while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
        for records in (await consumer.getmany(timeout_ms=100)).values():
            found += [(record.key, record.value) for record in records]
    await consumer.stop()
    return found
