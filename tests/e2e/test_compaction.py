"""The broker compacts the changelogs while a worker lives off them: a restart finds the same state, and no more."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.demo.broker import Kafka
from agents.rulebook_file import load_rulebook
from agents.state.restoring import restore
from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic
from streams.layout import Layout
from streams.profiles import profile_record
from streams.profiles.customer_stage import CustomerStage
from streams.stage import STAGES_OWN, Stage
from streams.visits import visitor_record
from streams.visits.session_stage import SessionStage
from tests.e2e.shop import LATENESS_MS, Json, Shop, fired
from tests.waiting import WITHIN_S, wait_until
from tests.written import written_ends

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow]

RULES = """
name: compaction
retention: 60m
customer_retention: 60m
rules:
  - {id: cart_abandonment, kind: cart_abandonment, wait: 15s}
"""
STATE = (Topic.SESSIONS_CHANGELOG, Topic.CUSTOMERS_CHANGELOG)
AT_ONCE = {
    "segment.ms": "1000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "1000",
    "delete.retention.ms": "500",
}
ROUNDS, PEOPLE = 6, 60
Records = dict[tuple[Topic, bytes], bytes | None]


@pytest.fixture
def shop(kafka_installed: None, tmp_path: Path) -> Iterator[Shop]:
    """A shop on a broker that cleans its logs all the time."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    with Kafka.start(tmp_path / "kafka", extra={"log.cleaner.backoff.ms": "100"}) as kafka:
        opened = Shop("compaction", kafka.bootstrap, tmp_path, rules, partitions=2)
        declared = declared_topics(None, opened.partitions, 1)
        for topic in STATE:
            # The shipped declaration may give several topics the very same configs.
            declared.topics[topic].configs = declared.topics[topic].configs | AT_ONCE
        asyncio.run(apply(opened.settings, declared))
        try:
            yield opened
        finally:
            opened.close()


def test_a_restart_from_compacted_changelogs_finds_the_same_state(shop: Shop) -> None:
    """By bytes; what has expired has left no tombstone either; and the carts that wait fire, each once."""
    began = time.time_ns() // 1_000_000
    told = Told(shop)
    shop.produce(long_ago(began), bought_long_ago(began))
    worker = shop.start("sessions", "intake", "customers")
    for number in range(ROUNDS):
        shop.produce(today(number))
        time.sleep(1.1)
    living = {f"today-{number}" for number in range(PEOPLE)}
    wait_until(lambda: len(told.left()) == 2 * PEOPLE, "what lives is left, in both stages, and no more")
    wait_until(lambda: all(told.compacted(topic) for topic in STATE), "both changelogs are compacted", every_s=0.3)
    wait_until(lambda: nothing_is_left_of(shop, "long-ago"), "the tombstones are gone", every_s=1)
    worker.kill()
    told.the_rest()

    left = told.left()
    assert {key.decode() for _, key in left} == living
    assert restored(shop) == left
    assert told.records > 2 * len(left), "every key was written again and again"
    shop.start("sessions", "intake", "customers")
    triggers = fired(shop.triggers(lambda read: set(named(read, "today")) == living))
    assert set(named(triggers, "today")) == living
    assert len({trigger["trigger_id"] for trigger in triggers}) == len(triggers)
    print(f"{told.records} records written, {len(left)} keys left")


def long_ago(began: int) -> list[Json]:
    """Visitors of two hours ago, whom nobody knows: their carts fire, and they are forgotten at once."""
    return [put(f"long-ago-{one}", f"a{one}", began - 7_200_000) for one in range(PEOPLE)]


def bought_long_ago(began: int) -> list[Json]:
    """Customers of two hours ago, who are forgotten at once, too."""
    bought: Json = {"type": "order_placed", "occurred_at": began - 7_200_000}
    return [
        {**bought, "event_id": f"b{one}", "order_id": f"b{one}", "customer_id": f"long-ago-{one}"}
        for one in range(PEOPLE)
    ]


def today(number: int) -> list[Json]:
    """Customers of today, the same in every round: their carts change again and again."""
    now = time.time_ns() // 1_000_000
    return [{**put(f"today-{one}", f"t{number}-{one}", now), "customer_id": f"today-{one}"} for one in range(PEOPLE)]


