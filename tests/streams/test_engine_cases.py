"""What other stream engines got wrong, case by case (reference: engines, part 5), at the level of the pure core."""

import random

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from streams.replay import Replay
from streams.stage import STAGES_OWN
from tests.oracle.shop_worlds import world as shop_world
from tests.properties.batch import DAY, Outcome, arrivals, plain_rulebook, replay
from tests.streams.durable import DurableReplay, driver_of
from tests.world import World, ms, rule, rulebook

CART, BROWSE = "cart_abandonment", "browse_abandonment"
BOOK = rulebook(rule(CART), rule(BROWSE), retention="30d")


def test_case_1_one_event_then_silence_fires_at_gap_plus_lateness() -> None:
    """W moves with the clock though nothing arrives, and never back."""
    world = World(rulebook(rule(BROWSE, wait="30m")))
    world.sees("mug").advance("30m 5s")
    assert world.sent() == []
    assert world.advance("1ms").sent() == [BROWSE]
    before = world.replay.sessions.watermark
    assert world.pipe({"type": "page_viewed"}, ago="2h").replay.sessions.watermark == before


@pytest.mark.parametrize("closed_by", ["timer", "next_click"])
def test_case_2_a_session_closes_on_the_timer_and_on_the_next_click_alike(closed_by: str) -> None:
    """The gap is checked first: no click of the next visit slips into the old one."""
    world = World(BOOK)
    world.sees("mug")
    (world.after("31m") if closed_by == "timer" else world.advance("31m")).adds("pot").after("1d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(CART, ms("31m"))]
    assert world.why(BROWSE) is Reason.ITEM_ADDED


def test_case_3_a_late_click_extends_an_open_session_and_an_older_one_is_counted_with_its_lateness() -> None:
    """Nothing is dropped without a number."""
    world = World(BOOK)
    world.sees("mug").advance("20m").visits(ago="5m").advance("20m").replay.take()
    world.visits(ago="3h")
    observed = [seconds for name, topic, seconds in world.replay.take().observed if name == "lateness_seconds"]
    assert observed == [pytest.approx(3 * 3600 - 5)]


def test_case_4_the_boundary_of_the_gap_is_inclusive() -> None:
    """One table, over gap-1, gap and gap+1; merges of two sessions stand in the stories."""
    for pause, sessions in (("29m 59s 999ms", 1), ("30m", 1), ("30m 1ms", 2)):
        world = World(BOOK)
        world.sees("mug").advance(pause).sees("pot").drain()
        assert len(world.anchors(BROWSE)) == sessions, pause


def test_case_5_timers_are_rebuilt_before_the_first_event_and_overdue_ones_fire_once() -> None:
    """Killed for a day: what became due meanwhile fires on the first tick, for keys never touched again."""
    world = World(BOOK, driver=DurableReplay)
    world.adds("mug").as_("tablet").sees("pot").after("10m")
    driver_of(world).kill(BOOK)
    world.advance("1d")
    assert sorted(world.sent()) == [BROWSE, CART]
    driver_of(world).kill(BOOK)
    assert len(world.advance("9d").sent()) == 2


def test_case_5_a_timer_due_in_the_past_when_armed_fires_once() -> None:
    """A late click arms it; a restart in between does not arm it again."""
    world = World(BOOK, driver=DurableReplay)
    world.visits().after("5h").adds("mug", ago="3h")
    driver_of(world).kill(BOOK)
    assert world.after("1s").after("1d").anchors(CART) == [ms("2h")]


def test_case_6_position_and_watermark_survive_with_the_state() -> None:
    """A restart neither fires again nor forgets how far time had come."""
    world = World(BOOK, driver=DurableReplay)
    world.adds("mug").visits().after("2h")
    replay_ = driver_of(world)
    position, watermark = replay_.sessions.positions[Topic.CLICKSTREAM], replay_.sessions.watermark
    world.visits()
    replay_.kill(BOOK)
    assert replay_.sessions.positions[Topic.CLICKSTREAM] == position + 1
    assert replay_.sessions.watermark >= watermark - ms("5s")
    assert world.after("1d").sent() == [CART]


def test_case_7_what_marks_an_event_as_seen_is_committed_with_what_it_led_to() -> None:
    """Killed after any commit, a repeat is known as one, and its trigger is out."""
    world = World(rulebook(rule("exit_intent")), driver=DurableReplay)
    world.adds("mug", event_id="e1").moves_to_leave(event_id="e2")
    driver_of(world).kill(rulebook(rule("exit_intent")))
    world.adds("mug", event_id="e1").moves_to_leave(event_id="e2")
    assert world.outcomes() == {"applied": 2, "duplicate": 2}
    assert world.sent() == ["exit_intent"]


@pytest.mark.parametrize("seed", [3, 17, 2026], ids="seed{}".format)
def test_case_8_a_run_with_many_kills_gives_the_same_trigger_ids(seed: int) -> None:
    """The twin without faults is what is expected."""
    book = plain_rulebook("2d")
    shop = shop_world(seed, people=8, days=6)
    arrived = arrivals(shop.clicks, shop.orders)
    twin = replay(book, arrived)
    rng = random.Random(seed)
    killed = DurableReplay(book, 5_000)
    kills = 0
    for arrival in arrived:
        killed.feed(*arrival.fed())
        if rng.random() < 0.03:
            killed.kill(book)
            kills += 1
    killed.drain()
    outcome = Outcome.of(killed.take().outputs)
    assert kills > 10
    assert outcome.triggers == twin.triggers
    assert sorted(outcome.ids) == sorted(twin.ids)


def test_case_9_closed_sessions_leave_nothing() -> None:
    """No keys, no heap entries, and tombstones in both changelogs, once the retention has passed."""
    world = World(BOOK, driver=DurableReplay)
    for number in range(200):
        world.as_(f"v{number}").sees("mug").advance("10s")
    world.drain().after("31d").after("31d").after("1s")
    replay_ = driver_of(world)
    assert replay_.sessions.gauges()["keys", "sessions", "0"] == 0
    assert replay_.customers.gauges()["keys", "customers", "0"] == 0
    assert (replay_.sessions.next_due, replay_.customers.next_due) == (None, None)
    left = [key for name, log in replay_.changelogs.items() if name != "intake" for key in log]
    assert all(key.startswith(STAGES_OWN) for key in left), "only what is the stages' own stays"


def test_case_9_state_is_flat_over_ten_times_the_keys() -> None:
    """What lives at one time decides, not what ever lived."""
    sizes = []
    for visitors in (50, 500):
        world = World(rulebook(rule(CART), retention="1h"), driver=DurableReplay)
        for number in range(visitors):
            world.as_(f"v{number}").adds("mug").after("10m")
        sizes.append(len(driver_of(world).changelogs["sessions"]) + len(driver_of(world).changelogs["customers"]))
    assert sizes[1] <= sizes[0] + 2


def test_case_11_there_is_a_driver_without_a_broker() -> None:
    """Events in, a clock to advance, triggers out."""
    driver = Replay(BOOK, 5_000)
    click = b'{"event_id":"e1","type":"cart_item_added","occurred_at":1000,"visitor_id":"v","product_id":"mug"}'
    driver.feed(Topic.CLICKSTREAM, b"v", click, 1_000)
    driver.advance(DAY)
    assert [out.topic for out in driver.take().outputs].count(Topic.TRIGGERS) == 1


def test_case_12_an_episode_keeps_the_version_of_the_rule_that_opened_it() -> None:
    """The wait was shortened while she waited: the old promise holds, and the trigger says which."""
    shorter = rulebook(rule(CART, wait="30m"))
    world = World(rulebook(rule(CART)), driver=DurableReplay)
    world.adds("mug").after("10m")
    driver_of(world).kill(shorter)
    assert world.after("25m").sent() == []
    world.after("26m")
    (fired,) = world.fired()
    assert fired["due_ms"] - fired["anchor_ms"] == ms("60m")
    assert fired["rule_version"] == rulebook(rule(CART)).rules[0].version


def test_case_12_a_rule_that_is_gone_speaks_no_more() -> None:
    """And the decision log says why."""
    world = World(BOOK, driver=DurableReplay)
    world.adds("mug").after("10m")
    driver_of(world).kill(rulebook(rule(BROWSE)))
    world.after("1d")
    assert world.sent() == []
    assert world.why(CART) is Reason.RULE_GONE
