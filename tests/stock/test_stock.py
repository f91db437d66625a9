"""What faust-streaming 0.15.3 as it comes does to records and counts, and what our worker does in the same place.

A test is red if ours fails. Where stock fails every time, it is red, too, if stock passes, for then it shows nothing;
where that hangs on luck, what stock does is told, and is no gate.
"""

import asyncio
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from agents.exits import Exit
from schemas.topics import Topic
from tests.agents.worker.process import Worker
from tests.agents.worker.site import PARTITIONS, Site
from tests.stock.site import Handled, Stock, committed, counted, until_still
from tests.stock.stock_app import SLOW
from tests.waiting import WITHIN_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow]

BEFORE, AFTER = 5, 14
KEYS = [b"k%d" % number for number in range(20)]
RESTARTS, ZOMBIE_S = 3, 4.0
"""How often stock is restarted, and how long it is watched after it was resumed: for what is told of it alone."""


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
        await until(lambda: ours.events("over a slow record"), "the slow record is under way")
        ours.signal(signal.SIGKILL)
    with Worker(site, "heir", tmp_path, "tests.stock.slow_worker"):
        await site.until_counted()
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent


async def test_a_worker_that_was_stopped_and_resumed_overwrites_nothing(site: Site, tmp_path: Path) -> None:
    """Another has taken over and counted on. Ours is fenced, ends, and the last word stays the newest."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=2))
    with Worker(site, "zombie", tmp_path) as ours:
        await ours.until_it_runs(PARTITIONS)
        await until(site.output, "it works")
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
    """SIGTERM under load, exit 0, start again: ours goes on at its last commit, every time."""
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=1))
    for name in ("first", "second"):
        with Worker(site, name, tmp_path) as ours:
            await ours.until_it_runs(PARTITIONS)
            counted = (await site.output()).total()
            await until(partial(has_counted_more, site, counted), "it works")
            ours.signal(signal.SIGTERM)
            assert await ours.until_it_ends() == Exit.OK
    stop.set()
    await load
    with Worker(site, "again", tmp_path):
        await site.until_counted()
    assert await site.counted() == dict(site.sent)
    assert await site.output() == site.sent


async def has_counted_more(site: Site, than: int) -> bool:
    """Whether the toy has said more counts than those."""
    return (await site.output()).total() > than


async def test_what_stock_makes_of_a_restart_is_told(site: Site, tmp_path: Path) -> None:
    """What it does to counts hangs on luck, so nothing is asserted of it, not even that it gets that far.

    Stopped in order it counts records again in one restart of two or three; stopped and resumed, as a zombie, it
    writes older counts over newer ones in most tries.
    """
    stop = asyncio.Event()
    load = asyncio.create_task(site.keep_sending(KEYS, stop, a_turn=2))
    try:
        twice = await counted_twice(site, tmp_path)
        print(f"stock counted {twice} records again in {RESTARTS} clean restarts")
        overwritten = await overwritten_by_a_zombie(site, tmp_path, stop)
        print(f"stock, resumed, wrote older counts over those of {overwritten} of {len(KEYS)} keys")
    except (AssertionError, subprocess.TimeoutExpired) as stuck:
        print(f"stock did not get that far: {stuck}")
    finally:
        stop.set()
        await load


async def counted_twice(site: Site, folder: Path) -> int:
    """How many records stock handled again after restarts in order."""
    before: set[Handled] = set()
    twice: set[Handled] = set()
    for restart in range(RESTARTS):
        with Stock(site, f"stopped-{restart}", folder, STOCK_TABLE="1", STOCK_WORK_S="0.001") as stopped:
            await stopped.until_handled(200)
            stopped.signal(signal.SIGTERM)
            await asyncio.to_thread(stopped.process.wait, WITHIN_S)
            handled = set(stopped.handled())
        twice, before = twice | before & handled, before | handled
    return len(twice)


async def overwritten_by_a_zombie(site: Site, folder: Path, stop: asyncio.Event) -> int:
    """Of how many keys a stock worker that was stopped and resumed wrote an older count over a newer one."""
    with Stock(site, "zombie", folder, STOCK_TABLE="1", STOCK_WORK_S="0.003") as zombie:
        await zombie.until_handled(300)
        zombie.signal(signal.SIGSTOP)
        with Stock(site, "heir", folder, STOCK_TABLE="1") as heir:
            await heir.until_handled(500)
            stop.set()
            taken_over = await until_still(site)
            zombie.signal(signal.SIGCONT)
            await asyncio.sleep(ZOMBIE_S)
            resumed = await counted(site)
    return sum(resumed[key] < taken_over[key] for key in KEYS)
