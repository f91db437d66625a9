"""Restoring a stage's state from its changelog."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.crash_points import Point, reach
from agents.exits import Misconfigured
from agents.kafka import closed, connection
from agents.settings.settings import KafkaSettings
from streams.stage import Stage
from streams.state_format import UnreadableState

POLL_RECORDS_MAX = 5000
POLL_WAIT_MS = 200
FETCH_WAIT_MS = 20
PARTITION_BYTES_MAX = 8 << 20
PROGRESS_EVERY_S = 5.0

Headers = Sequence[tuple[str, bytes]]

log = structlog.get_logger("afterclick.restoring")


def changelog_consumer(settings: KafkaSettings) -> AIOKafkaConsumer:
    """Reads changelogs as committed, from beginning to end. Not started; partitions are for the caller to assign."""
    return AIOKafkaConsumer(
        **connection(settings),
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=PARTITION_BYTES_MAX,
        request_timeout_ms=settings.request_timeout_ms,
    )


async def restore(
    settings: KafkaSettings,
    stages: Mapping[TopicPartition, Sequence[Stage]],
    role: str,
    restored: Callable[[int, int | None], None],
    marked: Callable[[Headers], None] = lambda _headers: None,
) -> int:
    """Feed each changelog partition, from its beginning, to the stages that live off it, and open them.

    The stages' producers must have been started before: then all they ever committed lies below the high watermark
    that the first fetch hears of. A log is at its end by position, since transaction markers take offsets too.
    `restored` is told of each poll how many records it brought, and how many offsets are left, as far as that is known;
    and of each step of an opening, when none is left. Returned is the number of all records. `marked` gets the headers
    of records that have any: those of marks, in order. A partition that is taken out of `stages` meanwhile is let go.
    Raises Misconfigured for a record that this program must not fold on from: nothing has been committed by then.
    """
    if not stages:
        return 0
    started = told = time.monotonic()
    consumer = changelog_consumer(settings)
    total = 0
    try:
        await consumer.start()
        # A leader elected a moment ago may not know how far its log is committed, and its fetches do not say so. This
        # is answered once it does (KIP-207).
        await consumer.end_offsets(list(stages))
        consumer.assign(list(stages))
        await consumer.seek_to_beginning(*stages)
        ends: dict[TopicPartition, int] = {}
        left: int | None = None
        while left != 0:
            records = await _feed(consumer, stages, marked)
            total += records
            left = await _left(consumer, stages, ends)
            restored(records, left)
            if records:
                reach(Point.RESTORING)
            if time.monotonic() - told > PROGRESS_EVERY_S:
                told = time.monotonic()
                log.info("restoring", role=role, records=total, left=left, partitions=len(stages))
    finally:
        await asyncio.shield(closed(consumer.stop()))
    await _open(stages, restored)
    seconds = round(time.monotonic() - started, 2)
    log.info("restored", role=role, records=total, partitions=len(stages), seconds=seconds)
    return total


async def _open(stages: Mapping[TopicPartition, Sequence[Stage]], restored: Callable[[int, int | None], None]) -> None:
    for changelog, owned in list(stages.items()):
        for stage in list(owned):
            # It walks over all keys: heartbeats and the web server get their turn between its steps.
            for _ in stage.open_in_steps():
                restored(0, 0)
                await asyncio.sleep(0)
                if stage not in stages.get(changelog, ()):
                    break
            await asyncio.sleep(0)


async def _feed(
    consumer: AIOKafkaConsumer,
    stages: Mapping[TopicPartition, Sequence[Stage]],
    marked: Callable[[Headers], None],
) -> int:
    total = 0
    if given_up := consumer.assignment() - stages.keys() - consumer.paused():
        consumer.pause(*given_up)
    polled = await consumer.getmany(timeout_ms=POLL_WAIT_MS, max_records=POLL_RECORDS_MAX)
    for partition, records in polled.items():
        total += len(records)
        for record in records:
            if record.headers:
                marked(record.headers)
        for stage in stages.get(partition, ()):
            take = stage.restore
            try:
                for record in records:
                    take(record.key, record.value)
            except UnreadableState as unreadable:
                raise Misconfigured(f"{partition.topic}-{partition.partition}: {unreadable}") from unreadable
    return total


async def _left(
    consumer: AIOKafkaConsumer, stages: Mapping[TopicPartition, Sequence[Stage]], ends: dict[TopicPartition, int]
) -> int | None:
    """How many offsets are still to be read; None until every partition's end is known."""
    for partition in stages.keys() - ends.keys():
        if (end := consumer.highwater(partition)) is not None:
            ends[partition] = end
    if stages.keys() - ends.keys():
        return None
    positions = {partition: int(await consumer.position(partition)) for partition in list(stages)}
    return sum(max(0, ends[partition] - position) for partition, position in positions.items())
