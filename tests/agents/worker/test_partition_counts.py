"""Partition counts are for life: a topic that grew under its state is refused, with what to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

from agents.exits import Exit, Misconfigured
from agents.topics import cluster
from agents.topics.cluster import check_state_fits, read_layout, watch_layout
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.opening import Opening
from agents.worker.role import Source
from schemas.topics import INBOXES, Topic
from tests.agents.worker.members import TOY, member
from tests.agents.worker.process import Worker
from tests.agents.worker.site import PARTITIONS, Site
from tests.waiting import WITHIN_S, until

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def admin(site: Site) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin of the site's broker."""
    client = AIOKafkaAdminClient(bootstrap_servers=site.settings.kafka.bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def grow(site: Site, topic: Topic) -> None:
    """One partition more, as an operator would do it; returns when the brokers know."""
    async with admin(site) as client:
        await client.create_partitions({site.settings.topic(topic): NewPartitions(PARTITIONS + 1)})

        async def is_known() -> bool:
            (found,) = await client.describe_topics([site.settings.topic(topic)])
            return len(found["partitions"]) == PARTITIONS + 1

        await until(is_known)


async def work(site: Site) -> None:
    """Leave some state behind."""
    await site.send([b"a", b"b", b"c"])
    async with member(site):
        await site.until_counted()


async def check(site: Site) -> None:
    """What a worker does at its start."""
    await check_state_fits(site.settings, await read_layout(site.settings))


async def test_without_state_any_counts_fit(site: Site) -> None:
    """Nothing was folded yet."""
    await check(site)


async def test_a_topic_that_grew_while_nobody_ran_is_refused(site: Site) -> None:
    """Also one whose state lives in a topic that did not grow with it; the sentence names it and says what to do."""
    await work(site)
    await check(site)
    await grow(site, Topic.ORDERS)
    with pytest.raises(Misconfigured, match=f"orders has {PARTITIONS + 1} partitions and had {PARTITIONS}: .*RUNBOOK"):
        await check(site)


async def test_growing_a_topic_and_its_changelog_together_is_refused(site: Site) -> None:
    """They go together, but not with the state."""
    await work(site)
    await grow(site, Topic.CUSTOMER_INBOX)
    with pytest.raises(Misconfigured, match=r"needs as many as .*RUNBOOK"):
        await check(site)
    await grow(site, Topic.CUSTOMERS_CHANGELOG)
    with pytest.raises(Misconfigured, match=r"customer-inbox has 3 partitions and had 2.*customers-changelog has 3"):
        await check(site)


async def test_topics_that_are_read_together_grow_together(site: Site) -> None:
    """Else a partition of one would have no owner."""
    await grow(site, Topic.VISITOR_INBOX)
    with pytest.raises(Misconfigured, match=r"visitor-inbox has 3 partitions, and needs as many as .*clickstream: 2"):
        await check(site)


async def test_topics_from_before_the_release_are_refused(site: Site) -> None:
    """Whether the new ones are there by now or not, as long as a changelog holds their state: the sentence names what
    is to be deleted. A fresh changelog is fine, whatever else is left."""
    old = site.settings.topic_prefix + "profile-inbox"
    inbox, changelog = site.settings.topic(Topic.CUSTOMER_INBOX), site.settings.topic(Topic.SESSIONS_CHANGELOG)
    changelogs = ", ".join(f".*{stage}-changelog" for stage in ("sessions", "intake", "customers", "products"))
    sentence = f"delete the topics {old}, {changelogs}, then run"
    async with admin(site) as client:
        await client.create_topics([NewTopic(old, PARTITIONS, 1)])
        await check(site)
        await client.delete_topics([inbox])

        async def is_gone() -> bool:
            return inbox not in await client.list_topics() and old in await client.list_topics()

        await until(is_gone)
    with pytest.raises(Misconfigured, match=sentence):
        await check(site)
    await site.prepare()
    async with site.producer() as producer:
        mark, counts = b'{"position":7,"watermark":0,"largest":0,"version":1}', b'{"clickstream":2,"profile-inbox":2}'
        await producer.send_and_wait(changelog, mark, b"\0position", 1, headers=[("partitions", counts)])
    with pytest.raises(Misconfigured, match=sentence):
        await check(site)


async def test_a_mark_from_before_the_release_that_says_no_counts_is_refused_too(site: Site) -> None:
    """At restore, before anything is committed."""
    async with site.producer() as producer:
        changelog = site.settings.topic(Topic.SESSIONS_CHANGELOG)
        await producer.send_and_wait(changelog, b'{"position":7}', b"\0position-clickstream-1", 1)
    await check(site)
    layout, source = await read_layout(site.settings), Source(TOY.sources[0], 1)
    taking = Opening(TOY, site.settings, Metrics(), BrokerClock(), layout, lambda: None, {source})
    with pytest.raises(Misconfigured, match="Topics from before the release"):
        await taking.opened()


async def test_topics_without_state_may_grow(site: Site) -> None:
    """Verdicts and dead letters are read, and folded by nobody."""
    await work(site)
    layout = await read_layout(site.settings)
    await grow(site, Topic.DECISIONS)
    await grow(site, Topic.DEAD_LETTERS)
    await check(site)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await watch_layout(site.settings, layout, look_every_s=0.05)


async def test_a_topic_that_grows_under_a_running_worker_ends_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Producers send keys elsewhere from then on."""
    ended: list[tuple[Exit, str]] = []

    def end(code: Exit, event: str) -> None:
        ended.append((code, event))
        raise asyncio.CancelledError

    monkeypatch.setattr(cluster, "end_process", end)
    layout = await read_layout(site.settings)
    watching = asyncio.create_task(watch_layout(site.settings, layout, look_every_s=0.05))
    await grow(site, Topic.ENGAGEMENTS)
    await asyncio.wait([watching], timeout=WITHIN_S)
    ((code, event),) = ended
    assert code == Exit.MISCONFIGURED
    assert "engagements has 3 partitions and had 2" in event


@pytest.mark.e2e
async def test_a_worker_refuses_to_start_on_counts_that_do_not_fit(site: Site, tmp_path: Path) -> None:
    """Exit code 78, which a supervisor does not answer with a restart, and a sentence."""
    await work(site)
    await grow(site, Topic.ORDERS)
    with Worker(site, "refusing", tmp_path) as worker:
        assert await worker.until_it_ends() == Exit.MISCONFIGURED
        (crashed,) = worker.events("crashed")
        assert "Changing partition counts" in crashed["error"]


@pytest.mark.e2e
async def test_a_worker_refuses_to_start_on_topics_from_before_the_release(site: Site, tmp_path: Path) -> None:
    """Exit code 78 and the sentence."""
    async with admin(site) as client:
        await client.create_topics([NewTopic(f"{site.settings.topic_prefix}profile-inbox", PARTITIONS, 1)])
        await client.delete_topics([site.settings.topic(topic) for topic in INBOXES])
    with Worker(site, "refusing", tmp_path) as worker:
        assert await worker.until_it_ends() == Exit.MISCONFIGURED
        (crashed,) = worker.events("crashed")
        assert "from before the release of version 0.1" in crashed["error"]


@pytest.mark.e2e
async def test_a_topic_made_anew_under_a_position_is_refused(site: Site, tmp_path: Path) -> None:
    """To go on would mean to leave out whatever comes up to the old position."""
    await site.send([b"a", b"a", b"a", b"a"])
    async with member(site):
        await site.until_counted()
    name = site.settings.topic(Topic.CLICKSTREAM)
    async with admin(site) as client:
        await client.delete_topics([name])
    await site.prepare()
    with Worker(site, "refusing", tmp_path) as worker:
        assert await worker.until_it_ends() == Exit.MISCONFIGURED
        (crashed,) = worker.events("crashed")
        assert f"{name}-" in crashed["error"]
        assert "'A topic was made anew'" in crashed["error"]
