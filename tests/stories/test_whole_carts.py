"""Shops that tell whole carts, in time and late, beside single changes; and carts that are emptied by hand."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

BROWSE, CART, CHECKOUT = "browse_abandonment", "cart_abandonment", "checkout_abandonment"


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts."""
    return World(rulebook(rule(CART)))


def lines(world: World) -> list[dict[str, int]]:
    """What the triggers show, product by product."""
    return [{line["product_id"]: line["quantity"] for line in fired["lines"]} for fired in world.fired()]


# -- late ----------------------------------------------------------------------------------------------------------


def test_an_older_whole_cart_brings_nothing_back(world: World) -> None:
    """The cart was emptied at five past; the cart of ten o'clock comes at twelve past."""
    world.after("5m").sets_cart({}).after("7m").visits().sets_cart({"mug": 1}, ago="12m").after("1d")
    assert world.sent() == []


def test_an_older_whole_cart_does_not_replace_a_newer_one(world: World) -> None:
    """What was told last is what there is; the anchor stays where it was."""
    world.after("5m").sets_cart({"pot": 2}).after("7m").visits().sets_cart({"mug": 1}, ago="12m").after("1d")
    assert lines(world) == [{"pot": 2}]
    assert world.anchors(CART) == [ms("5m")]


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")], ids=["came_later", "came_earlier"])
def test_of_two_whole_carts_of_one_instant_the_one_with_the_later_id_counts(world: World, ids: tuple[str, str]) -> None:
    """In whatever order they arrive."""
    carts = {"a": {"mug": 1}, "b": {"pot": 1}}
    world.sets_cart(carts[ids[0]], event_id=ids[0]).after("10m").visits()
    world.sets_cart(carts[ids[1]], event_id=ids[1], ago="10m").after("1d")
    assert lines(world) == [{"pot": 1}]


def test_a_whole_cart_from_before_a_purchase_brings_nothing_back(world: World) -> None:
    """Bought, and a new cart begun: only that is left."""
    world.sets_cart({"mug": 1}).after("5m").orders().after("7m").adds("pot").after("1m").visits()
    world.sets_cart({"mug": 1}, ago="10m").after("1d")
    assert lines(world) == [{"pot": 1}]
    assert world.anchors(CART) == [ms("12m")]


def test_a_late_whole_cart_leaves_what_was_changed_since(world: World) -> None:
    """It says what there was at two past: the pot that came at five past is still there, the mug is too."""
    world.adds("cup").after("5m").adds("pot").after("10m").visits()
    world.sets_cart({"mug": 1, "pot": 7}, ago="13m").after("1d")
    assert lines(world) == [{"mug": 1, "pot": 1}]


def test_a_late_whole_cart_does_not_bring_back_what_was_taken_out_since(world: World) -> None:
    """The mug was taken out at five past."""
    world.adds("mug").adds("pot").after("5m").removes("mug").after("10m").visits()
    world.sets_cart({"mug": 1, "pot": 1}, ago="13m").after("1d")
    assert lines(world) == [{"pot": 1}]


@pytest.mark.parametrize(
    "since",
    [
        lambda world: world.sets_cart({}),
        lambda world: world.removes("mug"),
        lambda world: world.orders(),
        lambda world: world.orders(on_site=False),
    ],
    ids=["emptied", "taken_out", "bought", "bought_by_the_feed"],
)
def test_a_late_single_item_does_not_come_back_either(world: World, since: object) -> None:
    """Put in at ten o'clock, told at a quarter past; meanwhile it is gone. A later pot stands alone."""
    assert callable(since)
    since(world.after("5m"))
    world.after("10m").visits().adds("mug", ago="15m").after("1m").adds("pot").after("1d")
    assert lines(world) == [{"pot": 1}]


def test_a_late_removal_from_before_a_whole_cart_takes_nothing_out(world: World) -> None:
    """The whole cart knew."""
    world.after("5m").sets_cart({"mug": 1}).after("10m").visits().removes("mug", ago="12m").after("1d")
    assert lines(world) == [{"mug": 1}]


# -- prices --------------------------------------------------------------------------------------------------------


def told(price: str | None, currency: str | None, quantity: int = 1) -> dict[str, object]:
    """A whole cart with one mug at that price."""
    money = {} if price is None else {"unit_price": price, "currency": currency}
    return {"type": "cart_updated", "lines": [{"product_id": "mug", "quantity": quantity, **money}]}


@pytest.mark.parametrize(("price", "currency"), [("99.00", "EUR"), ("12.00", "USD")], ids=["price", "currency"])
def test_new_prices_are_taken_over_and_move_nothing(world: World, price: str, currency: str) -> None:
    """The same quantities: no change of the cart, and yet the trigger must not show what is not true any more."""
    world.pipe(told("10.00", "EUR")).after("10m").pipe(told(price, currency)).after("1d")
    (fired,) = world.fired()
    assert (fired["value"], fired["currency"]) == (price, currency)
    assert world.anchors(CART) == [0]


