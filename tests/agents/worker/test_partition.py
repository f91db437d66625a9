"""One partition at work, with commits that only remember."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.seam import Delivery, Inlet
from agents.web.metrics import Metrics
from agents.worker.commit import Commits
from agents.worker.partition import NEXT_WITHIN_S, Partition
from agents.worker.role import Source
from schemas.topics import Topic
from streams.ceiling import Ceiling
from streams.layout import Layout
from streams.marks import decode_mark
from streams.stage import Batch, Effects
from tests.stages import BAD_KEY, CountingStage, PickyStage
from tests.waiting import WITHIN_S

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


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
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


async def test_what_queues_up_during_a_commit_is_committed_together(bench: Bench) -> None:
    """Batches grow under load."""
    async with a_commit_under_way(bench):
        bench.deliver(2)
        bench.deliver(3)
    assert [len(effects.outputs) for effects in bench.commits.effects] == [1, 5]
    assert bench.inlet.under_way == 0


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
    bench.partition.go_on(bench.inlets)
    yield bench
    await bench.partition.leave()


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


async def test_deliveries_of_all_topics_are_folded_in_the_order_in_which_they_came(bench: Bench) -> None:
    """And committed together, with the positions of all."""
    async with a_commit_under_way(bench):
        bench.deliver(1, topic=TOLD)
        bench.deliver(2)
        bench.deliver(1, topic=TOLD)
    assert bench.folded()[1:] == [[TOLD, CLICKS, CLICKS, TOLD]]
    *_, (_, mark) = bench.commits.effects[-1].changelog
    assert decode_mark(mark)["positions"] == {CLICKS: 3, TOLD: 2}
    assert [inlet.under_way for inlet in bench.inlets.values()] == [0, 0]


async def test_each_topic_has_to_be_contiguous_by_itself() -> None:
    """Where another one stands says nothing."""
    bench = Bench()
    bench.inlets[TOLD].under_way = 1
    bench.partition._deliveries.append(Delivery(Batch(TOLD, [], 9, None, 0), 7, bench.inlets[TOLD]))
    with pytest.raises(AssertionError, match="visitor-inbox starts at 7 instead of 5"):
        await bench.partition._fold_queued({CLICKS: 7, TOLD: 5})


async def test_what_just_came_in_does_not_wait_for_the_backlog_of_another_topic(bench: Bench) -> None:
    """An exit intent is told at once, however much lies in the inbox; what the inbox had brought goes with it."""
    bench.inlets[TOLD].stable = 100
    bench.deliver(4, topic=TOLD)
    await settled()
    assert bench.folded() == []
    bench.deliver(1)
    await settled()
    assert bench.folded() == [[TOLD] * 4 + [CLICKS]]


async def test_a_tick_of_one_topic_does_not_cut_short_the_backlog_of_another(bench: Bench) -> None:
    """It brings nothing that would have to wait."""
    bench.inlets[TOLD].stable = 10
    bench.deliver(4, topic=TOLD)
    bench.deliver(0, asked_ms=5000)
    await settled()
    assert bench.folded() == []
    bench.deliver(6, topic=TOLD)
    await settled()
    assert bench.folded() == [[TOLD] * 10]


async def test_backlog_of_all_topics_makes_one_transaction_of_that_size(bench: Bench) -> None:
    """Their records count together."""
    for inlet in bench.inlets.values():
        inlet.stable = 100
    bench.deliver(RECORDS_MAX - 5)
    await settled()
    assert bench.folded() == []
    bench.deliver(5, topic=TOLD)
    await settled()
    assert [len(topics) for topics in bench.folded()] == [RECORDS_MAX]


async def test_a_tick_of_another_topic_moves_no_watermark(bench: Bench) -> None:
    """That the inbox is at its end says nothing of the clicks."""
    bench.deliver(0, asked_ms=9000, topic=TOLD)
    await settled()
    assert bench.partition.watermarks == {"clickstream-0": 0}


async def test_the_lag_is_told_for_each_topic(bench: Bench) -> None:
    """By its own end."""
    bench.inlets[CLICKS].end, bench.inlets[TOLD].end = 10, 3
    bench.deliver(4)
    await settled()
    value = bench.metrics.registry.get_sample_value
    assert value("afterclick_lag_records", {"topic": "clickstream", "partition": "0"}) == 6
    assert value("afterclick_lag_records", {"topic": "visitor-inbox", "partition": "0"}) == 3
