"""Taking partitions over, with Kafka played by a fake: what comes first, and what a rebalance does to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from aiokafka import TopicPartition

from agents import opening
from agents.broker_clock import BrokerClock
from agents.metrics import Metrics
from agents.opening import Opening
from agents.role import Role, Source
from agents.settings import Settings
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Stage
from tests.stages import CountingStage

ROLE = Role("toy", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, CountingStage)
FIRST, SECOND = Source((Topic.CLICKSTREAM,), 0), Source((Topic.CLICKSTREAM,), 1)
BOTH = frozenset({FIRST, SECOND})
RESTORING = "restore"


class FakeKafka:
    """Fences and restores when a test lets it, and remembers the order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.left: list[str] = []
        self.may_fence, self.may_restore = asyncio.Event(), asyncio.Event()
        self.may_fence.set()
        self.may_restore.set()

    async def fence(self, _settings: Settings, transactional_id: str, *_: object) -> Any:
        await self.may_fence.wait()
        self.done.append(transactional_id)

        async def stop() -> None:
            self.left.append(transactional_id)

        return SimpleNamespace(stop=stop)

    async def restore(
        self,
        _settings: object,
        stages: Mapping[TopicPartition, Sequence[Stage]],
        _role: str,
        restored: Callable[[int, int | None], None],
    ) -> int:
        self.done.append(RESTORING)
        restored(1, len(stages))
        await self.may_restore.wait()
        for owned in stages.values():
            for stage in owned:
                stage.open()
        return len(stages)


@pytest_asyncio.fixture
async def kafka(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeKafka]:
    """Stands behind every opening of the test."""
    fake = FakeKafka()
    monkeypatch.setattr(opening, "Commits", SimpleNamespace(fence=fake.fence))
    monkeypatch.setattr(opening, "restore", fake.restore)
    yield fake


def begin(sources: frozenset[Source] = BOTH) -> Opening:
    """An opening of these."""
    layout = Layout({Topic.CLICKSTREAM: 2, Topic.SESSIONS_CHANGELOG: 2})
    settings = Settings(app="shop", topic_prefix="")
    return Opening(ROLE, settings, Metrics(), BrokerClock(), layout, lambda: None, sources)


def is_open(stage: Stage) -> bool:
    """Whether the toy was restored."""
    return cast(CountingStage, stage).is_open


async def a_moment() -> None:
    """All that can run without an answer from Kafka has run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_all_are_fenced_before_anything_is_read(kafka: FakeKafka) -> None:
    """What the previous owner could still write would be missed."""
    opened = await begin().opened()
    assert set(kafka.done[:2]) == {"shop-toy-clickstream-0", "shop-toy-clickstream-1"}
    assert kafka.done[2:] == [RESTORING]
    assert opened.keys() == BOTH
    assert all(is_open(partition.stage) for partition in opened.values())


async def test_a_rebalance_before_the_fence_ends_it(kafka: FakeKafka) -> None:
    """Fencing that goes on would stop whoever has the partition next."""
    kafka.may_fence.clear()
    taking = begin()
    await a_moment()
    assert not await taking.outlasts_rebalance()
    kafka.may_fence.set()
    await a_moment()
    assert kafka.done == []


async def test_a_rebalance_after_the_fence_lets_it_go_on_with_what_stays(kafka: FakeKafka) -> None:
    """The lost partition's producer is given back, its state is not waited for, and the other is read only once."""
    kafka.may_restore.clear()
    taking = begin()
    waiting = asyncio.create_task(taking.opened())
    await a_moment()
    assert kafka.done[-1] == RESTORING
    waiting.cancel()
    assert await taking.outlasts_rebalance()
    assert await taking.keep({SECOND})
    assert kafka.left == ["shop-toy-clickstream-0"]
    kafka.may_restore.set()
    opened = await taking.opened()
    assert opened.keys() == {SECOND}
    assert is_open(opened[SECOND].stage)
    assert kafka.done.count(RESTORING) == 1


async def test_losing_all_ends_it(kafka: FakeKafka) -> None:
    """No producer is left behind, whether it was still reading or done and not asked for."""
    for may_restore in (False, True):
        kafka.left.clear()
        (kafka.may_restore.set if may_restore else kafka.may_restore.clear)()
        taking = begin()
        await a_moment()
        assert not await taking.keep(set())
        assert set(kafka.left) == {"shop-toy-clickstream-0", "shop-toy-clickstream-1"}
