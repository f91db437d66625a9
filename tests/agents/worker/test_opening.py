"""Taking partitions over, with Kafka played by a fake: what comes first, and what a rebalance does to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from aiokafka import TopicPartition

from agents.settings.settings import Settings
from agents.state import restoring
from agents.web.metrics import Metrics
from agents.worker import opening
from agents.worker.broker_clock import BrokerClock
from agents.worker.opening import Opening
from agents.worker.role import Role, Source
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Stage
from tests.stages import STEPS, CountingStage

ROLE = Role("toy", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, CountingStage)
FIRST, SECOND = Source((Topic.CLICKSTREAM,), 0), Source((Topic.CLICKSTREAM,), 1)
BOTH = frozenset({FIRST, SECOND})
RESTORING = "restore"


class FakeKafka:
    """Fences and restores when a test lets it, and remembers the order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.left: list[str] = []
        self.headers: list[list[tuple[str, bytes]]] = []
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
        marked: Callable[[Sequence[tuple[str, bytes]]], None],
    ) -> int:
        self.done.append(RESTORING)
        restored(1, len(stages))
        for headers in self.headers:
            marked(headers)
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


@dataclass
class Log:
    """A changelog of no records, as aiokafka shows it."""

    stages: Mapping[TopicPartition, Sequence[Stage]]

    async def nothing(self, *_: object) -> None: ...

    start = stop = end_offsets = seek_to_beginning = nothing

    def assign(self, _partitions: object) -> None: ...

    def assignment(self) -> set[TopicPartition]:
        return set(self.stages)

    paused = set[TopicPartition]

    def pause(self, *_partitions: object) -> None: ...

    async def getmany(self, **_: object) -> dict[TopicPartition, list[Any]]:
        return {}

    def highwater(self, _partition: TopicPartition) -> int:
        return 0

    async def position(self, _partition: TopicPartition) -> int:
        return 0


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> dict[TopicPartition, list[Stage]]:
    """Two partitions with a changelog each, one with two; all changelogs are empty."""
    first, second = (TopicPartition("changelog", number) for number in range(2))
    made: dict[TopicPartition, list[Stage]] = {
        first: [CountingStage((Topic.ORDERS,), 0, Layout({})), CountingStage((Topic.ENGAGEMENTS,), 0, Layout({}))],
        second: [CountingStage((Topic.ORDERS,), 1, Layout({}))],
    }
    monkeypatch.setattr(restoring, "changelog_consumer", lambda _settings: Log(made))
    return made


async def test_heartbeats_run_between_the_steps_of_an_opening(stages: dict[TopicPartition, list[Stage]]) -> None:
    """After each step everybody else runs once, and each counts as progress for the watchdog."""
    beats, beats_at_steps = 0, list[int]()

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    def restored(_records: int, left: int | None) -> None:
        if left == 0:
            beats_at_steps.append(beats)

    beating = asyncio.create_task(beat())
    await restoring.restore(Settings(app="shop").kafka, stages, "toy", restored)
    beating.cancel()
    assert all(is_open(stage) for owned in stages.values() for stage in owned)
    assert len(beats_at_steps) == len(set(beats_at_steps)) == 1 + 3 * STEPS


async def test_a_partition_that_is_lost_while_it_opens_is_let_go_and_the_others_are_opened(
    stages: dict[TopicPartition, list[Stage]],
) -> None:
    """Also the one that stands behind it in the same changelog."""
    first, second = stages
    lost, beside, other = *stages[first], *stages[second]

    def restored(_records: int, left: int | None) -> None:
        if left == 0 and lost in stages[first] and next(steps) > 0:
            stages[first].remove(lost)

    steps = count()
    await restoring.restore(Settings(app="shop").kafka, stages, "toy", restored)
    assert (is_open(lost), is_open(beside), is_open(other)) == (False, True, True)


async def test_what_the_ceiling_counted_is_taken_up(kafka: FakeKafka) -> None:
    """Each partition finds its own in the newest mark: a restart does not put aside as much again before it stalls."""
    kafka.headers = [[("dead-letters:clickstream-0", b"[[9,9]]")], [("dead-letters:clickstream-0", b"[[100,91]]")]]
    opened = await begin().opened()
    first, second = opened[FIRST].ceiling, opened[SECOND].ceiling
    assert first is not None
    assert second is not None
    assert (first.records, first.dead, second.records) == (100, 91, 0)
