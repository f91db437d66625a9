"""A trigger that has fired is taken back: by a purchase before it was delivered, or by an order that came to light."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import LADDER, World, ms, rule, rulebook

CART, LAPSE = "cart_abandonment", "lapse"


@pytest.fixture
def world() -> World:
    """A shop with the abandonment ladder."""
    return World(LADDER)


def test_a_purchase_takes_back_what_is_not_yet_delivered(world: World) -> None:
    """The mail sits in the queue; she buys; it is not sent."""
    world.adds("mug").after("2h").orders()
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.ORDERED


def test_a_purchase_takes_back_nothing_that_was_delivered(world: World) -> None:
    """The mail has done its work."""
    world.adds("mug").after("2h").settles(CART).orders().after("1d")
    assert world.cancelled() == []


@pytest.mark.parametrize("state", ["delivered", "expired", "suppressed", "dead"])
def test_any_last_word_of_the_dispatcher_settles(world: World, state: str) -> None:
    """What ended otherwise needs no cancellation either."""
    world.adds("mug").after("2h").settles(CART, state).orders().after("1d")
    assert world.cancelled() == []


def test_a_cancellation_has_the_same_id_and_the_same_key(world: World) -> None:
    """So that it follows the trigger on its partition, though she has a name by now."""
    world.adds("mug").after("2h").signs_in("ada").after("1m").as_("laptop").orders(customer_id="ada").after("1m")

    (fired,) = world.fired()
    (cancelled,) = world.taken_back()
    assert cancelled["trigger_id"] == fired["trigger_id"]
    assert world.keys == [("fired", b"v:phone"), ("cancelled", b"v:phone")]


def test_a_trigger_is_taken_back_once(world: World) -> None:
    """However often she buys."""
    world.adds("mug").after("2h").orders().orders().after("1d").orders().after("1d")
    assert world.cancelled() == [CART]


def test_an_order_placed_before_the_cart_takes_nothing_back(world: World) -> None:
    """It reached us late, and was for something else."""
    world.after("1h").adds("mug").after("2h").orders(on_site=False, ago="2h 1ms")
    assert world.sent() == [CART]
    assert world.cancelled() == []


@pytest.mark.parametrize(
    ("placed", "expected"),
    [("59m", []), ("60m", [CART]), ("90m", [CART]), ("120m", [CART]), ("120m 1ms", [])],
    ids=["before_anchor", "at_anchor", "within", "at_due", "after_due"],
)
def test_a_late_order_takes_back_what_it_would_have_prevented(world: World, placed: str, expected: list[str]) -> None:
    """The order feed lags: an order from the anchor to the due time takes the trigger back, delivered or not."""
    world.after("60m").adds("mug").after("3h").settles(CART)
    world.orders(on_site=False, occurred_at=world.instant(placed))
    assert world.cancelled() == expected
    if expected:
        assert world.why(CART) is Reason.LATE_ORDER


def test_a_late_order_that_says_who_she_is_takes_back_what_her_device_was_sent(world: World) -> None:
    """The feed names customer and device: the trigger went to the unknown device, and is inherited."""
    world.adds("mug").after("3h").settles(CART)
    world.orders(on_site=False, customer_id="ada", visitor_id="phone", ago="150m").after("1m")
    assert world.cancelled() == [CART]


@pytest.mark.parametrize(("pause", "expected"), [("7d", [CART]), ("7d 1ms", [])], ids=["exactly_seven_days", "later"])
def test_a_late_order_takes_back_what_fired_in_the_last_seven_days(pause: str, expected: list[str]) -> None:
    """Older triggers are forgotten."""
    world = World(rulebook(rule(CART)))
    world.adds("mug").after("60m 1ms").settles(CART).after(pause).visits()
    world.orders(on_site=False, occurred_at=world.instant("30m"))
    assert world.cancelled() == expected


def test_a_late_order_drops_what_it_bought_and_keeps_what_came_later(world: World) -> None:
    """Lines last changed at or before its time are bought; the newer item is still there to be mentioned."""
    world.adds("mug").after("20m").adds("pot").after("10m").orders(on_site=False, ago="15m").after("2h")
    (fired,) = world.fired()
    assert [line["product_id"] for line in fired["lines"]] == ["pot"]


def test_a_late_order_takes_back_a_lapse_and_begins_a_new_wait() -> None:
    """She had bought again after all: the next lapse counts from there."""
    world = World(rulebook(rule(LAPSE, wait="3d")))
    world.orders(on_site=False).after("4d").orders(on_site=False, ago="2d").after("9d")
    assert world.cancelled() == [LAPSE]
    assert world.anchors(LAPSE) == [0, ms("2d")]


def test_a_second_record_of_a_known_order_takes_nothing_back(world: World) -> None:
    """She bought, filled the cart anew and left; the feed repeats the old order."""
    world.orders("O1").after("1m").adds("mug").after("2h").orders("O1", on_site=False)
    assert world.cancelled() == []


def test_a_late_purchase_on_the_site_counts_like_one_of_the_feed(world: World) -> None:
    """A phone that was offline at the checkout delivers its clicks hours later."""
    world.adds("mug").after("3h").settles(CART).orders(ago="150m")
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.LATE_ORDER
