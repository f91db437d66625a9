"""A partition that reads several topics."""

from collections.abc import AsyncIterator

import pytest

from agents.seam import Delivery
from streams.marks import decode_mark
from streams.stage import Batch
from tests.agents.worker.bench import CLICKS, RECORDS_MAX, TOLD, Bench, a_commit_under_way, at_work, settled


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_work(Bench()) as bench:
        yield bench


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
