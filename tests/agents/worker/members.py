"""Members of a toy's role on a real Kafka, and what they have folded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from agents.topics.cluster import read_layout
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.role import Role
from schemas.topics import INBOXES, Topic
from tests.agents.worker.site import PARTITIONS, Site
from tests.stages import CountingStage

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


def has_counted(member: Member, keys: int) -> bool:
    return len(folded(member)) == keys


def restored_of(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("afterclick_restored_total", {"stage": "toy"}) or 0


def has_folded(member: Member, count: int) -> bool:
    return folded(member) == {b"k": count}


def tells_watermarks(member: Member) -> bool:
    return len(member.watermarks()) == PARTITIONS


async def has_said(site: Site, outputs: int) -> bool:
    return (await site.output()).total() == outputs


async def told_often(site: Site) -> bool:
    """Whether each inbox partition was told of three different watermarks at least."""
    records = await site.read(Topic.CUSTOMER_INBOX)
    told = {(record.partition, orjson.loads(record.value).get("clickstream-0", 0)) for record in records}
    return all(sum(partition == number for partition, _ in told) > 3 for number in range(PARTITIONS))
