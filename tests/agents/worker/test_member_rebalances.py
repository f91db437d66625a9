"""Members come and go: who restores what, and who stays."""

import asyncio
from functools import partial, reduce
from operator import or_
from pathlib import Path

import pytest

from agents.demo.broker import Kafka
from agents.topics.cluster import read_layout
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.watchdog import Watchdog
from schemas.topics import Topic
from tests.agents.worker.members import PAIRED, SHARED, TOY, folded, has_said, member, restored_of
from tests.agents.worker.site import Site
from tests.waiting import until

pytestmark = pytest.mark.kafka


async def test_topics_that_are_read_together_stay_together_among_two_workers_and_three(
    kafka: Kafka, tmp_path: Path
) -> None:
    """Partition p of both goes to one member, whoever comes and goes; both positions are committed as one, so nothing
    of either is counted twice or left out."""
    site = Site(kafka.bootstrap, tmp_path, partitions=6)
    await site.prepare()
    keys = [b"k%d" % number for number in range(60)]

    async def send() -> None:
        await site.send(keys)
        await site.send(keys * 2, topic=Topic.VISITOR_INBOX)

    def hold(*members: Member) -> bool:
        """Whether they have counted all between them."""
        counts = [folded(one) for one in members]
        return sum(map(len, counts)) == len(keys) and reduce(or_, counts) == dict(site.sent)

    def run(*members: Member) -> list[int]:
        return sorted(len(one.partitions) for one in members if one.is_ready)

    await send()
    async with member(site, PAIRED) as one, member(site, PAIRED) as two:
        await until(lambda: run(one, two) == [3, 3] and hold(one, two))
        before = set(one.partitions), set(two.partitions)
        async with member(site, PAIRED) as three:
            await until(lambda: run(one, two, three) == [2, 2, 2])
            assert one.partitions.keys() < before[0]
            assert two.partitions.keys() < before[1]
            await send()
            await until(lambda: hold(one, two, three))
        await until(lambda: run(one, two) == [3, 3])
        await send()
        await until(lambda: hold(one, two))
    async with member(site, PAIRED) as again:
        assert hold(again)
        await asyncio.sleep(0.5)
        assert hold(again)
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent


async def test_a_restore_waits_for_what_another_stage_has_not_yet_ended(site: Site) -> None:
    """Its open transaction hides later records of a shared changelog from readers, ours among them."""
    orders = site.settings.topic(Topic.ORDERS)
    changelog = site.settings.topic(Topic.INTAKE_CHANGELOG)
    async with site.producer(transactional_id=f"{site.name}-other") as other, site.producer() as producer:
        async with member(site, SHARED) as first:
            await other.begin_transaction()
            await other.send_and_wait(changelog, b"1", b"of-another-stage", 0)
            await producer.send_and_wait(orders, b"x", b"order", 0)
            await until(lambda: folded(first) == {b"order": 1})
            await until(partial(has_said, site, 1), "it is committed")
        metrics = Metrics()
        second = Member(SHARED, site.settings, metrics, BrokerClock(), await read_layout(site.settings))
        starting = asyncio.create_task(second.start())
        await until(lambda: second.state.startswith("restoring"))
        was_ready, state = second.is_ready, second.state
        left = metrics.registry.get_sample_value("afterclick_restore_left", {"stage": "shared"})
        await other.commit_transaction()
        await starting
        await until(lambda: second.is_ready)
        counts = folded(second)
        await second.finish()
        await second.leave_group()
        after = metrics.registry.get_sample_value("afterclick_restore_left", {"stage": "shared"})
    assert not was_ready
    assert left
    assert state == f"restoring, {left:.0f} changelog offsets left"
    assert (after, second.state) == (0, "waiting for partitions")
    assert counts == {b"order": 1}