def put(visitor: str, event_id: str, at: int) -> Json:
    """An item into the cart."""
    return {
        "event_id": event_id,
        "type": "cart_item_added",
        "occurred_at": at,
        "visitor_id": visitor,
        "product_id": f"mug-{event_id}",
    }


def named(triggers: list[Json], name: str) -> list[str]:
    """The visitors of that name among those of the triggers."""
    return [trigger["visitor_id"] for trigger in triggers if trigger.get("visitor_id", "").startswith(name)]


class Told:
    """All that was ever committed to the changelogs, read while it was written: what compaction must not change."""

    def __init__(self, shop: Shop) -> None:
        self.latest: Records = {}
        self.records = 0
        self._shop = shop
        self._started, self._is_over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        assert self._started.wait(WITHIN_S)

    def left(self) -> Records:
        """The records that live."""
        return {key: value for key, value in list(self.latest.items()) if value is not None}

    def compacted(self, topic: Topic) -> bool:
        """Whether what still stands on the topic is less than half of what was written to it."""
        standing = asyncio.run(standing_on(self._shop, topic))
        return len(standing) < self.records / 2

    def the_rest(self) -> None:
        """All that the worker, which is dead, has committed has been heard; nobody listens any more."""
        self._is_over.set()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive(), "the changelogs are not read to their ends"

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._shop.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=50
        )
        await consumer.start()
        topics = {self._shop.settings.topic(topic): topic for topic in STATE}
        partitions = [TopicPartition(name, part) for name in topics for part in range(self._shop.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        self._started.set()
        ends: dict[TopicPartition, int] | None = None
        while ends is None or any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            if self._is_over.is_set():
                # To the very end of the logs: what a transaction left open hides is there, or gone, once it has ended.
                ends = await written_ends(self._shop.bootstrap, partitions)
            for partition, records in (await consumer.getmany(timeout_ms=100)).items():
                for record in records:
                    self.records += 1
                    if not record.key.startswith(STAGES_OWN):
                        self.latest[topics[partition.topic], record.key] = record.value
        await consumer.stop()


def nothing_is_left_of(shop: Shop, name: str) -> bool:
    """Neither records nor tombstones of visitors of that name. One more click lets the logs roll, so that all but it
    can be compacted."""
    shop.produce(today(int(time.monotonic())))
    return not [key for topic in STATE for key, _ in asyncio.run(standing_on(shop, topic)) if name.encode() in key]


async def standing_on(shop: Shop, topic: Topic) -> list[tuple[bytes, bytes | None]]:
    """All records of a topic that the broker still has, read committed."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=shop.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=20
    )
    await consumer.start()
    partitions = [TopicPartition(shop.settings.topic(topic), number) for number in range(shop.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found = []
    while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
        for records in (await consumer.getmany(timeout_ms=100)).values():
            found += [(record.key, record.value) for record in records]
    await consumer.stop()
    return found


def restored(shop: Shop) -> Records:
    """What a new owner of all partitions has, as it would write it."""
    book = load_rulebook(shop.rules)
    layout = Layout(dict.fromkeys(Topic, shop.partitions))
    sessions = [SessionStage(number, book, layout, LATENESS_MS) for number in range(shop.partitions)]
    customers = [CustomerStage(number, book, layout) for number in range(shop.partitions)]
    owners: dict[Topic, Sequence[Stage]] = {Topic.SESSIONS_CHANGELOG: sessions, Topic.CUSTOMERS_CHANGELOG: customers}
    stages = {
        TopicPartition(shop.settings.topic(topic), number): [stage]
        for topic, owned in owners.items()
        for number, stage in enumerate(owned)
    }
    asyncio.run(restore(shop.settings.kafka, stages, "test", lambda records, left: None))
    found: Records = {}
    for visits in sessions:
        for visitor_key, visitor in visits._visits.visitors.items():
            found[Topic.SESSIONS_CHANGELOG, visitor_key] = visitor_record.encode(visitor)
    for people in customers:
        for key, _ in people._profiles.summaries():
            person = people._profiles.get(key)
            assert person is not None
            found[Topic.CUSTOMERS_CHANGELOG, key.encode()] = profile_record.encode(person)
    return found
