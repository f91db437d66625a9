"""When a partition takes over what was published: between two transactions, and before anything of the next batch."""

from collections.abc import AsyncIterator
from typing import cast

import pytest

from agents.crash_points import Point, arm
from agents.published import Rules
from agents.worker.commit import Commits
from agents.worker.partition import Partition
from schemas.rules.rulebook import Rulebook
from streams.layout import Layout
from tests.agents.worker.bench import RECORDS_MAX, SOURCE, Bench, a_commit_under_way, at_work, settled
from tests.stages import CountingStage
from tests.world import rule, rulebook

FIRST, SECOND, THIRD = (rulebook(rule("cart_abandonment", wait=f"{wait}m")) for wait in (60, 30, 20))


class RuledStage(CountingStage):
    """A toy that goes by rulebooks, and remembers how many records it had folded when it took each over."""

    def __init__(self) -> None:
        super().__init__(SOURCE.group, 0, Layout({}))
        self.taken_over = [FIRST]
        self.at: list[int] = []

    def take_over(self, rulebook: Rulebook) -> None:
        self.taken_over.append(rulebook)
        self.at.append(sum(self.counts.values()))


class RuledBench(Bench):
    """A partition that follows what is published."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = Rules(FIRST)
        self.ruled = self.stage = RuledStage()
        self.stage.open()
        commits = cast(Commits, self.commits)
        self.partition = Partition(SOURCE, "toy", self.ruled, commits, self.metrics, RECORDS_MAX, rules=self.rules)


@pytest.fixture
async def bench() -> AsyncIterator[RuledBench]:
    async with at_work(RuledBench()) as bench:
        yield bench


def behind(bench: RuledBench) -> float | None:
    """What the metric says."""
    return bench.metrics.registry.get_sample_value("afterclick_rulebooks_behind", {"stage": "toy", "partition": "0"})


async def test_what_is_published_during_a_commit_counts_from_the_next_batch_on(bench: RuledBench) -> None:
    """No transaction has records of both."""
    async with a_commit_under_way(bench):
        bench.rules.heard(SECOND)
        bench.deliver(2)
        await settled()
        assert bench.ruled.at == []
    assert (bench.ruled.taken_over, bench.ruled.at) == ([FIRST, SECOND], [1])
    assert [len(effects.outputs) for effects in bench.commits.effects] == [1, 2]
    assert behind(bench) == 0


async def test_all_that_were_missed_are_taken_over_at_one_place(bench: RuledBench) -> None:
    """In their order; once."""
    bench.rules.heard(SECOND)
    bench.rules.heard(THIRD)
    bench.deliver(1)
    await settled()
    bench.deliver(1)
    await settled()
    assert (bench.ruled.taken_over, bench.ruled.at) == ([FIRST, SECOND, THIRD], [0, 0])


async def test_in_silence_the_next_tick_takes_it_over(bench: RuledBench) -> None:
    """An idle shop follows, too."""
    bench.rules.heard(SECOND)
    bench.deliver(0)
    await settled()
    assert bench.ruled.taken_over == [FIRST, SECOND]


async def test_a_process_can_be_killed_at_each_takeover(bench: RuledBench) -> None:
    """The chaos run and the simulation do so."""
    reached: list[Point] = []
    arm(reached.append)
    try:
        bench.rules.heard(SECOND)
        bench.rules.heard(THIRD)
        bench.deliver(1)
        await settled()
    finally:
        arm(None)
    assert reached[:3] == [Point.TAKEN_OVER, Point.TAKEN_OVER, Point.FOLDED]
