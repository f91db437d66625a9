"""The partition counts that a state was folded under, as a header of the marks in its changelog.

Kafka cannot tell how many partitions a topic once had, and keys go by that number. So every transaction says it: in a
header of its last changelog record, the position's mark, which is always near the end of the log.
"""

import asyncio
from collections.abc import Mapping

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.exits import Misconfigured
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from schemas.topics import Topic
from streams.layout import Layout

HEADER = "partitions"
BEFORE_RELEASE = "profile-inbox"
"""A topic of Afterclick's before its first release: a state that was folded from it is not lifted."""
UNBOUND = frozenset({Topic.RULEBOOKS, Topic.DECISIONS, Topic.DEAD_LETTERS})
"""Topics without state: their counts may change."""
TAIL_OFFSETS = 200
POLL_MS = 100
READ_S = 60.0
_CHANGELOGS = (
    Topic.SESSIONS_CHANGELOG,
    Topic.INTAKE_CHANGELOG,
    Topic.CUSTOMERS_CHANGELOG,
    Topic.PRODUCTS_CHANGELOG,
)


def bound_counts(layout: Layout) -> Mapping[Topic, int]:
    """The counts that state lives by."""
    return {topic: layout.partitions(topic) for topic in Topic if topic in layout.counts and topic not in UNBOUND}


def mark_headers(layout: Layout) -> list[tuple[str, bytes]]:
    """The headers of a position's mark."""
    return [(HEADER, orjson.dumps({topic.value: count for topic, count in bound_counts(layout).items()}))]


async def recorded_counts(settings: Settings, layout: Layout) -> Mapping[Topic, int]:
    """The counts by the newest marks; empty where nothing was ever committed. Reads the ends of all changelogs.

    Uncommitted marks do as well: what is open or was aborted came from a worker that had checked the counts itself.
    Raises TimeoutError when the ends cannot be read within a minute, Misconfigured for a state from before the release.
    """
    partitions = [
        TopicPartition(settings.topic(topic), number)
        for topic in _CHANGELOGS
        for number in range(layout.partitions(topic))
    ]
    consumer = AIOKafkaConsumer(
        **connection(settings.kafka),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=POLL_MS,
        request_timeout_ms=settings.kafka.request_timeout_ms,
    )
    newest: tuple[int, bytes] = 0, b"{}"
    try:
        async with asyncio.timeout(READ_S):
            await consumer.start()
            consumer.assign(partitions)
            starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
            unread = {partition for partition in partitions if starts[partition] < ends[partition]}
            for partition in partitions:
                consumer.seek(partition, max(starts[partition], ends[partition] - TAIL_OFFSETS))
            consumer.pause(*(set(partitions) - unread))
            while unread:
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    marks = [(record.timestamp, dict(record.headers).get(HEADER)) for record in records]
                    newest = max([newest, *((at, said) for at, said in marks if said is not None)])
                unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
    finally:
        await closed(consumer.stop())
    counts = orjson.loads(newest[1])
    if BEFORE_RELEASE in counts:
        raise Misconfigured(must_be_deleted(settings))
    return {Topic(name): count for name, count in counts.items()}


def must_be_deleted(settings: Settings) -> str:
    """The sentence for topics that are from before the release."""
    gone = settings.topic_prefix + BEFORE_RELEASE
    state = [settings.topic(topic) for topic in _CHANGELOGS]
    return (
        f"the topic {gone} is of an Afterclick from before the release of version 0.1, whose state is not lifted: "
        f"delete the topics {', '.join([gone, *state])}, then run `afterclick topics apply`; what that means is in "
        "deploy/RUNBOOK.md, under 'Topics from before the release'"
    )
