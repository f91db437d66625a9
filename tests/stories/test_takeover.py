"""A new rulebook is taken over while people wait, between two batches: nothing is lost, nothing is said twice."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, BROWSE, LAPSE = "cart_abandonment", "browse_abandonment", "lapse"
OLD = rulebook(rule(CART, destination="letters"))
NEW = rulebook(rule(CART, destination="parcels", wait="30m"))


def shop(book: Rulebook = OLD) -> World:
    """A shop whose rulebook can be changed while it runs, and that can be stopped."""
    return World(book, driver=DurableReplay)


def driver(world: World) -> DurableReplay:
    """Its driver."""
    assert isinstance(world.replay, DurableReplay)
    return world.replay


def sent(world: World) -> list[tuple[str, int]]:
    """Where the triggers went, and how long after their anchors they were due."""
    return [(fired["destination"], fired["due_ms"] - fired["anchor_ms"]) for fired in world.fired()]


def test_who_waits_is_spoken_to_by_the_old_rule_and_who_comes_by_the_new_one() -> None:
    """One takeover, two shoppers."""
    world = shop()
    world.adds("mug").after("10m")
    world.replay.take_over(NEW)
    world.as_("laptop").adds("mug").after("2h")
    assert sent(world) == [("parcels", ms("30m")), ("letters", ms("60m"))]


def test_a_takeover_that_was_not_committed_has_not_happened() -> None:
    """The owner dies with it; the next one goes on by the recorded rulebook, takes over again, and nothing is twice."""
    world = shop()
    world.adds("mug").after("10m")
    driver(world).sessions.take_over(NEW)
    driver(world).kill(NEW, takes_over=False)
    stages = driver(world).sessions, driver(world).customers
    assert [stage.rulebook.version for stage in stages] == [OLD.version, OLD.version]
    world.as_("tablet").adds("mug").after("1m")
    world.replay.take_over(NEW)
    world.as_("laptop").adds("mug").after("2h")
    assert sent(world) == [("parcels", ms("30m")), ("letters", ms("60m")), ("letters", ms("60m"))]


def test_a_restored_partition_goes_by_what_it_had_taken_over() -> None:
    """Whatever rulebook the process happens to have."""
    world = shop()
    world.replay.take_over(NEW)
    driver(world).kill(OLD, takes_over=False)
    world.adds("mug").after("2h")
    assert sent(world) == [("parcels", ms("30m"))]


def test_it_is_recorded_where_in_the_input_each_rulebook_was_taken_over() -> None:
    """By version, with W and the positions."""
    world = shop()
    world.adds("mug").after("10m").adds("pot")
    world.replay.take_over(NEW)
    first, second = driver(world).sessions._people.in_force.takeovers
    assert (first.version, first.positions) == (OLD.version, {})
    assert second.version == NEW.version
    assert second.positions[Topic.CLICKSTREAM] == 2
    assert second.watermark == BEGINNING_MS + ms("10m")


def test_the_episodes_of_a_removed_rule_end_when_they_are_due() -> None:
    """Nobody is spoken to by a rule that is no more."""
    world = shop()
    world.adds("mug").after("10m")
    world.replay.take_over(rulebook(rule(LAPSE)))
    world.after("2h")
    assert (world.sent(), world.why(CART)) == ([], Reason.RULE_GONE)


@pytest.mark.parametrize("signed_in", [False, True], ids=["unknown", "known"])
@pytest.mark.parametrize(
    ("pause", "visits"), [("9m 59s", 1), ("10m", 1), ("10m 1ms", 2)], ids=["within", "exactly_at", "after"]
)
def test_open_visits_go_by_a_shorter_gap_from_then_on(pause: str, visits: int, signed_in: bool) -> None:
    """She pauses; the gap becomes ten minutes instead of thirty, and she goes on."""
    world = shop(rulebook(rule(BROWSE), session_gap="30m"))
    if signed_in:
        world.signs_in("ada")
    world.sees("mug").at(pause)
    world.replay.take_over(rulebook(rule(BROWSE), session_gap="10m"))
    world.sees("pot").after("1d")
    ends = [0, ms(pause)] if visits == 2 else [ms(pause)]
    assert world.anchors(BROWSE) == ends


def test_a_visit_that_a_shorter_gap_has_ended_is_over_as_of_the_takeover() -> None:
    """What its customer has long passed is not told as of then: nobody takes it for late."""
    world = shop(rulebook(rule(BROWSE), session_gap="30m"))
    world.signs_in("ada").sees("mug").after("25m")
    world.replay.take_over(rulebook(rule(BROWSE), session_gap="5m"))
    closed = world.replay.customers._profiles.get("ada")
    assert closed is not None
    (entry,) = closed.journal
    assert entry.fact.at >= world.replay.customers.watermark
    assert world.after("1d").anchors(BROWSE) == [0]


def test_what_comes_after_a_visit_that_a_shorter_gap_has_closed_is_a_visit() -> None:
    """The gap becomes longer: she comes back within the new one, and the visit of before stays closed."""
    world = shop(rulebook(rule(BROWSE), session_gap="10m"))
    world.sees("mug").after("20m")
    world.replay.take_over(rulebook(rule(BROWSE), session_gap="60m"))
    world.sees("pot").after("1d")
    assert world.anchors(BROWSE) == [0, ms("20m")]


@pytest.mark.parametrize("customer", [False, True], ids=["visitor", "customer"])
def test_a_shorter_retention_counts_for_who_rests_already(customer: bool) -> None:
    """Nothing wakes them but that."""
    world = shop(rulebook(rule(LAPSE), retention="30d", customer_retention="30d"))
    world.orders("O1", on_site=False, **({"customer_id": "ada"} if customer else {})).after("2h")
    world.replay.take_over(rulebook(rule(LAPSE), retention="1d", customer_retention="1d"))
    world.after("24h")
    stage = world.replay.customers if customer else world.replay.sessions
    name = ("keys", "customers" if customer else "sessions", "0")
    assert stage.gauges()[name] == 0


def test_each_verdict_names_the_version_that_opened_its_episode() -> None:
    """Also across a sign-in, after the change."""
    world = shop()
    world.adds("mug").after("10m")
    world.replay.take_over(NEW)
    world.signs_in("ada").after("2h")
    assert [(one.verdict, one.rule_version) for one in world.decisions()] == [(Verdict.FIRED, OLD.rules[0].version)]
