"""A role in a process, on a real Kafka: takes over, restores, tells watermarks."""

import asyncio
from dataclasses import replace
from functools import partial

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from agents.topics.cluster import read_layout
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.role import Role, Source
from schemas.topics import Topic
from streams.time.watermarks import WATERMARKS_KEY
from tests.agents.worker.members import (
    PAIRED,
    SHARED,
    TOY,
    folded,
    has_counted,
    has_folded,
    member,
    tells_watermarks,
    told_often,
)
from tests.agents.worker.site import PARTITIONS, Site
from tests.stages import BAD_KEY, PickyStage
from tests.waiting import until

pytestmark = pytest.mark.kafka


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
        await until(partial(tells_watermarks, running))
        await until(partial(told_often, site), "several vectors in silence")
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
            await until(partial(has_counted, running, 40))
            await until(partial(tells_watermarks, running))
            assert set(running.watermarks()) == {"orders-0", "orders-1"}
    assert set((await site.output()).values()) == {1}


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
                await until(partial(has_folded, running, counted))
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
