"""After a silence, or when orders had held W back, everybody in a partition is over at once: what is decided is the
same, and not all of them are alive together."""

import pytest

from agents.core import core
from schemas.state.profile import Profile
from schemas.topics import Topic
from streams.profiles import customer_stage
from streams.profiles.customer_stage import CustomerStage
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0
from streams.stage import ALIVE_AT_A_TIME, Batch
from streams.visits import held_visitors, visitor_profiles, visits
from streams.visits.session_stage import SessionStage
from streams.visits.visitors import Visitor
from tests.streams.durable import DurableReplay
from tests.streams.records import batch, click, given_record
from tests.streams.test_profiles import HER, owner
from tests.world import BEGINNING_MS, World, rule, rulebook

HOUR = 3_600_000
VISITORS = 25


@pytest.fixture(params=[1, 10, VISITORS, ALIVE_AT_A_TIME])
def at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many are alive at a time."""
    for place in (visits, visitor_profiles, customer_stage, held_visitors):
        monkeypatch.setattr(place, "ALIVE_AT_A_TIME", request.param)
    return int(request.param)


def visited() -> SessionStage:
    """A stage of which many are visitors, one after the other; then nothing was heard."""
    stage = SessionStage(0, rulebook(rule("browse_abandonment", wait="1h")), ONE_EACH, 1000)
    said = [
        click("product_viewed", at=HOUR + number, visitor=f"phone-{number:02}", product_id="mug")
        for number in range(VISITORS)
    ]
    records = [given_record(one, key=one["visitor_id"].encode(), offset=n) for n, one in enumerate(said)]
    stage.heard({ORDERS_0: 10 * HOUR})
    stage.fold(batch(records, now=HOUR + 1000))
    return stage


def alive(stage: SessionStage) -> int:
    """How many visitors are held as more than their records."""
    return sum(isinstance(visitor.profile, Profile) for _, visitor in stage._visits.visitors.items())


def test_all_who_are_over_at_once_are_reminded(at_a_time: int) -> None:
    """Each once, in the order in which they are over, however many are taken at a time; then few are alive, and after
    the turn nobody."""
    stage = visited()
    stage.fold(batch([], now=10 * HOUR, first=VISITORS, at_end=True))
    assert alive(stage) == min(at_a_time - 1, VISITORS)
    fired = [out.key.decode() for out in stage.take().outputs if out.topic == "triggers"]
    assert fired == [f"v:phone-{number:02}" for number in range(VISITORS)]
    assert (stage.open_visits, stage.open_episodes, stage.waiting_facts, alive(stage)) == (0, 0, 0, 0)


# `make test` runs the interpreted core, where it is never skipped; machine code is of the same source.
@pytest.mark.skipif(core() == "compiled", reason="machine code calls machine code: nobody can look in between")
def test_no_more_are_alive_than_are_over_at_a_time(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first who hears that the visit is over to the last whose reminder goes: those who have just heard, and
    those who have just been reminded."""
    stage = visited()
    stage.take()
    assert alive(stage) == 0
    seen, live = list[int](), visitor_profiles.live

    def seen_live(visitor: Visitor) -> Profile:
        profile = live(visitor)
        seen.append(alive(stage))
        return profile

    monkeypatch.setattr(visitor_profiles, "live", seen_live)
    stage.fold(batch([], now=10 * HOUR, first=VISITORS, at_end=True))
    assert max(seen) <= min(2 * at_a_time, VISITORS)


def test_customers_who_are_woken_at_once_are_not_alive_together(at_a_time: int) -> None:
    """Each is reminded, and beyond so many rests before the next one is woken."""
    world = World(rulebook(rule("cart_abandonment", wait="1h")), driver=DurableReplay)
    for number in range(VISITORS):
        world.as_(f"phone-{number}").signs_in(f"ada-{number}").adds("mug")
    world.after("50m")
    stage = owner(world, HER, still=False)
    at = BEGINNING_MS + 2 * HOUR
    stage.heard({CLICKS_0: at, ORDERS_0: at})
    stage.fold(Batch(Topic.CUSTOMER_INBOX, (), stage.positions[Topic.CUSTOMER_INBOX], at, at))
    assert isinstance(stage, CustomerStage)
    held = stage._profiles._held.values()
    assert sum(isinstance(one, Profile) for one in held) == min(at_a_time - 1, VISITORS)
    assert sum(out.topic == "triggers" for out in stage.take().outputs) == VISITORS
