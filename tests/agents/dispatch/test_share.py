"""One delivery carried through, with every race that matters: nothing leaves without a last look that allows it."""

import asyncio
import time

import orjson
import pytest
from prometheus_client import generate_latest

from schemas.outcomes.deliveries import DeliveryState
from streams.delivery.delivery import Outcome, Result
from tests.agents.dispatch.world import ID, T0, World
from tests.streams.deliveries import NOW


@pytest.fixture
def world() -> World:
    return World()


async def test_the_line_is_committed_as_in_flight_before_the_call(world: World) -> None:
    """Then the call goes out with the ledger's own text, and the outcome is noted."""
    world.fires()
    body = world.ledger.lines[ID].body
    await world.carries()

    assert world.commits.states == ["in_flight"]
    assert world.esp.scripted.sent == [body]
    assert world.state is DeliveryState.DELIVERED


async def test_cancelled_in_the_queue(world: World) -> None:
    """No call at all."""
    world.fires()
    world.cancels()
    await world.carries()
    assert world.state is DeliveryState.CANCELLED
    assert world.esp.scripted.sent == []


async def test_cancelled_while_the_line_is_being_committed(world: World) -> None:
    """In flight in the ledger, but not a byte has left: the last look stops it."""
    world.fires()
    world.commits.during = world.cancels
    await world.carries()
    assert world.state is DeliveryState.CANCELLED
    assert world.esp.scripted.sent == []


async def test_cancelled_while_connecting(world: World) -> None:
    """The very last moment before the first byte."""
    world.fires()
    world.esp.scripted.connecting = world.cancels
    await world.carries()
    assert world.state is DeliveryState.CANCELLED
    assert world.esp.scripted.sent == []


@pytest.mark.parametrize(
    ("result", "state"),
    [(Result.DELIVERED, DeliveryState.DELIVERED), (Result.AMBIGUOUS, DeliveryState.CANCELLED)],
)
async def test_cancelled_during_the_call(world: World, result: Result, state: DeliveryState) -> None:
    """The call decides: what has arrived has arrived, what has failed is not repeated."""
    world.fires()
    world.esp.queued.clear()
    world.esp.scripted.meanwhile = world.cancels
    world.esp.scripted.outcome = Outcome(result)
    await world.carries()
    assert world.state is state
    assert world.esp.queued == []


async def test_cancelled_between_two_attempts(world: World) -> None:
    """The retry never happens."""
    world.fires()
    world.esp.scripted.outcome = Outcome(Result.UNSENT)
    await world.carries()
    world.cancels()
    await world.carries()
    assert len(world.esp.scripted.sent) == 1
    assert world.state is DeliveryState.CANCELLED
    assert world.outcomes() == {"applied": 2}


@pytest.mark.parametrize(("past_ms", "sent"), [(-1, 1), (0, 0), (1, 0)])
async def test_expiry_is_judged_at_the_call(world: World, past_ms: int, sent: int) -> None:
    """Sent just before, never exactly at or after."""
    world.fires(expires_at=NOW + 500)
    world.clock.now = NOW + 500 + past_ms
    await world.carries()
    assert len(world.esp.scripted.sent) == sent
    assert world.state is (DeliveryState.DELIVERED if sent else DeliveryState.EXPIRED)


async def test_expired_while_connecting(world: World) -> None:
    """The clock is asked again at the last moment."""
    world.fires(expires_at=NOW + 500)
    world.esp.scripted.connecting = lambda: setattr(world.clock, "now", NOW + 500)
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.state is DeliveryState.EXPIRED


async def test_a_stale_look_holds_the_call_back(world: World) -> None:
    """Kafka is silent: the call waits, and goes out when a fetch has proved that nothing was missed."""
    world.looks.forget(T0)
    world.fires()
    call = world.share.carry(ID)
    assert call is not None
    await asyncio.sleep(0.1)
    assert world.esp.scripted.sent == []

    world.looks.answered(T0, sent_ms=0, stable=0)
    await asyncio.wait_for(call, 5)
    assert len(world.esp.scripted.sent) == 1


async def test_a_look_that_goes_stale_while_connecting_calls_it_off(world: World) -> None:
    """The attempt is not used up: it is due again at once."""
    world.fires()
    world.esp.scripted.connecting = lambda: world.looks.forget(T0)
    await world.carries()
    assert world.state is DeliveryState.RETRY
    assert world.ledger.lines[ID].attempts == 0
    assert world.esp.queued == [ID, ID]


async def test_a_process_that_was_stopped_commits_again_before_it_calls(world: World) -> None:
    """Somebody else may own the partition by now: then the next commit is refused, and this call never made."""
    world.fires()
    world.esp.scripted.connecting = lambda: time.sleep(0.6)
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.state is DeliveryState.RETRY

    world.esp.scripted.connecting = lambda: None
    await world.carries()
    assert world.commits.states == ["in_flight", "in_flight"]
    assert len(world.esp.scripted.sent) == 1


async def test_a_commit_is_as_old_as_its_asking(world: World) -> None:
    """Stopped between the commit and the news of it: nobody knows who owns the partition by now."""
    world.fires()
    world.commits.during = lambda: time.sleep(0.6)  # stands still as a stopped process does, longer than 0.5 s
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.state is DeliveryState.RETRY


