"""Something was left in the cart: when it is mentioned, when again, and what makes it not worth a word."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

ONLY_CARTS = rulebook(rule("cart_abandonment", wait="60m"))
KIND = "cart_abandonment"


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts and of nothing else."""
    return World(ONLY_CARTS)


def test_a_cart_left_for_an_hour_is_mentioned_once(world: World) -> None:
    """One abandoned cart, one trigger, however long nothing happens afterwards."""
    world.sees("mug", times=3).adds("mug", price="19.90").after("60m 1s").after("9d")

    assert world.sent() == [KIND]
    assert world.why(KIND) is Reason.DUE


def test_a_trigger_says_what_was_left(world: World) -> None:
    """Lines, value, currency, whose it is, from when it counts and for how long it may be delivered."""
    world.adds("mug", price="19.90", quantity=2).adds("pot", price="5").after("60m 1s")

    (fired,) = world.fired()
    assert fired["lines"] == [
        {"product_id": "mug", "quantity": 2, "unit_price": "19.90"},
        {"product_id": "pot", "quantity": 1, "unit_price": "5.00"},
    ]
    assert (fired["value"], fired["currency"]) == ("44.80", "EUR")
    assert (fired["visitor_id"], fired["customer_id"], fired["profile"]) == ("phone", None, "v:phone")
    assert fired["due_ms"] - fired["anchor_ms"] == ms("60m")
    assert fired["expires_at"] is None


@pytest.mark.parametrize(
    ("silence", "expected"),
    [("59m 59s 999ms", []), ("60m", []), ("60m 1ms", [KIND])],
    ids=["within", "exactly_at", "after"],
)
def test_the_wait_is_over_only_after_its_last_instant(world: World, silence: str, expected: list[str]) -> None:
    """At exactly the due time an event could still come first: the timer rings after it."""
    world.adds("mug").after(silence)
    assert world.sent() == expected


def test_live_the_trigger_waits_for_the_allowed_lateness(world: World) -> None:
    """An event that is 5 s late could still change it; then the silence itself is proof enough."""
    world.adds("mug").advance("60m 5s")
    assert world.sent() == []
    assert world.advance("1ms").sent() == [KIND]


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
@pytest.mark.parametrize(
    ("pause", "expected"),
    [("59m", []), ("60m", []), ("60m 1ms", [KIND])],
    ids=["within", "exactly_at", "after"],
)
def test_an_order_ends_it_until_the_due_time(world: World, pause: str, on_site: bool, expected: list[str]) -> None:
    """Who buys within the hour, its last instant included, hears nothing; later, what is on its way is called back."""
    world.adds("mug").after(pause).orders(on_site=on_site).after("1d")
    assert world.sent() == world.cancelled() == expected
    assert world.why(KIND) is Reason.ORDERED


@pytest.mark.parametrize(
    ("pause", "anchors"),
    [("59m", ["59m"]), ("60m", ["60m"]), ("60m 1ms", ["0s", "60m 1ms"])],
    ids=["within", "exactly_at", "after"],
)
def test_another_item_moves_the_anchor_or_arms_again(world: World, pause: str, anchors: list[str]) -> None:
    """The hour counts from the last change; after a trigger the next change begins a new one."""
    world.adds("mug").after(pause).adds("pot").after("1d")
    assert world.anchors(KIND) == [ms(anchor) for anchor in anchors]


def test_a_removal_moves_an_armed_anchor(world: World) -> None:
    """Whoever still edits the cart has not left it."""
    world.adds("mug").adds("pot").after("50m").removes("pot").after("1d")
    assert world.anchors(KIND) == [ms("50m")]


def test_a_removal_after_the_trigger_does_not_arm_again(world: World) -> None:
    """To tidy up a cart that has been mentioned is no reason to mention it again."""
    world.adds("mug").adds("pot").after("61m").removes("pot").after("1d")
    assert world.anchors(KIND) == [0]


def test_an_emptied_cart_ends_it(world: World) -> None:
    """The last item taken out: nothing is left to be mentioned."""
    world.adds("mug", quantity=2).after("5m").removes("mug", quantity=2).after("1d")
    assert world.sent() == []
    assert world.why(KIND) is Reason.CART_EMPTIED


def test_to_take_out_more_than_there_is_drops_the_line(world: World) -> None:
    """A line at zero or below is gone."""
    world.adds("mug").after("5m").removes("mug", quantity=9).after("1d")
    assert world.sent() == []


