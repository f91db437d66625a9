"""When a partition's transaction waits for more, and when it does not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.worker.partition import NEXT_WITHIN_S
from streams.stage import Batch
from tests.agents.worker.bench import RECORDS_MAX, Bench, at_work, settled
from tests.stages import CountingStage
from tests.waiting import WITHIN_S


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_work(Bench()) as bench:
        yield bench


async def test_with_backlog_a_transaction_waits_for_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state record is written once for all that changed it."""
    monkeypatch.setattr("agents.worker.partition.NEXT_WITHIN_S", WITHIN_S)
    monkeypatch.setattr("agents.worker.partition.FOLD_ON_S", WITHIN_S)
    bench.inlet.stable = 10
    bench.deliver(4)
    await settled()
    assert bench.commits.effects == []
    assert bench.partition.busy_since_s is not None
    bench.deliver(6)
    await settled()
    assert [len(effects.outputs) for effects in bench.commits.effects] == [10]


async def test_what_just_came_in_does_not_wait(bench: Bench) -> None:
    """At the last stable offset there is nothing to wait for, as in a transaction that is still open."""
    bench.inlet.stable, bench.inlet.end = 4, 9
    bench.deliver(4)
    await settled()
    assert [len(effects.outputs) for effects in bench.commits.effects] == [4]


async def test_a_transaction_has_a_size_and_a_wait(bench: Bench) -> None:
    """Enough records are enough; and when no more of the backlog come, what is folded is committed."""
    bench.inlet.stable = 100
    bench.deliver(RECORDS_MAX)
    await settled()
    assert [len(effects.outputs) for effects in bench.commits.effects] == [RECORDS_MAX]
    bench.deliver(4)
    await settled()
    assert len(bench.commits.effects) == 1
    await asyncio.sleep(NEXT_WITHIN_S)
    await settled()
    assert [len(effects.outputs) for effects in bench.commits.effects] == [RECORDS_MAX, 4]


@pytest.fixture
def late(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Its stage has folded only what is late, as that of customers does while the stage before has a backlog."""
    monkeypatch.setattr("agents.worker.partition.NEXT_WITHIN_S", 0.01)
    monkeypatch.setattr("agents.worker.partition.LATE_ON_S", WITHIN_S)
    monkeypatch.setattr(CountingStage, "watermarks", {})
    bench.stage.is_late = True
    return bench


async def test_what_is_late_waits_for_more(late: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is all that there is. What comes and is not late is committed at once, with all that waited."""
    late.deliver(4)
    late.deliver(0)
    await asyncio.sleep(0.05)
    assert late.commits.effects == []
    fold = late.stage.fold

    def fold_what_is_not_late(batch: Batch) -> None:
        fold(batch)
        late.stage.is_late = False

    monkeypatch.setattr(late.stage, "fold", fold_what_is_not_late)
    late.deliver(1)
    await settled()
    assert [len(effects.outputs) for effects in late.commits.effects] == [5]


async def test_what_is_late_waits_for_no_more_than_enough(late: Bench) -> None:
    """Of records as many as a transaction takes."""
    late.deliver(RECORDS_MAX)
    await settled()
    assert [len(effects.outputs) for effects in late.commits.effects] == [RECORDS_MAX]


async def test_what_is_late_does_not_wait_for_ever(late: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks come again and again: they keep no commit from being made."""
    monkeypatch.setattr("agents.worker.partition.LATE_ON_S", 0.05)
    late.deliver(4)
    async with asyncio.timeout(WITHIN_S):
        while not late.commits.effects:
            late.deliver(0)
            await asyncio.sleep(0.001)
    assert [len(effects.outputs) for effects in late.commits.effects] == [4]


async def test_whoever_is_waited_for_does_not_wait_without_backlog(
    late: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others wait for the W of a stage: what it has is told, however late. With backlog it waits for more, and longer
    than one that is not late."""
    monkeypatch.setattr(CountingStage, "watermarks", {"clickstream-0": 1})
    late.deliver(4)
    await settled()
    assert [len(effects.outputs) for effects in late.commits.effects] == [4]
    late.inlet.stable = 100
    late.deliver(4)
    await asyncio.sleep(0.05)
    assert len(late.commits.effects) == 1
    late.inlet.stable = 12
    late.deliver(4)
    await settled()
    assert [len(effects.outputs) for effects in late.commits.effects] == [4, 8]
