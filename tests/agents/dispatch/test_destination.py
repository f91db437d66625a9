"""A destination's queue: who is called next, and when nobody is."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from agents.dispatch.destination import Destination
from agents.dispatch.dispatcher import Dispatcher
from agents.dispatch.share import Share
from agents.dispatch.slots import slots_of
from agents.dispatch.tasks import Tasks
from agents.settings.settings import DestinationSettings, DispatchSettings, Settings
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from schemas.outcomes.deliveries import Delivery
from streams.delivery import delivery as machine
from streams.delivery.delivery import Outcome, Result
from streams.delivery.resting import PROBE_MS_MAX, PROBE_MS_MIN, REST_MS_MAX, Trouble
from tests.agents.dispatch.test_courier import NEW, OLD
from tests.agents.dispatch.world import Clock
from tests.streams.deliveries import NOW, fired

SLOTS = 2


class Carried:
    """A share that notes what it is to carry; a call lasts until the test lets it end."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.expired: list[str] = []
        self.may_end = asyncio.Event()
        self.may_end.set()

    def carry(self, trigger_id: str) -> "asyncio.Task[bool]":
        self.ids.append(trigger_id)
        return asyncio.create_task(self.may_end.wait())

    def expire(self, trigger_id: str) -> bool:
        self.expired.append(trigger_id)
        return True


class World:
    """A destination at work, its clock, and one share."""

    def __init__(self, **settings_: Any) -> None:
        self.clock = Clock()
        settings = DestinationSettings(url="https://esp.example", **settings_)
        self.to = Destination("esp", settings, SLOTS, Tasks(), self.clock)
        self.share = Carried()

    def push(self, trigger_id: str, share: Carried | None = None, expires_at: int | None = None) -> None:
        line = machine.on_fired(fired(trigger_id=trigger_id, expires_at=expires_at), 0, NOW)
        self.to.push(cast(Share, share or self.share), line)

    def hears(self, result: Result, status: int | None = None, *, detail: str | None = None) -> Outcome:
        """A call that has just begun comes to this; `detail` is what its line's last call came to."""
        line = machine.on_fired(fired(), 0, NOW).model_copy(update={"detail": detail})
        return self.to.heed(line, Outcome(result, status), self.clock.now)

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


async def test_refused_credentials_rest_it_and_kill_nothing(world: World) -> None:
    """One line goes at a time, at growing intervals, until it is taken; then all go."""
    assert world.hears(Result.UNAUTHORIZED, 401) == Outcome(Result.UNAUTHORIZED, 401)
    assert world.to.trouble is Trouble.UNAUTHORIZED
    for trigger_id in ("A", "B", "C", "D"):
        world.push(trigger_id)
    assert await world.passes(PROBE_MS_MIN - 1) == []
    assert await world.passes(1) == ["A"]
    world.hears(Result.UNAUTHORIZED, 403)
    assert await world.passes(2 * PROBE_MS_MIN - 1) == ["A"]
    assert await world.passes(1) == ["A", "B"]
    world.hears(Result.DELIVERED, 200)
    assert await world.passes() == ["A", "B", "C", "D"]
    assert world.to.trouble is None


async def test_a_probe_goes_alone(world: World) -> None:
    """However long it takes: nobody else is called meanwhile."""
    world.hears(Result.UNAUTHORIZED, 401)
    world.share.may_end.clear()
    world.push("A")
    world.push("B")
    assert await world.passes(PROBE_MS_MAX) == ["A"]
    assert await world.passes(PROBE_MS_MAX) == ["A"]
    world.share.may_end.set()
    assert await world.passes() == ["A", "B"]


async def test_what_expires_while_it_rests_is_said_to_have(world: World) -> None:
    """At its time, and without a call: within, exactly at. What came before the rest, and during it."""
    world.push("A", expires_at=NOW + 1000)
    world.hears(Result.UNAUTHORIZED, 401)
    world.push("B", expires_at=NOW + 2000)
    world.push("C", expires_at=NOW + 9_999_999)
    world.share.ids.clear()
    await world.passes(999)
    assert world.share.expired == []
    await world.passes(1)
    assert world.share.expired == ["A"]
    await world.passes(1000)
    assert world.share.expired == ["A", "B"]


async def test_one_message_that_is_not_wanted_stops_nobody(world: World) -> None:
    """Some answer 403 to a single recipient. Once others were taken since, it is that line which is at fault: it uses
    up an attempt, and the destination goes on. Two such in a row are the credentials again."""
    world.hears(Result.UNAUTHORIZED, 403)
    world.clock.now += PROBE_MS_MIN
    world.hears(Result.DELIVERED, 200)
    world.clock.now += 1
    assert world.hears(Result.UNAUTHORIZED, 403, detail="unauthorized") == Outcome(Result.REFUSED, 403)
    assert world.to.trouble is None
    assert world.hears(Result.UNAUTHORIZED, 403, detail="unauthorized").result is Result.UNAUTHORIZED
    assert world.to.trouble is Trouble.UNAUTHORIZED