def test_a_cart_set_to_nothing_ends_it(world: World) -> None:
    """The same for pages that send the whole cart."""
    world.adds("mug").after("5m").sets_cart({}).after("1d")
    assert world.sent() == []
    assert world.why(KIND) is Reason.CART_EMPTIED


def test_a_cart_set_to_what_it_holds_moves_nothing(world: World) -> None:
    """A page that repeats the whole cart at every step is no change of the cart."""
    world.adds("mug", quantity=2).after("40m").sets_cart({"mug": 2}).after("1d")
    assert world.anchors(KIND) == [0]


def test_a_cart_set_to_something_else_moves_the_anchor(world: World) -> None:
    """Any difference counts like an item added."""
    world.adds("mug", quantity=2).after("40m").sets_cart({"mug": 1}).after("1d")
    assert world.anchors(KIND) == [ms("40m")]


@pytest.mark.parametrize("kind", ["checkout_started", "checkout_progressed"])
def test_a_checkout_with_something_in_the_cart_arms_again(world: World, kind: str) -> None:
    """After the trigger she came as far as the checkout: the hour begins anew."""
    world.adds("mug").after("61m").pipe({"type": kind}).after("1d")
    assert world.anchors(KIND) == [0, ms("61m")]


def test_a_checkout_without_a_cart_arms_nothing(world: World) -> None:
    """Nothing in the cart, nothing left behind."""
    world.checks_out().after("1d")
    assert world.decisions() == []


@pytest.mark.parametrize("kind", ["page_viewed", "product_viewed", "cart_viewed", "page_ping", "custom"])
def test_other_activity_leaves_the_anchor_alone(world: World, kind: str) -> None:
    """To look at things is not to change the cart."""
    world.adds("mug").after("30m").pipe({"type": kind, "name": "any"}).after("1d")
    assert world.anchors(KIND) == [0]


def test_the_cart_stays_when_its_trigger_has_fired(world: World) -> None:
    """A product added later is mentioned together with what was there."""
    world.adds("mug").after("2h").adds("pot").after("2h")
    assert [len(fired["lines"]) for fired in world.fired()] == [1, 2]


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_the_end_of_an_order_is_no_purchase(world: World, kind: str) -> None:
    """That an order is over shows nothing that the cart would have to do with."""
    world.adds("mug").after("10m").pipe({"type": kind, "order_id": "O1"}).after("1d")
    assert world.sent() == [KIND]


def test_the_second_record_of_an_order_empties_no_cart(world: World) -> None:
    """The order feed repeats what the site said; in between she has begun a new cart."""
    world.adds("mug").orders("O1").after("5m").adds("pot").after("5m").orders("O1", on_site=False).after("1d")
    assert world.anchors(KIND) == [ms("5m")]


def test_a_click_comes_before_an_order_of_the_same_instant(world: World) -> None:
    """Added and bought in one millisecond: bought, whatever the ids and the order of arrival say."""
    world.orders(on_site=False, event_id="a").adds("mug", event_id="b").after("1d")
    assert world.sent() == []


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [("19.99", "EUR", []), ("20", "EUR", [KIND]), (None, None, []), ("60", "JPY", []), ("60", None, [])],
    ids=["below", "exactly_at", "unknown_price", "yen", "unknown_currency"],
)
def test_a_cart_must_be_worth_it(price: str | None, currency: str | None, expected: list[str]) -> None:
    """Below the least value, in another currency or of unknown value it is suppressed, and the reason says so."""
    world = World(rulebook(rule(KIND, min_cart_value="20 EUR")))
    world.adds("mug", price=price, currency=currency).after("61m")
    assert world.sent() == expected
    assert world.why(KIND) is (Reason.DUE if expected else Reason.BELOW_THRESHOLD)


def test_one_unknown_price_makes_the_whole_cart_unknown() -> None:
    """A value that may be too low is not a value."""
    world = World(rulebook(rule(KIND, min_cart_value="20 EUR")))
    world.adds("mug", price="25").adds("pot").after("61m")
    assert world.why(KIND) is Reason.BELOW_THRESHOLD


def test_without_a_least_value_an_unknown_price_is_no_obstacle(world: World) -> None:
    """Then value and currency are left open in the trigger."""
    world.adds("mug", price="25").adds("pot").after("61m")
    (fired,) = world.fired()
    assert (fired["value"], fired["currency"]) == (None, None)


def test_mixed_currencies_have_no_value(world: World) -> None:
    """Francs and euros are not added up."""
    world.adds("mug", price="25").adds("pot", price="25", currency="CHF").after("61m")
    (fired,) = world.fired()
    assert fired["value"] is None
