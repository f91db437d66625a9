"""What the forms plan, and the seeded parts of a run: they must not shrink unnoticed."""

import random
from collections import Counter
from itertools import islice

from agents.crash_points import Point
from schemas.rules.text import rulebook_from_text
from tests.chaos.destinations import ACCEPTING, behaviour
from tests.chaos.households import LATE, group_of, households
from tests.chaos.plan import DISPATCHER_POINTS, LONG, RULES_POINTS, SHORT, TIMES, WORKER_POINTS, long_form
from tests.chaos.rules import Waits, destinations, rulebook
from tests.chaos.schedule import points_of


def test_the_long_form_plans_what_was_promised() -> None:
    """A hundred kills and more, every named point five times, 25 bounces, ten minutes without brokers, 100 K timers."""
    planned = LONG.planned()

    assert LONG.kills >= 100
    assert all(planned[f"point {point.value}"] >= 5 for point in TIMES)
    assert planned["bounce"] >= 25
    assert planned["zombie"] >= 10
    assert LONG.outage_s == 600
    assert LONG.mass == 100_000
    assert all(count > 0 for count in planned.values())


def test_the_short_form_is_broken_in_the_main_ways() -> None:
    """Eight kills at least, named points of both kinds among them, a zombie, two bounces and an outage."""
    assert SHORT.kills >= 8
    assert min(SHORT.worker_points, SHORT.dispatcher_points, SHORT.zombies, SHORT.toxics) >= 1
    assert SHORT.bounces >= 2
    assert SHORT.outage_s > 0


def test_a_rehearsal_scales_every_fault_and_drops_none() -> None:
    """Ten minutes of fifty have a fifth of each fault, and at least one; fifty minutes are the long form itself."""
    rehearsal = long_form(10)

    assert rehearsal.bounces == 5
    assert all(rehearsal.planned()[kind] >= 1 for kind in LONG.planned() if not kind.startswith("point "))
    assert long_form(50) == LONG


def test_points_are_hit_evenly() -> None:
    """Fifty hits are five at each of ten points, whatever the seed; every point says how often it may be passed."""
    for seed in range(5):
        assert set(Counter(points_of(WORKER_POINTS, 50, random.Random(seed))).values()) == {5}
    assert {*WORKER_POINTS, *DISPATCHER_POINTS} == set(TIMES) == set(Point) - set(RULES_POINTS)


def test_households_are_the_same_for_a_seed() -> None:
    """The same acts again; another seed's differ; every id says whose household it belongs to."""
    waits = Waits(factor=1, lateness_ms=3000)
    first = list(islice(households(1, waits), 200))

    assert first == list(islice(households(1, waits), 200))
    assert first != list(islice(households(2, waits), 200))
    for household in first:
        for act in household.acts:
            if act.body:
                name = act.body.get("customer_id") or act.body["visitor_id"]
                assert group_of(name) == household.number
    assert group_of("m1795000000000-17") is None


def test_a_late_order_comes_when_all_reminders_of_the_cart_have_gone() -> None:
    """It is handed over later than the longest cart wait, L and some seconds after the cart was left."""
    waits = Waits(factor=3, lateness_ms=5000)
    late = next(household for household in households(1, waits) if household.plot == LATE)
    order = late.acts[-1]

    assert order.body["type"] == "order_placed"
    assert order.at_s < min(waits.carts_s())
    assert order.at_s + order.held_s > max(waits.carts_s()) + waits.lateness_ms / 1000 + 5


def test_destinations_behave_by_seed_and_well_most_of_the_time() -> None:
    """Twenty of them; each accepts in more than half of its scenes, and each misbehaves too."""
    names = destinations(Waits(1, 3000))

    assert len(names) == len(set(names)) == 20
    for name in names:
        scenes = [behaviour(5, name, scene) for scene in range(300)]
        assert scenes == [behaviour(5, name, scene) for scene in range(300)]
        assert 0.5 < sum(scene in ACCEPTING for scene in scenes) / 300 < 0.95


def test_the_rulebook_is_valid() -> None:
    """Every rule has a destination of its own."""
    waits = Waits(3, 5000)
    book = rulebook_from_text(rulebook(waits), "chaos")

    assert [rule.destination for rule in book.rules] == [rule.id for rule in book.rules]
    assert {rule.id for rule in book.rules} == set(destinations(waits))
