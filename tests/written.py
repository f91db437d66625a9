"""Where a topic ends for a test that reads what is committed.

The broker answers the end of a transaction when it has decided on it, and lets its records be read some moments later.
So "has committed" and "can be read" are two times, and a busy machine shows it: who wants all that was committed by now
reads up to the end of what is written, and waits there until the transactions have ended.
"""

from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, TopicPartition


async def written_ends(bootstrap: str, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition, with those of transactions that have not ended."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_uncommitted") as consumer:
        return dict(await consumer.end_offsets(partitions))
