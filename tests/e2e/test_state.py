"""State on a real broker: looked at from outside, and left as it is where a newer program wrote it."""

import asyncio
import time

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.exits import Exit
from schemas.topics import Topic
from streams.partitions import partition_of
from tests.e2e.conftest import Opened
from tests.e2e.receiver import SECRET
from tests.e2e.shop import Json, Shop
from tests.streams.test_state_format import KINDS, Kind, golden, newer
from tests.waiting import WITHIN_S, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

RULES = """
name: state
rules: [{id: cart_abandonment, kind: cart_abandonment, wait: 60m}]
"""
VISITOR, PROFILE, DELIVERY = (
    (kind, golden(kind, kind.format.version)[0]) for kind in KINDS if kind.name in ("visitor", "profile", "delivery")
)


def test_state_that_a_newer_program_wrote_is_refused_and_left_as_it_is(open_shop: Opened) -> None:
    """Sessions, customers and dispatcher end with 78 and a sentence that says which partition, and what to do."""
    url = f'{{"default": {{"url": "http://127.0.0.1:9", "secret": "{SECRET}"}}}}'
    shop = open_shop(RULES, AFTERCLICK_DISPATCH__MODE="on", AFTERCLICK_DISPATCH__DESTINATIONS=url)
    records = {
        "sessions": (Topic.SESSIONS_CHANGELOG, b"phone", of_version_99(*VISITOR)),
        "customers": (Topic.CUSTOMERS_CHANGELOG, b"ada", of_version_99(*PROFILE)),
        "dispatcher": (Topic.DELIVERIES, b"01HF7YAT00MUG", of_version_99(*DELIVERY)),
    }
    asyncio.run(write(shop, list(records.values())))
    click: Json = {"event_id": "e1", "type": "page_viewed", "occurred_at": 1_750_000_000_000, "visitor_id": "phone"}
    shop.produce([click])

    workers = {role: shop.start(role) for role in records}
    for role, worker in workers.items():
        assert worker.process.wait(WITHIN_S) == Exit.MISCONFIGURED, worker.log.read_text()
        (crashed,) = [
            line for line in map(orjson.loads, worker.log.read_text().splitlines()) if line["event"] == "crashed"
        ]
        topic, key, _ = records[role]
        assert "of version 99" in crashed["error"]
        assert "start that version again" in crashed["error"]
        assert f"{shop.settings.topic(topic)}-{partition_of(key, shop.partitions)}: " in crashed["error"]

    for topic, key, value in records.values():
        assert asyncio.run(raw(shop, topic)) == [(key, value)], f"{topic} was written to"


def of_version_99(kind: Kind, record: bytes) -> bytes:
    """The record, which is of today's version, as a program far in the future might have left it."""
    return newer(record, 99 - kind.format.version)


def state(shop: Shop, *words: str) -> Result:
    """The command line on that shop."""
    settings = {
        "AFTERCLICK_APP": shop.name,
        "AFTERCLICK_TOPIC_PREFIX": shop.settings.topic_prefix,
        "AFTERCLICK_KAFKA__BOOTSTRAP": shop.bootstrap,
        "AFTERCLICK_RULEBOOK": str(shop.rules),
    }
    return CliRunner().invoke(app, ["state", *words], env=settings)


def test_state_can_be_looked_at_while_a_worker_lives_off_it(open_shop: Opened) -> None:
    """Every kind of key, in words and as JSON; an unknown key is a sentence and 1, a wrong one 2."""
    shop = open_shop(RULES)
    now = time.time_ns() // 1_000_000
    put: Json = {"type": "cart_item_added", "product_id": "mug", "occurred_at": now}
    people = [f"visitor-{number}" for number in range(40)]
    clicks = [{**put, "event_id": f"put-{name}", "visitor_id": name} for name in people]
    clicks += [{**put, "event_id": "by-ada", "visitor_id": "visitor-0", "customer_id": "ada"}]
    clicks[-1]["occurred_at"] = now + 1
    worker = shop.start()
    shop.produce(clicks)
    wait_until(lambda: state(shop, "inspect", "c:ada").exit_code == 0, "ada is committed", every_s=0.3)

    def both_are_folded() -> bool:
        listed = orjson.loads(state(shop, "timers", "--json", "--limit", "1").stdout)
        return bool(listed["total"] == len(people)) and handed_over()

    def handed_over() -> bool:
        return bool(orjson.loads(state(shop, "inspect", "v:visitor-0", "--json").stdout)["inspected"]["handed_over"])

    wait_until(both_are_folded, "all carts wait", every_s=0.3)
    said = orjson.loads(state(shop, "inspect", "c:ada", "--json").stdout)
    (timer,) = said["inspected"]["timers"]
    assert (timer["rule"], timer["due"], timer["event_id"]) == ("cart_abandonment", now + 3_600_001, "by-ada")
    assert (said["topic"], said["partition"]) == (
        shop.settings.topic(Topic.CUSTOMERS_CHANGELOG),
        partition_of(b"ada", shop.partitions),
    )
    assert said["watermark"] > now - 60_000

    shown = state(shop, "inspect", "v:visitor-0")
    assert "ada" in shown.stdout
    assert "expires 20" in shown.stdout
    assert "visit_over" in state(shop, "inspect", "v:visitor-3").stdout

    listed = orjson.loads(state(shop, "timers", "--json", "--limit", "5", "--due-within", "2h").stdout)
    assert (len(listed["timers"]), listed["total"]) == (5, len(people))
    assert orjson.loads(state(shop, "timers", "--json", "--due-within", "10m").stdout)["total"] == 0
    assert "put-visitor-1" in state(shop, "timers").stdout

    nobody = state(shop, "inspect", "c:nobody")
    assert (nobody.exit_code, "no record of c:nobody" in nobody.stderr) == (1, True)
    assert state(shop, "inspect", "v:nobody").exit_code == 1
    assert state(shop, "inspect", "ada").exit_code == 2
    assert worker.process.poll() is None


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
