"""Came as far as the checkout and did not buy."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

KIND = "checkout_abandonment"


@pytest.fixture
def world() -> World:
    """A shop that speaks of checkouts and of nothing else."""
    return World(rulebook(rule(KIND, wait="60m")))


@pytest.mark.parametrize("with_cart", [True, False], ids=["with_cart", "without"])
def test_a_checkout_without_an_order_is_mentioned(world: World, with_cart: bool) -> None:
    """With a cart that we know of or without: some pages do not tell."""
    if with_cart:
        world.adds("mug")
    world.checks_out().after("1d")
    assert world.sent() == [KIND]


@pytest.mark.parametrize(
    ("pause", "anchors"),
    [("59m", ["59m"]), ("60m", ["60m"]), ("60m 1ms", ["0s", "60m 1ms"])],
    ids=["within", "exactly_at", "after"],
)
def test_the_next_step_of_the_checkout_moves_the_anchor(world: World, pause: str, anchors: list[str]) -> None:
    """The wait counts from the last step; after the trigger the next one begins anew."""
    world.checks_out().after(pause).pipe({"type": "checkout_progressed"}).after("1d")
    assert world.anchors(KIND) == [ms(anchor) for anchor in anchors]


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("30m", []), ("60m", []), ("60m 1ms", [KIND])],
    ids=["within", "exactly_at", "after"],
)
def test_an_order_ends_it_until_the_due_time(world: World, pause: str, expected: list[str]) -> None:
    """Bought in time, its last instant included; later the trigger is called back."""
    world.checks_out().after(pause).orders().after("1d")
    assert world.sent() == world.cancelled() == expected
    assert world.why(KIND) is Reason.ORDERED


def test_an_order_before_the_checkout_was_another_one(world: World) -> None:
    """She has bought, fills a new cart, and comes to the checkout again."""
    world.orders().after("1s").adds("mug").checks_out().after("1d")
    assert world.sent() == [KIND]


def test_an_order_of_the_checkouts_own_instant_ends_it(world: World) -> None:
    """The order feed's record of the same millisecond comes after the click."""
    world.checks_out().orders(on_site=False).after("1d")
    assert world.sent() == []


def test_a_checkout_may_need_a_cart_worth_it() -> None:
    """Below the least value it is suppressed, and the reason says so."""
    world = World(rulebook(rule(KIND, min_cart_value=20), currency="EUR"))
    world.adds("mug", price="19.99").checks_out().after("61m")
    assert world.sent() == []
    assert world.why(KIND) is Reason.BELOW_THRESHOLD
