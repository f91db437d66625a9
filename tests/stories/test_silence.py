"""Inactivity and lapse: nothing happened for so long, said once a silence."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

INACTIVE, LAPSED = "inactivity", "lapse"


@pytest.fixture
def world() -> World:
    """A shop that minds silences of three days."""
    return World(rulebook(rule(INACTIVE, wait="3d"), rule(LAPSED, wait="3d")))


@pytest.mark.parametrize(
    ("pause", "anchors"),
    [("2d 23h", ["2d 23h"]), ("3d", ["3d"]), ("3d 1ms", ["0s", "3d 1ms"])],
    ids=["within", "exactly_at", "after"],
)
def test_a_click_in_time_ends_the_silence(world: World, pause: str, anchors: list[str]) -> None:
    """The last instant of the wait included; then the next silence counts from there."""
    world.visits().after(pause).visits().after("9d")
    assert world.anchors(INACTIVE) == [ms(anchor) for anchor in anchors]


def test_a_silence_is_said_once(world: World) -> None:
    """However long it lasts."""
    world.visits().after("4d").after("30d")
    assert world.sent() == [INACTIVE]


def test_the_silence_counts_from_the_last_click_of_a_visit(world: World) -> None:
    """Not from its first."""
    world.visits().after("20m").visits().after("9d")
    assert world.anchors(INACTIVE) == [ms("20m")]


@pytest.mark.parametrize(
    ("pause", "anchors"),
    [("2d 23h", ["2d 23h"]), ("3d", ["3d"]), ("3d 1ms", ["0s", "3d 1ms"])],
    ids=["within", "exactly_at", "after"],
)
def test_an_order_in_time_ends_the_lapse(world: World, pause: str, anchors: list[str]) -> None:
    """Each order begins the wait anew."""
    world.orders(on_site=False).after(pause).orders(on_site=False).after("9d")
    assert world.anchors(LAPSED) == [ms(anchor) for anchor in anchors]


def test_an_order_is_activity_too(world: World) -> None:
    """Who buys in the store has not gone silent."""
    world.visits().after("2d").orders(on_site=False).after("9d")
    assert world.anchors(INACTIVE) == [ms("2d")]


def test_clicks_do_not_end_a_lapse(world: World) -> None:
    """To look is not to buy."""
    world.orders().after("2d").visits().after("9d")
    assert world.anchors(LAPSED) == [0]
    assert world.anchors(INACTIVE) == [ms("2d")]


def test_a_repeated_order_counts_once_for_lapse_and_each_time_for_activity(world: World) -> None:
    """The feed's second line of the same order, a day later: a sign of life, not a second purchase."""
    world.orders("O1", on_site=False).after("1d").orders("O1", on_site=False).after("9d")
    assert world.anchors(LAPSED) == [0]
    assert world.anchors(INACTIVE) == [ms("1d")]


@pytest.mark.parametrize("kind", ["order_updated", "order_cancelled", "order_refunded"])
def test_news_of_an_order_is_neither(world: World, kind: str) -> None:
    """The warehouse was active, not the customer."""
    world.orders("O1", on_site=False).after("1d").pipe({"type": kind, "order_id": "O1"}).after("9d")
    assert world.anchors(LAPSED) == [0]
    assert world.anchors(INACTIVE) == [0]


def test_nobody_is_silent_during_a_visit() -> None:
    """A visit of many short pauses is longer than the wait: the silence begins when it is over."""
    world = World(rulebook(rule(INACTIVE, wait="60m")))
    for _ in range(9):
        world.visits().after("20m")
    assert world.sent() == []
    assert world.why(INACTIVE) is Reason.RETURNED
    world.after("1d")
    assert world.anchors(INACTIVE) == [ms("160m")]


def test_the_person_is_active_wherever_she_is(world: World) -> None:
    """Her laptop's visit ends the silence that her phone began."""
    world.signs_in("ada").after("2d").as_("laptop").signs_in("ada").after("9d")
    assert world.anchors(INACTIVE) == [ms("2d")]
    assert world.why(INACTIVE) is Reason.DUE


def test_of_a_click_and_an_order_of_one_instant_the_order_is_the_last_sign_of_life() -> None:
    """Clicks come before orders. The visitor turns out to be the buyer, and the occasion stays the same."""

    def ids(*, seen: bool) -> list[str]:
        world = World(rulebook(rule("inactivity", wait="2d")))
        world.orders("O1", on_site=False, customer_id="ada")
        if seen:
            world.sees("mug")
        cancelled = {"type": "order_cancelled", "customer_id": "ada", "visitor_id": "phone"}
        world.after("1m").orders("O2", on_site=False, **cancelled).advance("9d")
        return [fired["trigger_id"] for fired in world.fired() if fired["customer_id"] == "ada"]

    assert ids(seen=True) == ids(seen=False)
