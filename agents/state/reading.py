"""Reads state from outside, as it is committed: the changelogs, without a group and without disturbing anybody."""

import heapq
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka import closed
from agents.rulebook_file import load_rulebook
from agents.settings.settings import Settings
from agents.state.restoring import POLL_WAIT_MS, changelog_consumer
from agents.topics.cluster import read_layout
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.inspection import Inspected, Timer, inspect, place_of, timers_of, waits_for
from streams.marks import decode_mark
from streams.members import Member, Members, members_of
from streams.partitions import partition_of
from streams.stage import POSITION_KEY, STAGES_OWN
from streams.triggers.in_force import RULEBOOK_KEY, decode

Progress = Callable[[int, int], None]
"""Is told how many offsets have been read, of how many."""


@dataclass(slots=True, frozen=True)
class Stored:
    """A record where it stands: topic, partition, offset; `written_at` in ms. `watermark` is how far time has come for
    it, ms, held back by `held_by`; None before the first batch."""

    topic: str
    partition: int
    offset: int
    written_at: int
    watermark: int | None
    held_by: str | None
    inspected: Inspected


async def find(settings: Settings, key: str, rulebook: Rulebook | None, progress: Progress) -> Stored | None:
    """The record of that key, None if there is none; by what its partition goes by if no
    rulebook is named. Raises NoSuchKind, Misconfigured, UnreadableState, KafkaError."""
    topic, raw_key = place_of(key)
    layout = await read_layout(settings)
    count = layout.partitions(topic)
    likely = partition_of(raw_key, count)
    # Customers we place ourselves. A visitor lies where the shop's producer has put it, most likely by the same rule.
    others = [] if topic is Topic.CUSTOMERS_CHANGELOG else [number for number in range(count) if number != likely]
    async with _consumer(settings) as consumer:
        for number in (likely, *others):
            partition = TopicPartition(settings.topic(topic), number)
            mark, record, rules = None, None, None
            async for polled in _records(consumer, partition, progress):
                for one in polled:
                    if one.key == raw_key:
                        record = one
                    elif one.key == POSITION_KEY:
                        mark = one
                    elif one.key == RULEBOOK_KEY:
                        rules = one
            if record is not None and record.value is not None:
                watermark, held_by = waits_for(key, decode_mark(mark.value)) if mark is not None else (None, None)
                book = rulebook or (load_rulebook(None) if rules is None else decode(rules.value).rulebook)
                inspected = inspect(key, record.value, book)
                return Stored(partition.topic, number, record.offset, record.timestamp, watermark, held_by, inspected)
    return None


async def waiting(
    settings: Settings, limit: int, due_before: int | None, progress: Progress
) -> tuple[list[Timer], int]:
    """The timers of all visitors and customers that are due before that time, ms, the first due first, at most `limit`
    of them; and how many there are. Raises Misconfigured, UnreadableState, KafkaError."""
    layout = await read_layout(settings)
    first: list[Timer] = []
    total = 0
    async with _consumer(settings) as consumer:
        for topic in (Topic.SESSIONS_CHANGELOG, Topic.CUSTOMERS_CHANGELOG):
            for number in range(layout.partitions(topic)):
                partition = TopicPartition(settings.topic(topic), number)
                values: dict[bytes, bytes | None] = {}
                async for polled in _records(consumer, partition, progress):
                    values.update((record.key, record.value) for record in polled)
                found = [
                    timer
                    for key, value in values.items()
                    if value is not None and not key.startswith(STAGES_OWN)
                    for timer in timers_of(topic, key, value)
                    if due_before is None or timer.due < due_before
                ]
                total += len(found)
                first = heapq.nsmallest(limit, first + found, key=lambda timer: (timer.due, timer.key, timer.rule))
    return first, total


async def members(settings: Settings, wanted: Collection[str], progress: Progress) -> Members:
    """The customers who are in these segments, or in those that are excluded if none are named. Raises NoSuchSegment,
    Misconfigured, UnreadableState, KafkaError."""
    layout = await read_layout(settings)
    found: list[Member] = []
    unlooked = 0
    async with _consumer(settings) as consumer:
        for number in range(layout.partitions(Topic.CUSTOMERS_CHANGELOG)):
            partition = TopicPartition(settings.topic(Topic.CUSTOMERS_CHANGELOG), number)
            values: dict[bytes, bytes | None] = {}
            async for polled in _records(consumer, partition, progress):
                values.update((record.key, record.value) for record in polled)
            own = members_of(values, wanted)
            found += own.found
            unlooked += own.unlooked
    return Members(sorted(found), unlooked)


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = changelog_consumer(settings.kafka)
    try:
        await consumer.start()
        yield consumer
    finally:
        await closed(consumer.stop())


async def _records(
    consumer: AIOKafkaConsumer, partition: TopicPartition, progress: Progress
) -> AsyncIterator[list[Any]]:
    """All records of the partition up to its end as it is now, poll by poll."""
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    start = await consumer.position(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while (position := await consumer.position(partition)) < end:
        progress(position - start, end - start)
        polled = await consumer.getmany(partition, timeout_ms=POLL_WAIT_MS)
        if polled:
            yield polled[partition]
