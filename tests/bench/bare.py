"""The yardstick, as a process of its own: aiokafka's `getmany` and the same pydantic validation, nothing else."""

import asyncio
import sys
import time

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.settings.settings import KafkaSettings
from schemas.reading.wire import validate_click


async def main(bootstrap: str, topic: str, partitions: int) -> None:
    """Read the topic from its beginning to its end and print the CPU seconds it took."""
    kafka = KafkaSettings()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        max_partition_fetch_bytes=kafka.fetch_partition_bytes_max,
    )
    await consumer.start()
    assigned = [TopicPartition(topic, number) for number in range(partitions)]
    consumer.assign(assigned)
    await consumer.seek_to_beginning(*assigned)
    left = sum((await consumer.end_offsets(assigned)).values())
    read, started = left, time.process_time()
    while left:
        for records in (await consumer.getmany(timeout_ms=500, max_records=kafka.poll_records_max)).values():
            for record in records:
                assert record.value is not None
                validate_click(record.value)
            left -= len(records)
    print(orjson.dumps({"events": read, "cpu_s": time.process_time() - started}).decode())
    await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
