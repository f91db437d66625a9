"""The topics as the cluster shows them: how many partitions there are of each."""

import asyncio

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from agents.exits import Exit, Misconfigured, end_process
from agents.kafka import connection
from agents.settings import Settings
from schemas.topics import Topic
from streams.layout import Layout

LOOK_EVERY_S = 30.0

log = structlog.get_logger("afterclick.cluster")

# Stages own their changelog's partitions by number.
_SAME_COUNT = (
    (Topic.CLICKSTREAM, Topic.SESSIONS_CHANGELOG),
    (Topic.PROFILE_INBOX, Topic.CUSTOMERS_CHANGELOG),
    (Topic.TRIGGERS, Topic.DELIVERIES),
)


async def read_layout(settings: Settings) -> Layout:
    """The partition counts of all topics. Raises Misconfigured if one is missing, or counts do not go together."""
    names = {settings.topic(topic): topic for topic in Topic}
    admin = AIOKafkaAdminClient(**connection(settings.kafka), request_timeout_ms=settings.kafka.request_timeout_ms)
    try:
        await admin.start()
        described = await admin.describe_topics(list(names))
    finally:
        await admin.close()
    counts: dict[Topic, int] = {}
    for found in described:
        if found["error_code"] == 0:
            counts[names[found["topic"]]] = len(found["partitions"])
        elif for_code(found["error_code"]).__name__ != "UnknownTopicOrPartitionError":
            raise for_code(found["error_code"])(found["topic"])
    _check(settings, counts)
    return Layout(counts)


async def watch_layout(settings: Settings, layout: Layout) -> None:
    """End the process when partition counts are no longer what they were at its start. Never returns."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            found = await read_layout(settings)
        except KafkaError as error:
            log.warning("the topics could not be looked up", error=error)
            continue
        if found != layout:
            end_process(
                Exit.MISCONFIGURED,
                "the number of partitions of a topic has changed, and keys have moved: state and watermarks no longer "
                "fit; changing counts is not supported yet",
                expected={topic.value: count for topic, count in layout.counts.items()},
                found={topic.value: count for topic, count in found.counts.items()},
            )


def _check(settings: Settings, counts: dict[Topic, int]) -> None:
    missing = [settings.topic(topic) for topic in Topic if topic not in counts]
    if missing:
        raise Misconfigured(f"topics are missing: {', '.join(missing)}; run `afterclick topics apply`")
    for topic, follower in _SAME_COUNT:
        if counts[topic] != counts[follower]:
            raise Misconfigured(
                f"{settings.topic(follower)} has {counts[follower]} partitions, "
                f"and needs as many as {settings.topic(topic)}: {counts[topic]}"
            )
