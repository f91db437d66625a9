"""Workers as processes: killed, stopped and resumed, joined and left, and asked to stop."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from agents.exits import Exit
from agents.settings.settings import Settings
from schemas.topics import Topic
from tests.agents.worker.process import Worker
from tests.agents.worker.site import PARTITIONS, Site
from tests.stages import GREEDY_KEY
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

KEYS = [b"k%d" % number for number in range(300)]


async def assert_exact(site: Site) -> None:
    """Each record was counted once, and led to one output."""
    await site.until_counted()
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent


async def test_two_kills_lose_and_double_nothing(site: Site, tmp_path: Path) -> None:
    """kill -9 in the middle of work, twice: every record is counted once and said once."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop))
    for _ in range(2):
        with Worker(site, "victim", tmp_path, AFTERCLICK_INSTANCE="one") as worker:
            await worker.until_it_runs(PARTITIONS)
            await asyncio.sleep(0.3 + random.random())
            worker.signal(signal.SIGKILL)
            worker.process.wait()
    stop.set()
    await load
    with Worker(site, "heir", tmp_path, AFTERCLICK_INSTANCE="one"):
        await assert_exact(site)


async def test_a_resumed_zombie_changes_nothing(site: Site, tmp_path: Path) -> None:
    """A worker that was stopped past its session is fenced, and exits; or it hears first that it is no member any more,
    and joins again without what it held. The changelog stays right."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop))
    with Worker(site, "zombie", tmp_path) as zombie:
        await zombie.until_it_runs(PARTITIONS)
        await asyncio.sleep(0.5)
        zombie.signal(signal.SIGSTOP)
        with Worker(site, "heir", tmp_path) as heir:
            await heir.until_it_runs(PARTITIONS)
            await asyncio.sleep(0.5)
            before = len(zombie.events("partitions run"))
            zombie.signal(signal.SIGCONT)
            await until(lambda: zombie.process.poll() is not None or len(zombie.events("partitions run")) > before)
            if zombie.process.poll() is not None:
                assert zombie.process.returncode == Exit.COMMIT_FAILED
            else:
                assert zombie.events("partitions run")[before]["kept"] == 0
            stop.set()
            await load
            await assert_exact(site)


async def test_workers_that_join_and_leave_under_load_stay_exact(site: Site, tmp_path: Path) -> None:
    """Fast rebalances under load: nothing is lost, doubled, or left unread."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop))
    with Worker(site, "resident", tmp_path) as resident:
        await resident.until_it_runs(PARTITIONS)
        for _ in range(2):
            with Worker(site, "guest", tmp_path) as guest:
                await guest.until_it_runs(1)
                await resident.until_it_runs(1)
                guest.signal(signal.SIGTERM)
                assert await guest.until_it_ends() == Exit.OK
            await resident.until_it_runs(PARTITIONS)
        stop.set()
        await load
        await assert_exact(site)
        assert resident.process.poll() is None


async def test_a_record_too_large_ends_the_process_and_commits_nothing(site: Site, tmp_path: Path) -> None:
    """What cannot be written stops the partition rather than being left out."""
    await site.send([GREEDY_KEY], value=b"2000000")
    with Worker(site, "choking", tmp_path) as worker:
        assert await worker.until_it_ends() == Exit.COMMIT_FAILED
        (crashed,) = worker.events("crashed")
        assert "record_bytes_max" in crashed["error"]
    assert not await site.read(Topic.SESSIONS_CHANGELOG)
    assert not await site.output()


async def test_a_batch_that_the_broker_refuses_is_not_committed_around(site: Site, tmp_path: Path) -> None:
    """aiokafka would commit the rest of the transaction: the process ends instead, and nothing is committed. The broker
    aborts what is left open soon, so that all there is can be read."""
    await site.send([*KEYS[:50], GREEDY_KEY], value=b"1500000")
    takes_too_much = {
        "AFTERCLICK_KAFKA__RECORD_BYTES_MAX": "3000000",
        "AFTERCLICK_KAFKA__TRANSACTION_TIMEOUT_MS": "3000",
    }
    with Worker(site, "choking", tmp_path, **takes_too_much) as worker:
        assert await worker.until_it_ends() == Exit.COMMIT_FAILED
        (crashed,) = worker.events("crashed")
        assert "MessageSizeTooLarge" in crashed["error"]
    assert GREEDY_KEY not in await site.output()
    await site.until_exact()


async def test_a_signal_ends_a_busy_worker_in_order(site: Site, tmp_path: Path) -> None:
    """With exit code 0, which it has only if its own deadline held, and everything that was committed right."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop))
    with Worker(site, "busy", tmp_path) as worker:
        await worker.until_it_runs(PARTITIONS)
        await asyncio.sleep(0.5)
        worker.signal(signal.SIGTERM)
        assert await worker.until_it_ends() == Exit.OK
    stop.set()
    await load
    await site.until_exact()


async def test_a_signal_during_the_start_ends_it_too(site: Site, tmp_path: Path) -> None:
    """Nothing was begun that would have to be finished."""
    with Worker(site, "early", tmp_path) as worker:
        await until(lambda: worker.events("starting"))
        worker.signal(signal.SIGINT)
        assert await worker.until_it_ends() == Exit.OK


async def test_missing_topics_are_named(site: Site, tmp_path: Path) -> None:
    """A cluster without our topics ends the process, with the way out in the log."""
    with Worker(site, "lost", tmp_path, AFTERCLICK_TOPIC_PREFIX="nowhere-") as worker:
        assert await worker.until_it_ends() == Exit.MISCONFIGURED
        (crashed,) = worker.events("crashed")
        assert "nowhere-clickstream" in crashed["error"]
        assert "topics apply" in crashed["error"]


def test_the_environment_of_a_site_is_what_settings_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers of these tests run under the settings that the tests think they have."""
    site = Site("127.0.0.1:1", tmp_path)
    for name, value in site.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == site.settings
