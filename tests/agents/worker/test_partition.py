"""One partition at work, with commits that only remember."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from agents.seam import Delivery
from agents.worker.commit import Commits
from agents.worker.partition import Partition
from streams.ceiling import Ceiling
from streams.layout import Layout
from streams.stage import Batch
from tests.agents.worker.bench import CLICKS, RECORDS_MAX, SOURCE, TOLD, Bench, a_commit_under_way, at_work, settled
from tests.stages import BAD_KEY, PickyStage


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_work(Bench()) as bench:
        yield bench


async def test_what_queues_up_during_a_commit_is_committed_together(bench: Bench) -> None:
    """Batches grow under load."""
    async with a_commit_under_way(bench):
        bench.deliver(2)
        bench.deliver(3)
    assert [len(effects.outputs) for effects in bench.commits.effects] == [1, 5]
    assert bench.inlet.under_way == 0


async def test_rest_commits_what_is_folded(bench: Bench) -> None:
    """A kept stage is exactly as committed, also when it was waiting for more."""
    bench.inlet.stable = 100
    bench.deliver(4)
    await settled()
    await bench.partition.rest()
    assert [len(effects.outputs) for effects in bench.commits.effects] == [4]


async def test_room_is_made_when_a_batch_is_taken_up(bench: Bench) -> None:
    """So the next is fetched while this one is folded and committed."""
    async with a_commit_under_way(bench):
        assert bench.inlet.under_way == 0
        bench.deliver(1)
        bench.deliver(1)
        assert not bench.inlet.has_room


async def test_rest_waits_for_the_running_commit_and_drops_what_is_queued(bench: Bench) -> None:
    """A kept stage is exactly as committed."""
    async with a_commit_under_way(bench):
        bench.deliver(5)
        resting = asyncio.create_task(bench.partition.rest())
        await settled()
        assert not resting.done()
    await resting
    assert bench.stage.positions[CLICKS] == 1
    assert len(bench.commits.effects) == 1


async def test_whoever_leaves_while_another_waits_for_the_commit_waits_too(bench: Bench) -> None:
    """A stop during a rebalance: the producer is not taken from under the commit that the rebalance lets end."""
    async with a_commit_under_way(bench):
        resting = asyncio.create_task(bench.partition.rest())
        await settled()
        leaving = asyncio.create_task(bench.partition.leave())
        await settled()
        assert not bench.commits.is_stopped
    await asyncio.gather(resting, leaving)
    assert bench.commits.is_stopped


async def test_a_delivery_from_before_a_rebalance_is_never_folded(bench: Bench) -> None:
    """It belongs to an inlet that is closed."""
    old = bench.inlet
    await bench.partition.rest()
    bench.go_on()
    bench.deliver(3, inlet=old)
    await settled()
    assert bench.stage.positions[CLICKS] == 0


async def test_a_delivery_may_come_before_the_task_has_begun(bench: Bench) -> None:
    """An answer to a poll from before a rebalance can arrive in the very moment in which a partition goes on."""
    await bench.partition.rest()
    bench.go_on()
    bench.deliver(3)
    await settled()
    assert bench.stage.positions[CLICKS] == 3


async def test_a_delivery_that_is_not_contiguous_is_a_broken_invariant() -> None:
    """Records would have been left out."""
    bench = Bench()
    bench.inlet.next = 5
    bench.inlet.under_way = 1
    delivery = Delivery(Batch(CLICKS, [], 9, None, 0), 7, bench.inlet)
    bench.partition._deliveries.append(delivery)
    with pytest.raises(AssertionError, match="starts at 7 instead of 5"):
        await bench.partition._fold_queued({CLICKS: 5, TOLD: 0})


async def test_the_watermark_is_told_after_the_commit_only(bench: Bench) -> None:
    """Whoever hears of W may find everything before it committed."""
    bench.commits.may_go_on.clear()
    bench.deliver(1, asked_ms=7000)
    await settled()
    assert bench.stage.watermark == 7000
    assert bench.partition.watermarks == {}
    bench.commits.may_go_on.set()
    await settled()
    assert bench.partition.watermarks == {"clickstream-0": 7000}


async def test_a_tick_without_effects_still_moves_the_watermark(bench: Bench) -> None:
    """Silence is news."""
    bench.deliver(0, asked_ms=9000)
    await settled()
    assert bench.partition.watermarks == {"clickstream-0": 9000}
    assert bench.metrics.registry.get_sample_value("afterclick_commits_total", {"stage": "toy"}) is None


async def test_gauges_of_a_partition_that_is_left_are_no_longer_shown(bench: Bench) -> None:
    """Its next owner shows them."""
    bench.inlet.end = 10
    bench.deliver(4)
    await settled()
    labels = {"topic": "clickstream", "partition": "0"}
    assert bench.metrics.registry.get_sample_value("afterclick_lag_records", labels) == 6
    await bench.partition.leave()
    assert bench.metrics.registry.get_sample_value("afterclick_lag_records", labels) is None
    assert bench.commits.is_stopped


@pytest.fixture
async def picky() -> AsyncIterator[Bench]:
    """A partition that stalls when more than nine of ten of its last hundred records are bad."""
    bench = Bench()
    bench.stage = PickyStage(SOURCE.group, 0, Layout({}))
    bench.stage.open()
    bench.partition = Partition(
        SOURCE, "toy", bench.stage, cast(Commits, bench.commits), bench.metrics, RECORDS_MAX, Ceiling(0.9, 100)
    )
    async with at_work(bench):
        yield bench


STALLED = {"topic": "clickstream", "partition": "0"}


def shown(bench: Bench) -> float | None:
    return bench.metrics.registry.get_sample_value("afterclick_partition_stalled", STALLED)


@pytest.mark.parametrize(("bad", "stalls"), [(89, False), (90, False), (91, True)], ids=["below", "exactly", "above"])
async def test_a_partition_stalls_above_its_ceiling(picky: Bench, bad: int, stalls: bool) -> None:
    """Nothing of that batch is committed, W stays where it was, and what comes after is not folded."""
    picky.deliver(100 - bad, asked_ms=7000)
    await settled()
    picky.deliver(bad, asked_ms=9000, key=BAD_KEY)
    picky.deliver(1, asked_ms=9500)
    await settled()
    assert picky.partition.is_stalled is stalls
    assert shown(picky) == float(stalls)
    assert picky.partition.watermarks == {"clickstream-0": 7000 if stalls else 9500}
    assert len(picky.commits.effects) == (1 if stalls else 2)
    assert picky.partition.busy_since_s is None


async def test_what_is_counted_is_committed_with_the_position(picky: Bench) -> None:
    """So that a successor stalls at the same record."""
    picky.deliver(60, key=BAD_KEY)
    await settled()
    [(name, counted)] = picky.commits.effects[0].mark_headers
    assert name == "dead-letters:clickstream-0"
    after = Ceiling(0.9, 100)
    after.restore(counted)
    assert (after.records, after.dead) == (60, 60)


async def test_a_stalled_partition_can_be_left(picky: Bench) -> None:
    """A rebalance, or the end of the process: its gauge goes with it."""
    picky.deliver(100, key=BAD_KEY)
    await settled()
    await picky.partition.rest()
    await picky.partition.leave()
    assert shown(picky) is None
    assert picky.commits.effects == []
