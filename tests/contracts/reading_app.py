"""An app of the seam alone, without stages: what it delivers is kept."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiokafka import TopicPartition

from agents.seam import Delivery, Inlet, Reading, copartitioned_assignor, make_app
from agents.worker.broker_clock import BrokerClock
from schemas.topics import Topic
from streams.stage import Batch
from tests.agents.worker.site import Site
from tests.streams.records import with_records
from tests.waiting import until

TICK_S = 0.05


class ReadingApp:
    """Reads the clickstream of a site, both partitions from `starts`; `take` says whose deliveries make room again."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.deliveries: dict[int, list[Delivery]] = {0: [], 1: []}
        self.inlets: dict[int, Inlet] = {}
        self.take = {0, 1}
        self.starts = {0: 0, 1: 0}
        self.crashes: list[BaseException] = []
        self.clock = BrokerClock()
        self.clock.trust_wall_clock()
        records_max = options.pop("records_max", 1000)
        consumer_options = {
            "bootstrap_servers": site.settings.kafka.bootstrap,
            "group_id": site.name,
            "partition_assignment_strategy": [copartitioned_assignor([[site.settings.topic(Topic.CLICKSTREAM)]])],
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "session_timeout_ms": 6000,
            "fetch_max_wait_ms": 200,
            **options,
        }
        reading = Reading(consumer_options, TICK_S, records_max, self.clock)
        topic = site.settings.topic(Topic.CLICKSTREAM)
        self.app = make_app(site.name, [topic], reading, self._receive, self.crashes.append, site.settings.data_dir)
        self.app.on_rebalance_complete.connect(self._open, weak=False)

    async def _open(self, *_: Any, **__: Any) -> None:
        for tp in self.app.consumer.assignment():
            inlet = self.app.consumer.open_inlet(TopicPartition(*tp), Topic.CLICKSTREAM, self.starts[tp.partition])
            self.inlets[tp.partition] = inlet

    def _receive(self, _topic: str, partition: int, delivery: Delivery) -> None:
        # The records can be read once: here they are looked at again and again.
        again = with_records(delivery.batch, list(delivery.batch.records))
        self.deliveries[partition].append(replace(delivery, batch=again))
        if partition in self.take:
            delivery.inlet.taken(1)

    def values(self, partition: int) -> list[bytes | None]:
        """The values delivered so far."""
        return [record.value for delivery in self.deliveries[partition] for record in delivery.batch.records]

    def ticks_after(self, partition: int, moment_s: float) -> list[Batch]:
        """Batches whose fetch was sent after that moment (by time.time)."""
        batches = [delivery.batch for delivery in self.deliveries[partition]]
        return [batch for batch in batches if batch.asked_ms is not None and batch.asked_ms > moment_s * 1000]


@asynccontextmanager
async def reading(site: Site, **options: Any) -> AsyncIterator[ReadingApp]:
    """A started app; no crash may have been told of at the end."""
    app = ReadingApp(site, **options)
    await app.app.start()
    try:
        yield app
    finally:
        await app.app.stop()
    assert not app.crashes


async def wait_a_fetch(app: ReadingApp) -> float:
    """Return once partition 1, which is at its end, was fetched anew several times, and partition 0 with it; the moment
    before that (time.time)."""
    now_s = time.time()
    await until(lambda: len({tick.asked_ms for tick in app.ticks_after(1, now_s)}) >= 3)
    return now_s
