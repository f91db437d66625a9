"""The page after the purchase calls itself a step of the checkout: bought is bought."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

CART, CHECKOUT = "cart_abandonment", "checkout_abandonment"
BOOK = rulebook(rule(CART), rule(CHECKOUT))


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts and of checkouts, of each for itself."""
    return World(BOOK)


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("0s", []), ("500ms", []), ("30m", []), ("30m 1ms", [CHECKOUT])],
    ids=["same_instant", "a_moment_later", "exactly_the_gap", "after_the_gap"],
)
@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
def test_a_step_after_the_purchase_begins_nothing(world: World, pause: str, expected: list[str], on_site: bool) -> None:
    """For as long as the session gap."""
    world.adds("mug").checks_out().after("5m").orders(on_site=on_site).after(pause).checks_out().after("1d")
    assert world.sent() == expected


def test_a_step_before_the_purchase_of_the_same_instant_is_ended_by_it(world: World) -> None:
    """The other order of the two: the step comes first, by its id."""
    world.adds("mug").after("5m").checks_out(event_id="a").orders(event_id="b").after("1d")
    assert world.sent() == []
    assert world.why(CHECKOUT) is Reason.ORDERED


@pytest.mark.parametrize(("pause", "expected"), [("0s", []), ("1ms", [CHECKOUT])], ids=["with_it", "after_it"])
def test_what_was_put_in_after_the_purchase_makes_it_a_checkout(pause: str, expected: list[str]) -> None:
    """What came with the purchase was bought."""
    world = World(rulebook(rule(CHECKOUT)))
    world.orders(event_id="a").after(pause).adds("pot", event_id="b").after("1m").checks_out().after("1d")
    assert world.sent() == expected


def test_a_whole_cart_that_has_something_in_it_makes_it_a_checkout() -> None:
    """In a shop that tells whole carts; one that tells an empty cart does not."""
    world = World(rulebook(rule(CHECKOUT)))
    world.sets_cart({"mug": 1}).orders().after("1s").sets_cart({}).checks_out().after("1d")
    assert world.sent() == []
    world.orders().after("1s").sets_cart({"pot": 1}).checks_out().after("1d")
    assert world.sent() == [CHECKOUT]


def test_a_purchase_that_comes_late_ends_the_checkout_that_was_its_thank_you_page(world: World) -> None:
    """The feed lags: the step of half a second after the order waits, until the order is known."""
    world.adds("mug").checks_out().after("5m 500ms").checks_out().after("10m")
    world.orders(on_site=False, ago="10m 500ms").after("1d")
    assert world.sent() == []
    assert world.why(CHECKOUT) is Reason.ORDERED


@pytest.mark.parametrize("state", ["delivered", None])
def test_a_purchase_that_comes_too_late_takes_the_trigger_back(world: World, state: str | None) -> None:
    """It has fired meanwhile; a thank-you page is no reason, delivered or not."""
    world.adds("mug").after("5m").checks_out().after("2h")
    if state is not None:
        world.settles(CART, state).settles(CHECKOUT, state)
    world.orders(on_site=False, ago="2h 500ms").after("1d")
    assert sorted(world.cancelled()) == [CART, CHECKOUT]
    assert world.why(CHECKOUT) is Reason.LATE_ORDER


def test_a_purchase_from_before_the_cart_was_filled_takes_nothing_back(world: World) -> None:
    """It was for something else."""
    world.after("1h").adds("mug").after("5m").checks_out().after("2h")
    world.orders(on_site=False, ago="2h 5m 1ms").after("1d")
    assert world.cancelled() == []


def test_the_thank_you_page_is_the_persons_not_the_devices(world: World) -> None:
    """Bought on the phone; the laptop was at the same checkout."""
    world.signs_in("ada").adds("mug").orders().as_("laptop").signs_in("ada").after("1m").checks_out().after("1d")
    assert world.sent() == []


def test_a_late_step_from_long_after_the_purchase_is_a_checkout(world: World) -> None:
    """Late is not early: what counts is when it was."""
    world.orders().after("2h").visits().checks_out(ago="80m").after("1d")
    assert world.anchors(CHECKOUT) == [ms("40m")]


def test_a_late_step_from_before_a_purchase_is_not_about_the_new_cart() -> None:
    """The new cart was worth too little; now it is dearer, and a step of the bought one comes to light."""
    world = World(rulebook(rule(CART, min_cart_value="20 EUR")))
    world.after("10m").orders().after("2m").adds("pot", price="5").after("70m").visits()
    dearer = {"product_id": "pot", "quantity": 1, "unit_price": "50", "currency": "EUR"}
    world.pipe({"type": "cart_updated", "lines": [dearer]}).after("1m").checks_out(ago="75m").after("1d")
    assert world.sent() == []