async def test_the_destination_hears_what_each_call_came_to(world: World) -> None:
    """What one call is told may be meant for all of them: that is for the destination to say."""
    world.fires()
    for outcome in (Outcome(Result.REFUSED, 429), Outcome(Result.THROTTLED, 429, 60_000)):
        world.esp.scripted.outcome = outcome
        await world.carries()
    assert world.esp.heeded == [Outcome(Result.REFUSED, 429), Outcome(Result.THROTTLED, 429, 60_000)]


async def test_leaving_while_waiting_for_a_look(world: World) -> None:
    """Nothing was sent, so the next owner finds an ordinary line, not an ambiguous one."""
    world.looks.forget(T0)
    world.fires()
    world.share.carry(ID)
    await asyncio.sleep(0)
    await world.share.close(grace_s=1)
    assert world.state is DeliveryState.RETRY
    assert world.ledger.lines[ID].attempts == 0
    assert world.share.carry(ID) is None


async def test_leaving_cuts_off_a_call_that_takes_too_long(world: World) -> None:
    """It may have arrived: the line stays in flight."""
    world.fires()
    world.esp.scripted.meanwhile = lambda: asyncio.sleep(30)
    world.share.carry(ID)
    await asyncio.sleep(0)
    await world.share.close(grace_s=0.05)
    assert world.state is DeliveryState.IN_FLIGHT


async def test_leaving_lets_a_quick_call_end(world: World) -> None:
    """Its outcome is noted."""
    world.fires()
    world.esp.scripted.meanwhile = lambda: asyncio.sleep(0.05)
    world.share.carry(ID)
    await asyncio.sleep(0)
    await world.share.close(grace_s=5)
    assert world.state is DeliveryState.DELIVERED


async def test_a_destination_that_is_gone_takes_nobody_with_it(world: World) -> None:
    """410 disables it: this delivery and the queued ones are dead, without further calls."""
    world.fires()
    world.fires(trigger_id="NEXT")
    world.esp.scripted.outcome = Outcome(Result.GONE, 410)
    await world.carries()
    await world.carries("NEXT")
    assert world.esp.is_gone
    assert [world.ledger.state(known) for known in (ID, "NEXT")] == [DeliveryState.DEAD] * 2
    assert len(world.esp.scripted.sent) == 1


async def test_every_record_has_one_outcome(world: World) -> None:
    """New, repeated, taken back, taken back again, taken back too late, unreadable: counted once each."""
    world.fires()
    world.fires()
    world.cancels()
    world.cancels()
    world.fires(trigger_id="SENT")
    await world.carries("SENT")
    world.cancels("SENT")
    world.cancels("UNSEEN")
    world.fires(trigger_id="UNSEEN")
    world.reads(b"{")
    assert world.outcomes() == {"applied": 4, "duplicate": 3, "late": 1, "quarantined": 1}


async def test_what_cannot_be_sent_is_dead_at_once(world: World) -> None:
    """Unknown destinations and oversized bodies, with a dead letter and a receipt each."""
    world.fires(destination="nowhere")
    world.fires(trigger_id="LARGE", viewed=("x" * 30_000,))
    outputs = world.ledger.take().outputs
    assert [world.ledger.state(known) for known in (ID, "LARGE")] == [DeliveryState.DEAD] * 2
    assert [orjson.loads(out.value).get("detail") for out in outputs] == [
        None,
        "unknown_destination",
        None,
        "too_large",
    ]


async def test_a_successor_takes_up_what_was_left(world: World) -> None:
    """Pending is queued, in flight is ambiguous and due again, and what has lost its destination is dead."""
    world.fires()
    world.fires(trigger_id="FLYING")
    assert world.share.carry("FLYING") is not None
    world.fires(trigger_id="LOST")
    world.ledger.lines["LOST"] = world.ledger.lines["LOST"].model_copy(update={"destination": "closed"})
    world.esp.queued.clear()

    world.share.resume()

    assert sorted(world.esp.queued) == [ID, "FLYING"]
    assert world.ledger.state("FLYING") is DeliveryState.RETRY
    assert world.ledger.state("LOST") is DeliveryState.DEAD


async def test_attempts_are_measured(world: World) -> None:
    """By destination and outcome, with no name that comes from a record."""
    world.fires()
    world.esp.scripted.outcome = Outcome(Result.UNAUTHORIZED, 401)
    await world.carries()
    shown = generate_latest(world.metrics.registry).decode()
    assert 'afterclick_attempts_total{destination="esp",outcome="unauthorized"} 1.0' in shown
    assert 'afterclick_attempt_seconds_count{destination="esp"} 1.0' in shown


async def test_refused_credentials_kill_no_delivery(world: World) -> None:
    """401 and 403, more often than there are attempts: the line waits in the ledger, and none of them is used up."""
    world.fires()
    for status in (401, 403) * 6:
        world.esp.scripted.outcome = Outcome(Result.UNAUTHORIZED, status)
        await world.carries()
    line = world.ledger.lines[ID]
    assert (line.state, line.attempts, line.calls) == (DeliveryState.RETRY, 0, 12)
    world.esp.scripted.outcome = Outcome(Result.DELIVERED, 200)
    await world.carries()
    assert world.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("past_ms", [-1, 0, 1])
async def test_what_waits_for_credentials_expires_in_its_time(world: World, past_ms: int) -> None:
    """Within it is kept, exactly at and after its time it is over, without a call."""
    world.fires(expires_at=NOW + 500)
    world.clock.now = NOW + 500 + past_ms
    assert world.share.expire(ID) is (past_ms >= 0)
    assert world.state is (DeliveryState.EXPIRED if past_ms >= 0 else DeliveryState.PENDING)
    assert world.esp.scripted.sent == []
