"""A destination's queue: who is called next, and when nobody is."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from typing import cast

import pytest

from agents.dispatch.destination import Destination
from agents.dispatch.share import Share
from agents.dispatch.tasks import Tasks
from agents.settings import DestinationSettings
from schemas.deliveries import Delivery
from streams import delivery as machine
from streams.delivery import Outcome, Result
from streams.resting import REST_MS_MAX
from tests.agents.dispatch.world import Clock
from tests.streams.test_delivery import NOW, fired

SLOTS = 2


class Carried:
    """A share that notes what it is to carry; a call lasts until the test lets it end."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.may_end = asyncio.Event()
        self.may_end.set()

    def carry(self, trigger_id: str) -> "asyncio.Task[bool]":
        self.ids.append(trigger_id)
        return asyncio.create_task(self.may_end.wait())


class World:
    """A destination at work, its clock, and one share."""

    def __init__(self) -> None:
        self.clock = Clock()
        settings = DestinationSettings(url="https://esp.example")
        self.to = Destination("esp", settings, SLOTS, Tasks(), self.clock)
        self.share = Carried()

    def push(self, trigger_id: str, share: Carried | None = None) -> None:
        line = machine.on_fired(fired(trigger_id=trigger_id), 0, NOW)
        self.to.push(cast(Share, share or self.share), line)

    def throttles(self, wait_ms: int) -> None:
        """A call was told to come back later."""
        self.to.heed(cast(Delivery, None), Outcome(Result.THROTTLED, 429, wait_ms), self.clock.now)

    async def passes(self, milliseconds: int = 0) -> list[str]:
        """What has been carried after that time."""
        self.clock.now += milliseconds
        self.to._pushed.set()  # the queue looks at the clock again
        for _ in range(20):
            await asyncio.sleep(0)
        return self.share.ids


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    running = asyncio.create_task(world.to.run())
    yield world
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await world.to.courier.close()


async def test_what_is_due_is_carried_as_there_is_room(world: World) -> None:
    """Two slots, three lines: the third waits for one to end."""
    world.share.may_end.clear()
    for trigger_id in ("A", "B", "C"):
        world.push(trigger_id)
    assert await world.passes() == ["A", "B"]
    world.share.may_end.set()
    assert await world.passes() == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("after_ms", "carried"),
    [(59_999, []), (60_000, ["A"]), (60_001, ["A"])],
    ids=["within", "exactly at the end", "after"],
)
async def test_nobody_is_called_while_it_rests(world: World, after_ms: int, carried: list[str]) -> None:
    """It asked one call to come back in a minute; a line that is due now waits with it."""
    world.throttles(60_000)
    world.push("A")
    assert await world.passes(after_ms) == carried


async def test_a_rest_has_an_end(world: World) -> None:
    """A header may say a day; whoever sent it may also just be broken."""
    world.throttles(24 * 3_600_000)
    world.throttles(1000)
    world.push("A")
    assert await world.passes(REST_MS_MAX - 1) == []
    assert await world.passes(1) == ["A"]


async def test_a_share_that_has_ended_leaves_nothing_behind(world: World) -> None:
    """Its lines are somebody else's, however far off they are due: a ledger would be kept in memory for hours."""
    gone = Carried()
    world.throttles(60_000)
    world.push("A", gone)
    world.push("B")
    world.to.drop(cast(Share, gone))
    kept = weakref.ref(gone)
    del gone
    gc.collect()
    assert kept() is None
    assert await world.passes(60_000) == ["B"]