def test_new_prices_alone_arm_nothing(world: World) -> None:
    """After the trigger the shop changes its prices: nobody has done anything."""
    world.pipe(told("10.00", "EUR")).after("2h").pipe(told("9.00", "EUR")).after("1d")
    assert world.sent() == [CART]


def test_a_price_that_is_not_told_is_as_before(world: World) -> None:
    """Some whole carts are products and quantities alone."""
    world.pipe(told("10.00", "EUR")).after("10m").pipe(told(None, None, 2)).after("1d")
    (fired,) = world.fired()
    assert (fired["value"], fired["currency"]) == ("20.00", "EUR")


def test_old_prices_that_come_late_are_old(world: World) -> None:
    """The newer whole cart told the newer price."""
    world.after("5m").pipe(told("99.00", "EUR")).after("7m").visits().pipe(told("10.00", "EUR"), ago="12m").after("1d")
    assert [fired["value"] for fired in world.fired()] == ["99.00"]


# -- an item added ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {"mug": 1}, []),
        ({"mug": 1}, {"mug": 2}, []),
        ({"mug": 1}, {"pot": 1}, []),
        ({"mug": 1}, {"mug": 1}, [BROWSE]),
        ({"mug": 2}, {"mug": 1}, [BROWSE]),
        ({"mug": 1}, {}, [BROWSE]),
    ],
    ids=["product", "quantity", "another_product", "unchanged", "less", "emptied"],
)
def test_a_whole_cart_with_more_in_it_is_an_item_added(
    before: dict[str, int], now: dict[str, int], expected: list[str]
) -> None:
    """In the visit it makes a cart of it, after the visit it ends the waiting; what was there already does neither."""
    for pause in ("1m", "40m"):
        world = World(rulebook(rule(BROWSE)))
        world.sets_cart(before).after("2h").sees("pot").after(pause).sets_cart(now).after("1d")
        assert world.sent() == expected
    assert world.why(BROWSE) is (Reason.DUE if expected else Reason.ITEM_ADDED)


def test_the_gain_of_a_visit_moves_with_the_visitor() -> None:
    """She signs in after the cart was told: the visit is hers, and led to a cart."""
    world = World(rulebook(rule(BROWSE)))
    world.sees("mug").sets_cart({"mug": 1}).after("1m").signs_in("ada").after("1d")
    assert world.sent() == []


def test_what_was_put_in_during_an_earlier_visit_was_then() -> None:
    """The next visit is mere browsing again."""
    world = World(rulebook(rule(BROWSE)))
    world.sees("mug").sets_cart({"mug": 1}).after("31m").sees("pot").after("1d")
    assert world.anchors(BROWSE) == [ms("31m")]


# -- emptied by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False], ids=["told_empty", "taken_out"])
@pytest.mark.parametrize(
    ("pause", "expected"),
    [("59m", []), ("60m", []), ("60m 1ms", [CHECKOUT])],
    ids=["within", "exactly_at", "after"],
)
def test_a_cart_emptied_by_hand_ends_the_checkout(whole: bool, pause: str, expected: list[str]) -> None:
    """It is a decision; the mail would have no line to show. The last instant counts."""
    world = World(rulebook(rule(CHECKOUT)))
    world.adds("mug").checks_out().after(pause)
    (world.sets_cart({}) if whole else world.removes("mug")).after("1d")
    assert world.sent() == expected
    assert world.why(CHECKOUT) is (Reason.DUE if expected else Reason.CART_EMPTIED)


def test_a_checkout_of_what_nobody_told_us_of_goes_on() -> None:
    """Some pages do not tell what is in the cart: to take out what we did not know of empties nothing."""
    world = World(rulebook(rule(CHECKOUT)))
    world.checks_out().after("1m").removes("mug").after("1d")
    assert world.sent() == [CHECKOUT]


def test_a_cart_emptied_before_the_checkout_began_does_not_end_it() -> None:
    """Nor does it if that comes to light late."""
    world = World(rulebook(rule(CHECKOUT)))
    world.adds("mug").after("5m").checks_out().after("10m").sets_cart({}, ago="12m").after("1d")
    assert world.anchors(CHECKOUT) == [ms("5m")]


def test_with_the_ladder_an_emptied_cart_ends_both() -> None:
    """The cart that waits behind the checkout is empty too."""
    world = World(rulebook(rule(CART), rule(CHECKOUT), ladder=True))
    world.adds("mug").checks_out().after("1m").removes("mug").after("1d")
    assert world.sent() == []
    assert {world.why(CART), world.why(CHECKOUT)} == {Reason.CART_EMPTIED}
