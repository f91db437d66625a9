"""A partition at a bench: its inlets are filled by hand, and its commits only remember."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from agents.seam import Delivery, Inlet
from agents.web.metrics import Metrics
from agents.worker.commit import Commits
from agents.worker.partition import Partition
from agents.worker.role import Source
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Batch, Effects
from tests.stages import CountingStage

RECORDS_MAX = 20
CLICKS, TOLD = Topic.CLICKSTREAM, Topic.VISITOR_INBOX
SOURCE = Source((CLICKS, TOLD), 0)


class RememberedCommits:
    """Commits that take as long as a test wants."""

    def __init__(self) -> None:
        self.effects: list[Effects] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.is_stopped = False

    async def commit(self, effects: Effects) -> bool:
        await self.may_go_on.wait()
        self.effects.append(effects)
        return bool(effects.changelog)

    async def stop(self) -> None:
        self.is_stopped = True


class Bench:
    """A partition with its two inlets."""

    def __init__(self) -> None:
        self.commits = RememberedCommits()
        self.metrics = Metrics()
        self.stage = CountingStage(SOURCE.group, 0, Layout({}))
        self.stage.open()
        self.partition = Partition(SOURCE, "toy", self.stage, cast(Commits, self.commits), self.metrics, RECORDS_MAX)
        self.inlets = self.new_inlets()

    def new_inlets(self) -> dict[Topic, Inlet]:
        return {topic: Inlet(topic, start, lambda: None) for topic, start in self.stage.positions.items()}

    def go_on(self) -> None:
        self.inlets = self.new_inlets()
        self.partition.go_on(self.inlets)

    @property
    def inlet(self) -> Inlet:
        return self.inlets[CLICKS]

    def deliver(
        self,
        count: int,
        asked_ms: int | None = None,
        inlet: Inlet | None = None,
        topic: Topic = CLICKS,
        key: bytes | None = None,
    ) -> None:
        inlet = inlet or self.inlets[topic]
        start = inlet.next
        records = [
            SimpleNamespace(key=topic.encode() if key is None else key, value=b"v", offset=start + n)
            for n in range(count)
        ]
        inlet.next += count
        inlet.under_way += 1
        batch = Batch(topic, cast(Any, records), inlet.next, asked_ms, 0)
        self.partition.take(Delivery(batch, start, inlet))

    def folded(self) -> list[list[str]]:
        """Of each commit, the topics of its records in the order in which they were folded."""
        return [[out.key.decode() for out in effects.outputs] for effects in self.commits.effects]


B = TypeVar("B", bound=Bench)


@asynccontextmanager
async def at_work(bench: B) -> AsyncIterator[B]:
    """Its partition goes on, and is left in the end."""
    bench.partition.go_on(bench.inlets)
    yield bench
    bench.commits.may_go_on.set()
    await bench.partition.leave()


@asynccontextmanager
async def a_commit_under_way(bench: Bench) -> AsyncIterator[None]:
    bench.commits.may_go_on.clear()
    bench.deliver(1)
    await settled()
    yield
    bench.commits.may_go_on.set()
    await settled()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
