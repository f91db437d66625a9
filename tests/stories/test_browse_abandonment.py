"""Looked at products and left: when it is mentioned, and what it must not have led to."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

KIND = "browse_abandonment"
ONLY_BROWSING = rulebook(rule(KIND, wait="60m"))


@pytest.fixture
def world() -> World:
    """A shop that speaks of browsing and of nothing else."""
    return World(ONLY_BROWSING)


def test_browsing_is_mentioned_an_hour_after_the_last_click(world: World) -> None:
    """The wait counts from the end of the session, whatever that click was."""
    world.sees("mug").after("10m").sees("pot").after("5m").visits().after("1d")

    assert world.anchors(KIND) == [ms("15m")]
    (fired,) = world.fired()
    assert fired["viewed"] == ["mug", "pot"]
    assert fired["lines"] == []


@pytest.mark.parametrize(
    ("silence", "expected"),
    [("59m 59s 999ms", []), ("60m", []), ("60m 1ms", [KIND])],
    ids=["within", "exactly_at", "after"],
)
def test_the_wait_is_over_only_after_its_last_instant(world: World, silence: str, expected: list[str]) -> None:
    """At exactly the due time an order could still come first."""
    world.sees("mug").after(silence)
    assert world.sent() == expected


def test_a_visit_without_a_product_is_no_browsing(world: World) -> None:
    """Pages, lists and searches alone say nothing of a product."""
    world.visits().pipe({"type": "product_list_viewed"}).pipe({"type": "product_searched", "query": "mug"}).after("1d")
    assert world.decisions() == []


@pytest.mark.parametrize(("views", "expected"), [(2, []), (3, [KIND]), (4, [KIND])], ids=["below", "at", "above"])
def test_browsing_may_need_more_than_one_view(views: int, expected: list[str]) -> None:
    """The rulebook says how many views are worth a word."""
    world = World(rulebook(rule(KIND, min_views=3)))
    world.sees("mug", times=views).after("1d")
    assert world.sent() == expected


def test_an_item_added_in_the_session_makes_it_a_cart(world: World) -> None:
    """Even if it was taken out again."""
    world.sees("mug").adds("mug").after("1m").removes("mug").after("1d")
    assert world.decisions() == []


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("60m", []), ("60m 1ms", [KIND])],
    ids=["exactly_at", "after"],
)
def test_an_item_added_later_ends_it_until_the_due_time(world: World, pause: str, expected: list[str]) -> None:
    """Browsing has led to the cart, in another session."""
    world.sees("mug").after(pause).adds("mug").after("1d")
    assert world.sent() == expected
    assert world.why(KIND) is (Reason.DUE if expected else Reason.ITEM_ADDED)


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("10m", []), ("60m", []), ("60m 1ms", [KIND])],
    ids=["within", "exactly_at", "after"],
)
def test_an_order_ends_it_until_the_due_time(world: World, pause: str, expected: list[str]) -> None:
    """Bought by phone, or in another shop of the chain."""
    world.sees("mug").after(pause).orders(on_site=False).after("1d")
    assert world.sent() == world.cancelled() == expected


@pytest.mark.parametrize(
    ("ago", "expected"), [("2s", []), ("3s", []), ("4s", [KIND])], ids=["within", "exactly_at_start", "before"]
)
def test_an_order_in_the_session_means_it_led_somewhere(world: World, ago: str, expected: list[str]) -> None:
    """The session's start and end included; an order before it was for something else."""
    world.advance("1h").sees("mug", ago="3s").orders(on_site=False, ago=ago).sees("mug").after("1d")
    assert world.sent() == expected


def test_other_activity_does_not_end_it(world: World) -> None:
    """A later glance without a product is no purchase."""
    world.sees("mug").after("31m").visits().after("1d")
    assert world.anchors(KIND) == [0]


def test_each_session_is_an_occasion_of_its_own(world: World) -> None:
    """Two visits in the hour, two triggers: to say less is the cool-down's and the ladder's task."""
    world.sees("mug").after("31m").sees("pot").after("1d")
    assert world.anchors(KIND) == [0, ms("31m")]


def test_a_cart_from_an_earlier_visit_is_no_obstacle_without_the_ladder(world: World) -> None:
    """Plainly read, browsing is judged by its session alone."""
    world.adds("mug").after("1d").sees("pot").after("1d")
    assert world.anchors(KIND) == [ms("1d")]


def test_the_last_ten_products_are_kept(world: World) -> None:
    """A trigger that lists everything would be no help."""
    for number in range(12):
        world.sees(f"p{number}")
    world.sees("p5").after("1d")
    (fired,) = world.fired()
    assert fired["viewed"] == ["p2", "p3", "p4", "p6", "p7", "p8", "p9", "p10", "p11", "p5"]


def test_what_was_viewed_last_stands_last_however_late_it_is_told(world: World) -> None:
    """Two clicks overtake each other on their way; of one instant the event ids say which was first."""
    world.sees("first", event_id="e1").after("4s").sees("last", event_id="e3").sees("between", event_id="e2")
    world.sees("before", ago="2s").after("1d")
    (fired,) = world.fired()
    assert fired["viewed"] == ["first", "before", "between", "last"]
