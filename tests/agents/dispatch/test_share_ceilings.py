"""When too many triggers cannot be used, or too many deliveries die: the partition stalls, the destination rests."""

import asyncio

from schemas.outcomes.deliveries import DeliveryState
from streams.ceiling import Ceiling
from streams.delivery.delivery import Outcome, Result
from streams.delivery.resting import Trouble
from streams.stage import POSITION_KEY
from tests.agents.dispatch.world import ID, T0, World
from tests.streams.deliveries import fired


async def test_too_many_triggers_that_cannot_be_used_stall_the_partition() -> None:
    """Nothing of that poll is taken, no dead letter is written, the position stays, and nobody is called any more."""
    world = World(lambda: Ceiling(0.9, 100))
    world.fires()
    world.reads_all([b"garbage"] * 80)
    world.ledger.take()
    world.reads_all([b"garbage"] * 20)
    assert world.share.is_stalled
    assert world.ledger.position == 81
    assert world.ledger.take().outputs == []
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.esp.queued == []


async def test_a_rule_that_names_nobody_counts_too() -> None:
    """Its triggers would all be dead letters: a destination was forgotten in the settings."""
    world = World(lambda: Ceiling(0.9, 100))
    lost = [fired(trigger_id=f"T{n}", destination="nowhere").model_dump_json().encode() for n in range(100)]
    world.reads_all(lost)
    assert world.share.is_stalled
    assert world.ledger.lines == {}


async def test_a_few_bad_triggers_stall_nobody() -> None:
    """Of ten, nine may be garbage, as long as one is good."""
    world = World(lambda: Ceiling(0.9, 100))
    for number in range(200):
        world.fires(trigger_id=f"T{number}")
        world.reads_all([b"garbage"] * 9)
    assert not world.share.is_stalled


async def test_a_call_that_waits_when_its_partition_stalls_is_called_off() -> None:
    """It would hold a slot of its destination for ever: what was taken back may lie in what is not read."""
    world = World(lambda: Ceiling(0.9, 10))
    world.fires()
    world.looks.forget(T0)
    call = world.share.carry(ID)
    assert call is not None
    await asyncio.sleep(0)
    world.reads_all([b"garbage"] * 100)
    await asyncio.wait_for(call, 5)
    assert world.state is DeliveryState.RETRY
    assert world.esp.scripted.sent == []


async def test_a_destination_at_which_nearly_all_dies_rests() -> None:
    """404 for whatever is posted: a wrong url, and the topic would be drained into the bin."""
    world = World(lambda: Ceiling(0.9, 10))
    world.esp.scripted.outcome = Outcome(Result.REJECTED, 404)
    for number in range(10):
        assert world.esp.troubles == []
        world.fires(trigger_id=f"T{number}")
        await world.carries(f"T{number}")
    assert world.esp.troubles == [Trouble.DEAD_LETTERS]


async def test_a_successor_knows_how_many_died() -> None:
    """It rests the destination at once, and stalls at the same record: a restart is no new beginning."""
    world = World(lambda: Ceiling(0.9, 10))
    world.esp.scripted.outcome = Outcome(Result.REJECTED, 404)
    for number in range(10):
        world.fires(trigger_id=f"T{number}")
        await world.carries(f"T{number}")
    world.reads_all([b"garbage"] * 50)
    effects = world.ledger.take()
    after = World(lambda: Ceiling(0.9, 10))
    for key, value in effects.changelog:
        after.ledger.restore(key, value, effects.mark_headers if key == POSITION_KEY else ())
    after.ledger.open()
    after.share.resume()
    assert after.esp.troubles == [Trouble.DEAD_LETTERS]
    assert after.ledger.ceilings["esp"].dead == 10


async def test_a_delivery_ends_the_count() -> None:
    """The probe was taken: what died before says nothing about what comes."""
    world = World(lambda: Ceiling(0.9, 10))
    world.esp.scripted.outcome = Outcome(Result.REJECTED, 404)
    for number in range(10):
        world.fires(trigger_id=f"T{number}")
        await world.carries(f"T{number}")
    world.esp.scripted.outcome = Outcome(Result.DELIVERED, 200)
    world.fires(trigger_id="PROBE")
    await world.carries("PROBE")
    world.esp.scripted.outcome = Outcome(Result.REJECTED, 404)
    world.fires(trigger_id="ONE")
    await world.carries("ONE")
    assert world.esp.troubles == [Trouble.DEAD_LETTERS]
