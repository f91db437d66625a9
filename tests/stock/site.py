"""One topic of one test, a stock app on it as a process, and what both sides leave behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import Topic
from tests.agents.worker.process import REPOSITORY
from tests.agents.worker.site import PARTITIONS, Site
from tests.waiting import until

Handled = tuple[bytes, int, int]
"""Key, partition and offset of a record."""


class Stock:
    """A process of the stock app on a site's clickstream, killed at the end of the `with` block if it still runs."""

    def __init__(self, site: Site, name: str, folder: Path, **environment: str) -> None:
        self._log = folder / f"stock-{name}.log"
        data = folder / f"stock-{name}"
        data.mkdir()
        own = {
            "STOCK_APP": app_of(site),
            "STOCK_BOOTSTRAP": site.settings.kafka.bootstrap,
            "STOCK_TOPIC": site.settings.topic(Topic.CLICKSTREAM),
            "STOCK_PARTITIONS": str(PARTITIONS),
            "STOCK_DATA": str(data),
        }
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.stock.stock_app"],
                cwd=REPOSITORY,
                env={**os.environ, **own, **environment},
                stdout=output,
                stderr=output,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def handled(self) -> list[Handled]:
        """What the agent has handled to its end."""
        # Faust puts what is printed into its log, behind a time.
        found = re.findall(rb"\bdone (\S+) (\d+) (\d+)", self._log.read_bytes())
        return [(key, int(partition), int(offset)) for key, partition, offset in found]

    async def until_handled(self, records: int) -> None:
        """Wait until it has handled that many."""
        await until(lambda: len(self.handled()) >= records, f"stock has handled {records} records")


def app_of(site: Site) -> str:
    """The stock app's id, which is its group too."""
    return f"{site.name}-stock"


async def committed(site: Site, partition: int) -> int:
    """The group's offset of the stock app."""
    async with AIOKafkaConsumer(
        bootstrap_servers=site.settings.kafka.bootstrap, group_id=app_of(site), enable_auto_commit=False
    ) as consumer:
        return await consumer.committed(TopicPartition(site.settings.topic(Topic.CLICKSTREAM), partition)) or 0


async def counted(site: Site) -> Counter[bytes]:
    """The stock table as a restore would find it: the last value of each key in its changelog."""
    partitions = [TopicPartition(f"{app_of(site)}-counts-changelog", number) for number in range(PARTITIONS)]
    counts: Counter[bytes] = Counter()
    async with AIOKafkaConsumer(bootstrap_servers=site.settings.kafka.bootstrap, fetch_max_wait_ms=50) as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    counts[record.key.strip(b'"')] = int(record.value)
    return counts


async def until_still(site: Site, quiet_s: float = 2.0) -> Counter[bytes]:
    """The stock counts, once they no longer change."""
    before = await counted(site)
    while True:
        await asyncio.sleep(quiet_s)
        now = await counted(site)
        if now == before:
            return now
        before = now
