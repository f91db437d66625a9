"""Reads a ledger partition from its topic.

Only after the start of its producer: before it, a predecessor could still write.
"""

import asyncio

from aiokafka import TopicPartition

from agents.crash_points import Point, reach
from agents.dispatch.clients import ledger_consumer
from agents.dispatch.ledger import Ledger
from agents.exits import Misconfigured
from agents.kafka import closed
from agents.settings.settings import Settings
from schemas.topics import Topic
from streams.state_format import UnreadableState

POLL_MS = 100
PROGRESS_S = 60.0


async def restore(settings: Settings, ledger: Ledger) -> int:
    """Fill and open the ledger; how many records were read.

    Raises TimeoutError when a minute brings no progress: better to end than to hang; Misconfigured for a line that
    this program must not fold on from.
    """
    source = TopicPartition(settings.topic(Topic.DELIVERIES), ledger.partition)
    consumer = ledger_consumer(settings)
    restored = 0
    try:
        async with asyncio.timeout(PROGRESS_S):
            await consumer.start()
            consumer.assign([source])
            end = (await consumer.end_offsets([source]))[source]
            await consumer.seek_to_beginning(source)
            position = await consumer.position(source)
        # The end is a position, not a record: transaction markers take offsets too.
        while position < end:
            async with asyncio.timeout(PROGRESS_S):
                before = position
                while position == before:
                    batch = await consumer.getmany(source, timeout_ms=POLL_MS)
                    for record in batch.get(source, ()):
                        ledger.restore(record.key, record.value, record.headers)
                        restored += 1
                    reach(Point.LEDGER_RESTORING)
                    position = await consumer.position(source)
    except UnreadableState as unreadable:
        raise Misconfigured(f"{source.topic}-{source.partition}: {unreadable}") from unreadable
    finally:
        await closed(consumer.stop())
    ledger.open()
    return restored
