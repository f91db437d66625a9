"""Workers that cannot go on end by themselves, and those that are asked to end do, whatever they are at."""

import asyncio
import signal
from pathlib import Path

import pytest

from agents.demo.broker import Kafka
from agents.exits import Exit
from schemas.topics import Topic
from tests.agents.worker.process import Worker
from tests.agents.worker.site import PARTITIONS, Site
from tests.stages import STUCK_KEY
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

STALL_S = 12.0
"""Longer than a busy machine takes for any step of a start, or the start would be the stall."""
KEYS = [b"k%d" % number for number in range(100)]


async def test_an_event_loop_that_is_blocked_ends_the_process(site: Site, tmp_path: Path) -> None:
    """A fold that never returns: heartbeats of the group go on in their own thread, and nobody else would notice."""
    with Worker(site, "stuck", tmp_path, AFTERCLICK_STALL_S=str(STALL_S)) as worker:
        await worker.until_it_runs(PARTITIONS)
        await site.send([STUCK_KEY])
        assert await worker.until_it_ends() == Exit.STALLED
        (said,) = worker.events("no progress")
        assert said["what"] == "the event loop"
    assert not await site.output()


async def test_brokers_that_do_not_answer_end_the_process(kafka: Kafka, site: Site, tmp_path: Path) -> None:
    """Connections stay open and nothing comes: the process must not wait for good, and loses nothing by ending."""
    fast = {"AFTERCLICK_STALL_S": str(STALL_S), "AFTERCLICK_KAFKA__REQUEST_TIMEOUT_MS": "12000"}
    with Worker(site, "waiting", tmp_path, **fast) as worker:
        await site.send(KEYS)
        await worker.until_it_runs(PARTITIONS)
        await site.until_counted()
        kafka.pause()
        try:
            code = await worker.until_it_ends()
        finally:
            kafka.resume()
    assert code in (Exit.STALLED, Exit.COMMIT_FAILED, Exit.CRASHED)
    await site.send(KEYS)
    with Worker(site, "heir", tmp_path):
        await site.until_counted()
        assert await site.counted() == dict(site.sent)


async def test_a_signal_during_a_restore_ends_the_worker(site: Site, tmp_path: Path) -> None:
    """At a take-over as well as at the start; a restore is given up, and nothing was begun that has to be finished."""
    changelog = site.settings.topic(Topic.SESSIONS_CHANGELOG)
    async with site.producer(transactional_id=f"{site.name}-other") as other:
        with Worker(site, "resident", tmp_path) as resident, Worker(site, "guest", tmp_path) as guest:
            await resident.until_it_runs(1)
            await guest.until_it_runs(1)
            # What somebody else has not ended hides all that comes after it: a restore has to wait.
            await other.begin_transaction()
            for partition in range(PARTITIONS):
                await other.send_and_wait(changelog, b"1", b"of-another", partition)
            guest.signal(signal.SIGTERM)
            assert await guest.until_it_ends() == Exit.OK
            await until(lambda: resident.states()["toy"].startswith("restoring"))
            resident.signal(signal.SIGTERM)
            assert await resident.until_it_ends() == Exit.OK
        with Worker(site, "starting", tmp_path) as starting:
            await until(lambda: starting.states().get("toy", "").startswith("restoring"))
            starting.signal(signal.SIGTERM)
            assert await starting.until_it_ends() == Exit.OK
        await other.abort_transaction()


async def test_a_second_signal_changes_nothing(site: Site, tmp_path: Path) -> None:
    """Impatience does not cut the orderly stop short: 0, and all that was committed is right."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop))
    with Worker(site, "busy", tmp_path) as worker:
        await worker.until_it_runs(PARTITIONS)
        await asyncio.sleep(0.3)
        worker.signal(signal.SIGTERM)
        worker.signal(signal.SIGTERM)
        await asyncio.sleep(0.05)
        worker.signal(signal.SIGINT)
        assert await worker.until_it_ends() == Exit.OK
    stop.set()
    await load
    await site.until_exact()


async def test_two_shops_that_share_an_app_id_by_mistake_do_not_hurt_each_other(kafka: Kafka, tmp_path: Path) -> None:
    """Other topics, other instances, the same groups: each worker reads its own shop's topics, and counts exactly."""
    sites = [Site(kafka.bootstrap, tmp_path), Site(kafka.bootstrap, tmp_path)]
    for site in sites:
        await site.prepare()
        await site.send(KEYS)
    same = {"AFTERCLICK_APP": sites[0].name}
    with (
        Worker(sites[0], "one", tmp_path, AFTERCLICK_INSTANCE="one", **same),
        Worker(sites[1], "two", tmp_path, AFTERCLICK_INSTANCE="two", **same),
    ):
        for site in sites:
            await site.until_counted()
            await site.send(KEYS)
            await site.until_counted()
            assert await site.counted() == dict(site.sent)
            assert await site.output() == site.sent
