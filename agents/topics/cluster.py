"""The topics as the cluster shows them: how many partitions there are of each, and whether state still fits that."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from agents.exits import Exit, Misconfigured, end_process
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from agents.state.counts_mark import BEFORE_RELEASE, bound_counts, must_be_deleted, recorded_counts
from schemas.topics import Topic
from streams.layout import Layout

LOOK_EVERY_S = 30.0
WHAT_TO_DO = "what to do is in deploy/RUNBOOK.md, under 'Changing partition counts'"

log = structlog.get_logger("afterclick.cluster")

# Stages own partitions by number: those of all topics that they read together, and of their changelog.
_SAME_COUNT = (
    (Topic.CLICKSTREAM, Topic.VISITOR_INBOX),
    (Topic.CLICKSTREAM, Topic.SESSIONS_CHANGELOG),
    (Topic.CUSTOMER_INBOX, Topic.CUSTOMERS_CHANGELOG),
    (Topic.CATALOG, Topic.PRODUCT_INBOX),
    (Topic.CATALOG, Topic.PRODUCTS_CHANGELOG),
    (Topic.TRIGGERS, Topic.DELIVERIES),
)


async def read_layout(settings: Settings) -> Layout:
    """The partition counts of all topics. Raises Misconfigured if one is missing, if counts do not go together, or if
    the topics are from before the release.
    """
    names = {settings.topic(topic): topic for topic in Topic}
    admin = AIOKafkaAdminClient(**connection(settings.kafka), request_timeout_ms=settings.kafka.request_timeout_ms)
    try:
        await admin.start()
        counts = _counts(names, await admin.describe_topics(list(names)))
        if Topic.CUSTOMER_INBOX not in counts and settings.topic_prefix + BEFORE_RELEASE in await admin.list_topics():
            raise Misconfigured(must_be_deleted(settings))
    finally:
        await closed(admin.close())
    _check(settings, counts)
    return Layout(counts)


def _counts(names: Mapping[str, Topic], described: Iterable[Any]) -> dict[Topic, int]:
    counts: dict[Topic, int] = {}
    for found in described:
        if found["error_code"] == 0:
            counts[names[found["topic"]]] = len(found["partitions"])
        elif for_code(found["error_code"]).__name__ != "UnknownTopicOrPartitionError":
            raise for_code(found["error_code"])(found["topic"])
    return counts


async def check_state_fits(settings: Settings, layout: Layout) -> None:
    """Raises Misconfigured if the state was folded under other partition counts than those of `layout`: then keys have
    moved to partitions that know nothing of them.
    """
    recorded = await recorded_counts(settings, layout)
    if changed := _changed(settings, recorded, layout.counts):
        raise Misconfigured(f"{changed}: keys have moved away from their state; {WHAT_TO_DO}")


async def watch_layout(settings: Settings, layout: Layout, look_every_s: float = LOOK_EVERY_S) -> None:
    """End the process when partition counts are no longer what they were at its start. Never returns."""
    while True:
        await asyncio.sleep(look_every_s)
        try:
            found = await read_layout(settings)
        except KafkaError as error:
            log.warning("the topics could not be looked up", error=error)
            continue
        if changed := _changed(settings, bound_counts(layout), found.counts):
            end_process(Exit.MISCONFIGURED, f"{changed}: keys move away from their state; {WHAT_TO_DO}")


def _changed(settings: Settings, before: Mapping[Topic, int], now: Mapping[Topic, int]) -> str:
    return ", ".join(
        f"{settings.topic(topic)} has {now[topic]} partitions and had {count}"
        for topic, count in before.items()
        if now[topic] != count
    )


def _check(settings: Settings, counts: dict[Topic, int]) -> None:
    missing = [settings.topic(topic) for topic in Topic if topic not in counts]
    if missing:
        raise Misconfigured(f"topics are missing: {', '.join(missing)}; run `afterclick topics apply`")
    for topic, follower in _SAME_COUNT:
        if counts[topic] != counts[follower]:
            raise Misconfigured(
                f"{settings.topic(follower)} has {counts[follower]} partitions, "
                f"and needs as many as {settings.topic(topic)}: {counts[topic]}; if one of them was grown, {WHAT_TO_DO}"
            )