async def test_a_rebalance_does_not_begin_a_restore_anew(site: Site) -> None:
    """Somebody joins while we restore: we go on with what stays ours, and let go of the other, which they restore."""
    keys = [b"k%d" % number for number in range(200)]
    await site.send(keys)
    async with member(site):
        await site.until_counted()
    before = len(await site.read(Topic.SESSIONS_CHANGELOG))
    layout, metrics = await read_layout(site.settings), [Metrics(), Metrics()]
    pair = [Member(TOY, site.settings, metric, BrokerClock(), layout) for metric in metrics]
    restored = [partial(restored_of, metric) for metric in metrics]
    async with site.producer(transactional_id=f"{site.name}-other") as other:
        await other.begin_transaction()
        for changelog in site.partitions(Topic.SESSIONS_CHANGELOG):
            await other.send_and_wait(changelog.topic, b"1", b"of-another-stage", changelog.partition)
        first = asyncio.create_task(pair[0].start())
        await until(lambda: restored[0]() == before)
        second = asyncio.create_task(pair[1].start())
        await until(lambda: restored[1]() >= 1 and pair[1].state.startswith("restoring"))
        assert not any(one.is_ready for one in pair)
        await other.commit_transaction()
        await asyncio.gather(first, second)
    await until(lambda: all(one.is_ready for one in pair))
    counts = [folded(one) for one in pair]
    for one in pair:
        await one.finish()
    await asyncio.gather(*(one.leave_group() for one in pair))
    assert [len(one.partitions) for one in pair] == [0, 0]
    assert counts[0] | counts[1] == dict(site.sent)
    assert len(counts[0]) + len(counts[1]) == len(keys)
    assert restored[0]() == before + 1


async def test_a_rebalance_after_a_long_calm_is_no_stall(site: Site) -> None:
    """The watchdog looks at any moment: whoever rests has not stood still since the last rebalance."""
    one = Member(TOY, site.settings, Metrics(), BrokerClock(), await read_layout(site.settings))
    await one.start()
    await until(lambda: one.is_ready)
    one.progress_s -= 3600
    watchdog, verdicts = Watchdog([one], stall_s=60), set()
    finishing = asyncio.create_task(one.finish())
    while not finishing.done():
        verdicts.add(one.is_ready or watchdog.verdict())
        await asyncio.sleep(0)
    await one.leave_group()
    assert verdicts == {True, None}


async def test_a_spare_member_stays_in_its_group(site: Site) -> None:
    """Without partitions it polls nothing: by aiokafka's rule it would leave after five minutes, and never come back.
    Here it has done so for an hour, and then it is needed."""
    async with member(site) as one, member(site) as two:
        async with member(site) as three:
            await until(lambda: sorted(len(each.partitions) for each in (one, two, three)) == [0, 1, 1])
            spare = next(each for each in (one, two, three) if not each.partitions)
            await until(lambda: spare.is_ready)
            spare._app.consumer._thread._consumer._subscription._last_fetch_ended -= 3600
            await asyncio.sleep(3)  # twice as long as its heart needs to beat
            assert spare.is_ready
        await until(lambda: one.is_ready and two.is_ready and len(one.partitions) == len(two.partitions) == 1)


async def test_a_member_that_was_taken_for_gone_restores_what_it_held(site: Site) -> None:
    """It was out for longer than its session, and comes back under another name: somebody may have had its partitions
    meanwhile, and committed. It lets go of what it holds, and would else find out at its next commit, be it hours
    later."""
    keys = [b"k%d" % number for number in range(20)]
    await site.send(keys)
    metrics = Metrics()
    async with member(site, metrics=metrics) as one:
        await site.until_counted()
        held, committed = set(one.partitions), len(await site.read(Topic.SESSIONS_CHANGELOG))
        before = one._app.consumer.membership
        assert restored_of(metrics) == 0
        thread = one._app.consumer._thread
        # What aiokafka does when the broker does not know it any more.
        thread.thread_loop.call_soon_threadsafe(thread._consumer._coordinator.reset_generation)
        await until(lambda: one.is_ready and restored_of(metrics) > 0)
        assert one._app.consumer.membership != before
        assert set(one.partitions) == held
        assert restored_of(metrics) == committed
        await site.send(keys)
        await site.until_counted()
        assert folded(one) == dict(site.sent)
