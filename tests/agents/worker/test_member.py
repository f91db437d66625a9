"""A role in a process, on a real Kafka: takes over, restores, tells watermarks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial, reduce
from operator import or_
from pathlib import Path

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from agents.demo.broker import Kafka
from agents.topics.cluster import read_layout
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.role import Role, Source
from agents.worker.watchdog import Watchdog
from schemas.topics import INBOXES, Topic
from streams.time.watermarks import WATERMARKS_KEY
from tests.agents.worker.site import PARTITIONS, Site
from tests.stages import BAD_KEY, CountingStage, PickyStage
from tests.waiting import until

pytestmark = pytest.mark.kafka

TOY = Role("toy", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, CountingStage, INBOXES)
SHARED = Role("shared", ((Topic.ORDERS,), (Topic.ENGAGEMENTS,)), Topic.INTAKE_CHANGELOG, CountingStage)
PAIRED = Role("paired", ((Topic.CLICKSTREAM, Topic.VISITOR_INBOX),), Topic.SESSIONS_CHANGELOG, CountingStage)


@asynccontextmanager
async def member(site: Site, role: Role = TOY, metrics: Metrics | None = None) -> AsyncIterator[Member]:
    """A member of the role, started and stopped."""
    layout = await read_layout(site.settings)
    member = Member(role, site.settings, metrics or Metrics(), BrokerClock(), layout)
    await member.start()
    try:
        yield member
    finally:
        await member.finish()
        await member.leave_group()


def folded(member: Member) -> dict[bytes, int]:
    """The live counts of a toy's stages."""
    stages = [partition.stage for partition in member.partitions.values()]
    return {key: count for stage in stages if isinstance(stage, CountingStage) for key, count in stage.counts.items()}


def _has_counted(member: Member, keys: int) -> bool:
    return len(folded(member)) == keys


