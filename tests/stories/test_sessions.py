"""Where a visit begins and ends: the gap, merges out of order, the longest visit."""

import pytest

from tests.world import World, ms, rule, rulebook

BROWSE = "browse_abandonment"
BOOK = rulebook(rule(BROWSE), session_max="24h")


@pytest.fixture
def world() -> World:
    """A shop in which every visit with a product view is mentioned: the anchors are the visits' ends."""
    return World(BOOK)


@pytest.mark.parametrize(
    ("pause", "ends"),
    [("29m 59s 999ms", ["29m 59s 999ms"]), ("30m", ["30m"]), ("30m 1ms", ["0s", "30m 1ms"])],
    ids=["gap-1", "gap", "gap+1"],
)
@pytest.mark.parametrize("silent", [True, False], ids=["timer_first", "click_first"])
def test_a_pause_of_exactly_the_gap_stays_in_the_session(pause: str, ends: list[str], silent: bool) -> None:
    """Whether the timer or the next click finds the pause: the same sessions."""
    world = World(BOOK)
    world.sees("mug")
    (world.after(pause) if silent else world.advance(pause)).sees("pot").after("1d")
    assert world.anchors(BROWSE) == [ms(end) for end in ends]


@pytest.mark.parametrize(
    ("middle", "ends"),
    [
        ("30m", ["60m"]),
        ("29m 59s 999ms", ["29m 59s 999ms", "60m"]),
        ("30m 1ms", ["0s", "60m"]),
    ],
    ids=["gap_and_gap", "gap-1_and_gap+1", "gap+1_and_gap-1"],
)
def test_a_click_out_of_order_joins_what_it_touches(middle: str, ends: list[str]) -> None:
    """It arrives last: two sessions become one only if neither pause is longer than the gap."""
    world = World(BOOK, lateness="45m")
    world.sees("mug").advance("60m").sees("pot").sees("cup", occurred_at=world.instant(middle)).after("2d")
    assert world.anchors(BROWSE) == [ms(end) for end in ends]


def test_a_merge_keeps_what_both_sessions_saw() -> None:
    """Views and products add up, the latest last."""
    world = World(rulebook(rule(BROWSE, min_views=3)), lateness="45m")
    world.sees("mug").advance("60m").sees("pot").sees("cup", ago="30m").after("2d")
    (fired,) = world.fired()
    assert sorted(fired["viewed"]) == ["cup", "mug", "pot"]


def test_an_item_added_in_either_half_makes_the_merged_session_a_cart() -> None:
    """It is one session after all."""
    world = World(BOOK, lateness="45m")
    world.adds("mug").advance("60m").sees("pot").sees("cup", ago="30m").after("2d")
    assert world.sent() == []


@pytest.mark.parametrize(
    ("last", "ends"),
    [("24h", ["24h"]), ("24h 1ms", ["23h 40m", "24h 1ms"])],
    ids=["exactly_at", "after"],
)
def test_the_longest_session_is_cut(world: World, last: str, ends: list[str]) -> None:
    """A page left open that pings for ever: after 24 hours a new session begins."""
    for _ in range(71):
        world.sees("mug").after("20m")
    world.sees("mug").at(last).sees("mug").after("2d")
    assert world.anchors(BROWSE) == [ms(end) for end in ends]


def test_without_a_maximum_a_session_lasts_as_long_as_it_lasts() -> None:
    """`session_max: off`, the plain rulebook's."""
    world = World(rulebook(rule(BROWSE), session_max="off"))
    for _ in range(100):
        world.sees("mug").after("20m")
    world.after("1d")
    assert world.anchors(BROWSE) == [ms("33h")]


def test_sessions_are_the_visitors_not_the_persons(world: World) -> None:
    """Two devices at the same time are two visits of one customer."""
    world.signs_in("ada").sees("mug").as_("laptop").signs_in("ada").after("10m").sees("pot").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", 0), ("c:ada", ms("10m"))]


def test_the_gap_is_the_rulebooks() -> None:
    """Five minutes for a shop of quick decisions."""
    world = World(rulebook(rule(BROWSE), session_gap="5m"))
    world.sees("mug").after("5m 1ms").sees("pot").after("1d")
    assert world.anchors(BROWSE) == [0, ms("5m 1ms")]