async def test_a_call_from_before_the_refusal_proves_nothing(world: World) -> None:
    """It was taken by the credentials that have been revoked meanwhile."""
    began_ms = world.clock.now
    world.clock.now += 10
    world.hears(Result.UNAUTHORIZED, 401)
    world.to.heed(machine.on_fired(fired(), 0, NOW), Outcome(Result.DELIVERED, 200), began_ms)
    world.clock.now += 1
    assert world.hears(Result.UNAUTHORIZED, 401, detail="unauthorized").result is Result.UNAUTHORIZED


async def test_a_forbidden_address_rests_it_too(world: World) -> None:
    """The name is wrong for all lines: they wait until it leads elsewhere."""
    world.hears(Result.FORBIDDEN)
    world.push("A")
    assert world.to.trouble is Trouble.FORBIDDEN
    assert await world.passes(PROBE_MS_MIN - 1) == []
    assert await world.passes(1) == ["A"]


async def test_a_probe_signs_with_what_is_in_the_secret_file_now(tmp_path: Path) -> None:
    """Whoever mends it need not restart the dispatcher; a file that holds no secret changes nothing."""
    file = tmp_path / "secret"
    file.write_text(OLD)
    world = World(secret_file=file)
    running = asyncio.create_task(world.to.run())
    signed = world.to.courier.signer.headers("T", "{}", NOW)["webhook-signature"]
    for content, renewed in ((OLD, False), ("no secret", False), (NEW, True)):
        file.write_text(content)
        world.hears(Result.UNAUTHORIZED, 401)
        world.push(content)
        await world.passes(PROBE_MS_MAX)
        assert (world.to.courier.signer.headers("T", "{}", NOW)["webhook-signature"] != signed) is renewed
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await world.to.courier.close()


async def test_destinations_that_hang_take_nothing_from_one_that_does_not() -> None:
    """Eight of nine hang with all the calls they may have, and more lines wait. The ninth's lines go at once, as many
    at a time as if it were alone."""
    clock = BrokerClock(monotonic=lambda: 0.0)
    clock.acknowledged(NOW, 0.0)
    names = [f"esp{number}" for number in range(9)]
    settings = DispatchSettings.model_validate(
        {"destinations": {name: {"url": f"https://{name}.example/"} for name in names}, "in_flight_max": 64}
    )
    made = Dispatcher(Settings(dispatch=settings), Metrics(), clock)._make_destinations(Tasks())
    shares = {name: Carried() for name in names}
    running = [asyncio.create_task(to.run()) for to in made.values()]
    for name in names[:8]:
        shares[name].may_end.clear()
        for number in range(20):
            made[name].push(cast(Share, shares[name]), machine.on_fired(fired(trigger_id=f"{name}-{number}"), 0, NOW))
    await turns()
    shares[names[8]].may_end.clear()
    for number in range(7):
        made[names[8]].push(cast(Share, shares[names[8]]), machine.on_fired(fired(trigger_id=f"{number}"), 0, NOW))
    await turns()
    assert shares[names[8]].ids == [str(number) for number in range(7)]
    assert sum(len(share.ids) for share in shares.values()) <= 64
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.gather(*(to.courier.close() for to in made.values()))


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0])
async def test_lines_are_due_by_the_brokers_clock(wrong_s: float) -> None:
    """The worker's own is an hour behind, or ahead: a line that is due now goes now, one that is due in a minute does
    not, and what expires in a minute has not expired."""
    clock = BrokerClock(monotonic=lambda: 0.0, wall=lambda: NOW / 1000 + wrong_s)
    clock.acknowledged(NOW, 0.0)
    settings = DispatchSettings.model_validate({"destinations": {"esp": {"url": "https://esp.example/"}}})
    to = Dispatcher(Settings(dispatch=settings), Metrics(), clock)._make_destinations(Tasks())["esp"]
    running, share = asyncio.create_task(to.run()), Carried()
    now = machine.on_fired(fired(trigger_id="NOW", expires_at=NOW + 60_000), 0, NOW)
    to.push(cast(Share, share), now)
    to.push(cast(Share, share), now.model_copy(update={"trigger_id": "LATER", "next_at_ms": NOW + 59_000}))
    await turns()
    assert share.ids == ["NOW"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await to.courier.close()


async def turns() -> None:
    """All that can run now has run."""
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("wanted", "most", "slots"),
    [
        ({"a": 8}, 64, {"a": 8}),
        ({"a": 8, "b": 8}, 8, {"a": 4, "b": 4}),
        ({"a": 100, "b": 2, "c": 8}, 32, {"a": 22, "b": 2, "c": 8}),
        ({"a": 100, "b": 100, "c": 1}, 11, {"a": 5, "b": 5, "c": 1}),
        ({"a": 8, "b": 8, "c": 8}, 2, {"a": 1, "b": 1, "c": 1}),
        ({}, 64, {}),
    ],
)
def test_slots_are_shared_out_evenly_and_for_good(wanted: dict[str, int], most: int, slots: dict[str, int]) -> None:
    """Who wants less leaves the rest to the others; nobody gets none."""
    assert slots_of(wanted, most) == slots