def _restored(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("afterclick_restored_total", {"stage": "toy"}) or 0


def _has_folded(member: Member, count: int) -> bool:
    return folded(member) == {b"k": count}


def _tells_watermarks(member: Member) -> bool:
    return len(member.watermarks()) == PARTITIONS


async def _has_said(site: Site, outputs: int) -> bool:
    return (await site.output()).total() == outputs


async def _told_often(site: Site) -> bool:
    """Whether each inbox partition was told of three different watermarks at least."""
    records = await site.read(Topic.CUSTOMER_INBOX)
    told = {(record.partition, orjson.loads(record.value).get("clickstream-0", 0)) for record in records}
    return all(sum(partition == number for partition, _ in told) > 3 for number in range(PARTITIONS))


async def test_a_restarted_member_goes_on_where_it_was(site: Site) -> None:
    """State and position come back from the changelog, and nothing is counted twice."""
    keys = [b"k%d" % number for number in range(100)]
    await site.send(keys * 3)
    async with member(site):
        await site.until_counted()
    await site.send(keys)
    metrics = Metrics()
    async with member(site, metrics=metrics) as again:
        assert metrics.registry.get_sample_value("afterclick_ready", {"role": "toy"}) == 1
        assert (metrics.registry.get_sample_value("afterclick_restored_total", {"stage": "toy"}) or 0) >= 100
        await until(lambda: folded(again) == dict(site.sent))
    assert await site.output() == site.sent


async def test_headers_and_keys_of_outputs_arrive(site: Site) -> None:
    """An output lands on the partition of its key, as it was said."""
    await site.send([b"a", b"a"])
    async with member(site):
        await site.until_counted()
    records = await site.read(Topic.DECISIONS)
    assert [(orjson.loads(record.value), record.headers) for record in records] == [
        ({"a": 1}, (("n", b"1"),)),
        ({"a": 2}, (("n", b"2"),)),
    ]


async def test_vectors_tell_all_inbox_partitions_of_the_committed_watermarks(site: Site) -> None:
    """In silence too, by the name of the role's topics, and never ahead of the broker."""
    async with member(site) as running:
        await until(partial(_tells_watermarks, running))
        await until(partial(_told_often, site), "several vectors in silence")
    records = [*await site.read(Topic.CUSTOMER_INBOX), *await site.read(Topic.VISITOR_INBOX)]
    for tp in (*site.partitions(Topic.CUSTOMER_INBOX), *site.partitions(Topic.VISITOR_INBOX)):
        own = [record for record in records if (record.topic, record.partition) == tp]
        assert {record.key for record in own} == {WATERMARKS_KEY}
        vectors = [orjson.loads(record.value) for record in own]
        assert vectors[0] == {}
        assert set(vectors[-1]) == {"clickstream-0", "clickstream-1"}
        heard = [vector.get("clickstream-0", 0) for vector in vectors]
        assert heard == sorted(heard)
        assert len(set(heard)) >= 3
        assert all(value <= record.timestamp for record, value in zip(own, heard, strict=True))


async def test_a_role_that_nobody_waits_for_tells_one_partition(site: Site) -> None:
    """That is how it knows the brokers' clock."""
    quiet = replace(TOY, tells=())
    async with member(site, quiet) as running:
        assert running._clock.is_known
        await asyncio.sleep(0.5)
    told = await site.read(Topic.CUSTOMER_INBOX)
    assert len(told) >= 2
    assert {record.partition for record in told} == {0}
    assert await site.read(Topic.VISITOR_INBOX) == []


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


async def test_partitions_that_are_dealt_apart_are_a_broken_invariant(site: Site) -> None:
    """Nobody would own what is read together."""
    paired = Member(PAIRED, site.settings, Metrics(), BrokerClock(), await read_layout(site.settings))
    clicks, told = site.partitions(Topic.CLICKSTREAM), site.partitions(Topic.VISITOR_INBOX)
    assert paired._sources_of([clicks[1], told[1]]) == {Source(PAIRED.sources[0], 1)}
    with pytest.raises(AssertionError, match="dealt apart"):
        paired._sources_of([clicks[0], told[1]])


async def test_two_sources_may_share_a_changelog_partition(site: Site) -> None:
    """Each stage takes its own records; what an ungated source's watermark says is not published."""
    orders, engagements = site.settings.topic(Topic.ORDERS), site.settings.topic(Topic.ENGAGEMENTS)
    async with site.producer() as producer:
        for number in range(20):
            await producer.send(orders, b"x", b"order-%d" % number, number % 2)
            await producer.send(engagements, b"x", b"open-%d" % number, number % 2)
        await producer.flush()
    for _ in range(2):
        async with member(site, SHARED) as running:
            await until(partial(_has_counted, running, 40))
            await until(partial(_tells_watermarks, running))
            assert set(running.watermarks()) == {"orders-0", "orders-1"}
    assert set((await site.output()).values()) == {1}


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
            await until(partial(_has_said, site, 1), "it is committed")
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
    layout, metrics = await read_layout(site.settings), [Metrics(), Metrics()]
    pair = [Member(TOY, site.settings, metric, BrokerClock(), layout) for metric in metrics]
    restored = [partial(_restored, metric) for metric in metrics]
    async with site.producer(transactional_id=f"{site.name}-other") as other:
        await other.begin_transaction()
        for changelog in site.partitions(Topic.SESSIONS_CHANGELOG):
            await other.send_and_wait(changelog.topic, b"1", b"of-another-stage", changelog.partition)
        first = asyncio.create_task(pair[0].start())
        await until(lambda: restored[0]() >= len(keys))
        before = restored[0]()
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


async def test_records_deleted_before_they_were_read_are_passed_by(site: Site) -> None:
    """Retention has taken them: the metric says how many, and reading goes on from what is left. What was gone before
    the first start was never missed.
    """
    topic = site.partitions(Topic.CLICKSTREAM)[0]
    admin = AIOKafkaAdminClient(bootstrap_servers=site.settings.kafka.bootstrap)
    await admin.start()
    async with site.producer() as producer:
        for before_offset, counted, lost in ((4, 6, 0), (17, 9, 7)):
            for _ in range(10):
                await producer.send_and_wait(topic.topic, b"x", b"k", topic.partition)
            await admin.delete_records({topic: RecordsToDelete(before_offset=before_offset)})
            metrics = Metrics()
            async with member(site, metrics=metrics) as running:
                await until(partial(_has_folded, running, counted))
            assert metrics.registry.get_sample_value("afterclick_records_lost_total", {"topic": "clickstream"}) == lost
    await admin.close()


PICKY = Role("picky", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, PickyStage)


async def test_a_stalled_partition_begins_anew_at_a_rebalance(site: Site) -> None:
    """Its stage is ahead of what is committed: whoever gets it next, the same process too, restores what is committed
    and stalls at the same record. Once the operator lets them pass all are counted, each once."""
    kafka = site.settings
    site.settings = kafka.model_copy(update={"dead_letter_records_min": 50})
    await site.send([b"k%d" % number for number in range(20)])
    async with member(site, PICKY) as one:
        await site.until_counted()
        before = await site.counted()
        await site.send([BAD_KEY] * 1000)
        await until(lambda: one.state.startswith("stalled"))
        w = one.watermarks()["clickstream-0"]
        assert await site.counted() | {BAD_KEY: 0} == before | {BAD_KEY: 0}
        async with member(site, PICKY) as two:
            await until(lambda: sorted(len(each.partitions) for each in (one, two)) == [1, 1])
            await until(lambda: one.state.startswith("stalled") or two.state.startswith("stalled"))
        await until(lambda: len(one.partitions) == PARTITIONS and one.state.startswith("stalled"))
        assert one.watermarks().get("clickstream-0", w) == w
    assert (await site.counted()).get(BAD_KEY, 0) < 50
    site.settings = kafka.model_copy(update={"dead_letter_share_max": 1.0})
    async with member(site, PICKY) as one:
        await site.until_counted()
        assert one.state == "ready"
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent
