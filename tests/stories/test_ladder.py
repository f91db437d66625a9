"""Browse < cart < checkout is one occasion of one person: the deepest stage speaks, once."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import LADDER, World, ms, rule, rulebook

BROWSE, CART, CHECKOUT = "browse_abandonment", "cart_abandonment", "checkout_abandonment"


@pytest.fixture
def world() -> World:
    """A shop with all three rungs: an hour for browsing and carts, half an hour for checkouts."""
    return World(LADDER)


def test_one_abandoned_visit_is_one_trigger(world: World) -> None:
    """Looked, added, came to the checkout, left: one occasion."""
    world.sees("mug", times=3).after("1m").adds("mug").after("1m").checks_out().after("9d")
    assert world.sent() == [CHECKOUT]


def test_a_checkout_ends_the_waiting_cart(world: World) -> None:
    """The deeper stage takes over, and the decision log says so."""
    world.adds("mug").after("10m").checks_out().after("1d")
    assert world.sent() == [CHECKOUT]
    assert (Verdict.ENDED, Reason.DEEPER_STAGE) in [(d.verdict, d.reason) for d in world.decisions() if d.kind == CART]


@pytest.mark.parametrize("checkout_wait", ["30m", "60m", "3h"], ids=["sooner", "together", "later"])
def test_a_checkout_that_may_not_speak_leaves_it_to_the_cart(checkout_wait: str) -> None:
    """The checkout was mentioned yesterday, the cart was not: one mail, whichever is due first."""
    book = rulebook(rule(CART), rule(CHECKOUT, wait=checkout_wait, cool_down="7d"), ladder=True)
    world = World(book)
    world.checks_out().after("1d").adds("mug").checks_out().after("1d")
    assert world.sent() == [CHECKOUT, CART]
    assert world.why(CHECKOUT) is Reason.COOL_DOWN
    assert world.anchors(CART) == [ms("1d")]


def test_a_checkout_that_is_worth_too_little_leaves_it_to_the_cart() -> None:
    """Any reason of its own: here the cart needs no least value, and the checkout does."""
    book = rulebook(rule(CART), rule(CHECKOUT, min_cart_value="90 EUR"), ladder=True)
    world = World(book)
    world.adds("mug", price="20").checks_out().after("1d")
    assert world.sent() == [CART]
    assert world.why(CHECKOUT) is Reason.BELOW_THRESHOLD


def test_a_cart_behind_a_checkout_waits_for_its_verdict() -> None:
    """The checkout is due two hours later: until then nobody speaks, then the checkout does, and the cart is over."""
    world = World(rulebook(rule(CART), rule(CHECKOUT, wait="3h"), ladder=True))
    world.adds("mug").checks_out().after("179m")
    assert world.sent() == []
    world.after("2m")
    assert world.sent() == [CHECKOUT]
    assert world.why(CART) is Reason.DEEPER_STAGE
    assert len(world.after("9d").sent()) == 1


def test_a_cart_that_was_held_back_is_over_with_a_purchase() -> None:
    """Between its own due time and the checkout's she buys."""
    world = World(rulebook(rule(CART), rule(CHECKOUT, wait="3h", cool_down="7d"), ladder=True))
    world.checks_out().after("1d").adds("mug").checks_out().after("2h").orders().after("1d")
    assert world.sent() == [CHECKOUT]


def test_a_checkout_moved_on_holds_the_cart_for_longer() -> None:
    """Step by step; the cart waits on, and speaks when the checkout may not."""
    world = World(rulebook(rule(CART), rule(CHECKOUT, wait="50m", cool_down="7d"), ladder=True))
    world.checks_out().after("1d").adds("mug")
    for _ in range(3):
        world.checks_out().after("40m")
    assert world.sent() == [CHECKOUT]
    world.after("1d")
    assert world.sent() == [CHECKOUT, CART]


def test_when_two_persons_become_one_the_deepest_stage_speaks_once() -> None:
    """The laptop left a cart, the unknown phone a checkout: she signs in, and hears of one occasion."""
    world = World(rulebook(rule(CART), rule(CHECKOUT), ladder=True))
    world.as_("laptop").signs_in("ada").adds("mug").after("1m").as_("phone").checks_out().after("1m").signs_in("ada")
    assert world.after("1d").sent() == [CHECKOUT]


def test_a_waiting_checkout_is_not_disturbed_by_the_cart(world: World) -> None:
    """An item added after the checkout began is part of the same occasion."""
    world.adds("mug").checks_out().after("10m").adds("pot").after("1d")
    assert world.anchors(CHECKOUT) == [0]
    assert world.sent() == [CHECKOUT]
    (fired,) = world.fired()
    assert [line["product_id"] for line in fired["lines"]] == ["mug", "pot"]


def test_a_checkout_without_a_cart_ends_waiting_browsing(world: World) -> None:
    """She looked in one visit and came to the checkout in the next."""
    world.sees("mug").after("31m").checks_out().after("1d")
    assert world.sent() == [CHECKOUT]
    assert world.why(BROWSE) is Reason.DEEPER_STAGE


def test_beside_a_held_cart_browsing_is_not_mentioned(world: World) -> None:
    """The cart of an earlier visit has been mentioned; looking around again changes nothing."""
    world.adds("mug").after("2h").sees("pot").after("1d")
    assert world.sent() == [CART]
    assert world.why(BROWSE) is Reason.CART_HELD


def test_beside_an_emptied_cart_browsing_is_mentioned(world: World) -> None:
    """Nothing is held any more."""
    world.adds("mug").removes("mug").after("2h").sees("pot").after("1d")
    assert world.sent() == [BROWSE]


def test_a_cart_ends_waiting_browsing_whatever_the_order_of_the_rules() -> None:
    """The rule that is listed first must not decide."""
    for kinds in ((BROWSE, CART), (CART, BROWSE)):
        world = World(rulebook(*(rule(kind) for kind in kinds), ladder=True))
        world.sees("mug").after("40m").adds("mug").after("1d")
        assert world.sent() == [CART]
        assert world.why(BROWSE) in (Reason.ITEM_ADDED, Reason.DEEPER_STAGE)


def test_after_the_checkouts_trigger_a_new_item_is_a_new_occasion(world: World) -> None:
    """The deeper stage has spoken and waits no more."""
    world.adds("mug").checks_out().after("2h").adds("pot").after("1d")
    assert world.sent() == [CHECKOUT, CART]
    assert world.anchors(CART) == [ms("2h")]


def test_the_ladder_is_one_persons_not_one_devices(world: World) -> None:
    """Browsing on the laptop is not mentioned while the phone's cart waits: she is one person."""
    world.signs_in("ada").adds("mug").after("1m").as_("laptop").signs_in("ada").sees("pot").after("1d")
    assert world.sent() == [CART]


def test_without_the_ladder_every_rule_speaks_for_itself() -> None:
    """The plain rulebook's reading."""
    world = World(rulebook(rule(CART), rule(CHECKOUT)))
    world.adds("mug").checks_out().after("1d")
    assert sorted(world.sent()) == [CART, CHECKOUT]
