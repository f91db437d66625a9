"""What faust-streaming 0.15.3 as it comes does to records and counts, and what our worker does in the same place.

Each test runs one scenario on both. It is red if ours fails, and red if stock passes, for then it shows nothing.
"""

import asyncio
import signal
from pathlib import Path

import pytest

from agents.exits import Exit
from schemas.topics import Topic
from tests.agents.shell.process import Worker
from tests.agents.shell.site import PARTITIONS, Site
from tests.stock.site import Handled, Stock, committed, counted, until_still
from tests.stock.stock_app import SLOW
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow]

BEFORE, AFTER = 5, 14
KEYS = [b"k%d" % number for number in range(20)]
RESTARTS_MAX = 15
"""Stock doubles something in about one clean restart of three: that none of so many does is one chance in 400."""


async def send_around_a_slow_one(site: Site) -> None:
    """On partition 0: some records, one that takes long, some more."""
    async with site.producer() as producer:
        for key in [*KEYS[:BEFORE], SLOW, *KEYS[BEFORE : BEFORE + AFTER]]:
            await producer.send_and_wait(site.settings.topic(Topic.CLICKSTREAM), b"x", key, 0)
            site.sent[key] += 1


async def test_a_record_under_way_at_a_crash_is_handled_by_the_successor(site: Site, tmp_path: Path) -> None:
    """faust-streaming issue 606: stock commits past the one record that is still open, and nobody ever handles it."""
    await send_around_a_slow_one(site)
    slow = {"STOCK_SLOW_S": "600"}
    with Stock(site, "victim", tmp_path, STOCK_CONCURRENCY="2", **slow) as victim:
        await victim.until_handled(BEFORE + AFTER)

        async def is_passed() -> bool:
            return await committed(site, 0) > BEFORE

        await until(is_passed)
        keys = {key for key, _, _ in victim.handled()}
    async with site.producer() as producer:
        await producer.send_and_wait(site.settings.topic(Topic.CLICKSTREAM), b"x", b"last", 0)
        site.sent[b"last"] += 1
    with Stock(site, "heir", tmp_path) as heir:
        await heir.until_handled(1)
        keys |= {key for key, _, _ in heir.handled()}
    assert SLOW not in keys, "stock faust-streaming handled it: the test shows nothing any more"

    with Worker(site, "victim", tmp_path, "tests.stock.slow_worker", **slow) as ours:
        await ours.until_it_runs(PARTITIONS)
        await asyncio.sleep(1)
        ours.signal(signal.SIGKILL)
    with Worker(site, "heir", tmp_path, "tests.stock.slow_worker"):
        await site.until_counted()
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent


async def test_a_worker_that_was_stopped_and_resumed_overwrites_nothing(site: Site, tmp_path: Path) -> None:
    """Another has taken over and counted on. Stock writes what it still holds, older counts over newer ones; ours is
    fenced, ends, and the last word stays the newest.
    """
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=2))
    with Stock(site, "zombie", tmp_path, STOCK_TABLE="1", STOCK_WORK_S="0.003") as zombie:
        await zombie.until_handled(300)
        zombie.signal(signal.SIGSTOP)
        with Stock(site, "heir", tmp_path, STOCK_TABLE="1") as heir:
            await heir.until_handled(500)
            stop.set()
            await load
            taken_over = await until_still(site)
            zombie.signal(signal.SIGCONT)
            await asyncio.sleep(4)
            resumed = await counted(site)
    overwritten = {key for key in KEYS if resumed[key] < taken_over[key]}
    assert overwritten, "stock faust-streaming overwrote nothing: the test shows nothing any more"

    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=2))
    with Worker(site, "zombie", tmp_path) as ours:
        await ours.until_it_runs(PARTITIONS)
        await asyncio.sleep(0.5)
        ours.signal(signal.SIGSTOP)
        with Worker(site, "heir", tmp_path) as successor:
            await successor.until_it_runs(PARTITIONS)
            ours.signal(signal.SIGCONT)
            assert await ours.until_it_ends() == Exit.COMMIT_FAILED
            stop.set()
            await load
            await site.until_counted()
            assert await site.counted() == dict(site.sent)
            assert await site.output() == site.sent


async def test_a_clean_restart_counts_nothing_twice(site: Site, tmp_path: Path) -> None:
    """SIGTERM under load, exit 0, start again: ours goes on at its last commit, every time. Stock, in one restart of
    two or three, counts records again that it had counted; it is restarted until that is seen.
    """
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=1))
    with Worker(site, "stopped", tmp_path) as ours:
        await ours.until_it_runs(PARTITIONS)
        await asyncio.sleep(0.5)
        ours.signal(signal.SIGTERM)
        assert await ours.until_it_ends() == Exit.OK
    before: set[Handled] = set()
    twice: set[Handled] = set()
    restarts = 0
    while not twice and restarts <= RESTARTS_MAX:
        with Stock(site, f"stopped-{restarts}", tmp_path, STOCK_TABLE="1", STOCK_WORK_S="0.001") as stopped:
            await stopped.until_handled(200)
            stopped.signal(signal.SIGTERM)
            assert await asyncio.to_thread(stopped.process.wait, 30) == Exit.OK
            handled = set(stopped.handled())
        twice, before = before & handled, before | handled
        restarts += 1
    stop.set()
    await load
    print(f"stock counted {len(twice)} records again in clean restart {restarts - 1} of at most {RESTARTS_MAX}")
    assert twice, "stock faust-streaming doubled nothing: the test shows nothing any more"
    with Worker(site, "again", tmp_path):
        await site.until_counted()
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent
