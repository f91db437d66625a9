"""Carts that more than one order names, or more than one record of an order."""

import pytest

from tests.world import Json, World, ms, rule, rulebook

CART, CHECKOUT = "cart_abandonment", "checkout_abandonment"
BOOK = rulebook(rule(CART), rule(CHECKOUT))
GUEST = "guest@shop.example"


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts and of checkouts."""
    return World(BOOK)


def test_what_was_bought_last_counts(world: World) -> None:
    """A guest has bought the cart; the phone, which has put something in since, buys it, too, and then tells of it for
    the first time: the checkout is that of what it has bought."""
    world.orders(on_site=False, customer_id=GUEST, cart_id="C1").after("1h").adds("mug").after("10m")
    world.orders(on_site=False, visitor_id="phone", cart_id="C1").after("2h").checks_out(cart_id="C1").after("1d")
    assert world.sent() == []


# -- whoever signs in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signs_in", [True, False])
def test_an_order_told_again_is_the_heirs_own(world: World, signs_in: bool) -> None:
    """The phone buys, and tells another cart; a guest's record of the order names that one. Another order would have
    bought it. Whether the phone signs in when it tells the cart makes no difference."""
    world.orders("O-1", on_site=False, visitor_id="phone").after("1m").sets_cart({}, cart_id="C1").after("1m")
    world.orders("O-1", on_site=False, customer_id=GUEST, cart_id="C1").after("1h")
    as_ada = {"customer_id": "ada"} if signs_in else {}
    world.sets_cart({"mug": 3}, cart_id="C1", **as_ada).after("1d")
    assert world.sent() == [CART]


@pytest.mark.parametrize("told", ["by the customer", "by the visitor"])
def test_what_an_order_of_both_has_bought_stays_bought(world: World, told: str) -> None:
    """A record of the order was ada's, another the phone's; either names the cart."""
    named = [{"cart_id": "C1"}, {}] if told == "by the customer" else [{}, {"cart_id": "C1"}]
    world.orders("O-1", on_site=False, customer_id="ada", **named[0]).after("1m")
    world.orders("O-1", on_site=False, visitor_id="phone", **named[1]).after("1h")
    world.sets_cart({"mug": 3}, cart_id="C1", customer_id="ada").after("1d")
    assert world.sent() == []


def test_a_cart_and_its_checkout_stay_two_names_of_one(world: World) -> None:
    """The checkout is bought after the sign-in; then the cart is told once more."""
    world.sets_cart({"mug": 1}, cart_id="C1", checkout_id="K1").after("1m").signs_in("ada").after("1m")
    world.orders(on_site=False, customer_id=GUEST, checkout_id="K1").after("2m")
    world.sets_cart({"mug": 1}, cart_id="C1").after("1d")
    assert world.sent() == []


def test_a_cart_that_only_its_checkout_tells_is_the_heirs(world: World) -> None:
    """Ada has bought elsewhere; then the phone, which has put nothing in that is known, checks out, and is hers."""
    world.orders(on_site=False, customer_id="ada").after("1h").checks_out(cart_id="C1").after("1m").signs_in("ada")
    world.after("1m").orders(on_site=False, customer_id=GUEST, cart_id="C1").after("1d")
    assert world.sent() == []


# -- records of one order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [{"customer_id": GUEST}, {"visitor_id": "phone"}, {"customer_id": "ada"}])
@pytest.mark.parametrize("first", ["the page", "the feed"])
@pytest.mark.parametrize("signs_in", [True, False], ids=["signs in", "stays unknown"])
def test_what_any_record_of_the_order_names_is_bought(
    world: World, by: dict[str, str], first: str, signs_in: bool
) -> None:
    """The page that says thank you knows no cart; the feed does, and perhaps not whose it is. Then an old tab tells the
    cart, and the shop its checkout."""
    world.adds("mug").after("1m")
    for source in ("the page", "the feed") if first == "the page" else ("the feed", "the page"):
        named = {"cart_id": "C1", **by} if source == "the feed" else {}
        world.orders("O-1", on_site=source == "the page", **named).after("1m")
    if signs_in:
        world.signs_in("ada").after("1m")
    told = len(world.triggers())
    world.sets_cart({"mug": 1}, cart_id="C1").after("40m").checks_out(cart_id="C1").after("1d")
    assert len(world.triggers()) == told


@pytest.mark.parametrize("change", ["before the cart is named", "after it"])
def test_a_cart_in_use_again_is_not_what_the_order_has_bought(world: World, change: str) -> None:
    """The cart keeps its id. The feed is slow to name it, or she is slow to go on."""
    world.adds("mug").after("1m").orders("O-1").after("1m")
    if change == "before the cart is named":
        world.adds("pot", cart_id="C1").after("1m")
    world.orders("O-1", on_site=False, customer_id=GUEST, cart_id="C1").after("1m")
    if change == "after it":
        world.adds("pot", cart_id="C1").after("1m")
    world.sets_cart({"pot": 2}, cart_id="C1").after("1d")
    assert world.anchors(CART) == [world.clock - ms("1d")]


@pytest.mark.parametrize("pause", ["0s", "1m"], ids=["the same instant", "a minute later"])
def test_what_is_told_behind_the_order_is_in_use_again_at_once(world: World, pause: str) -> None:
    """The cart is told right behind the page that says thank you; long after it she checks out."""
    world.adds("mug").after("1m").orders("O-1").after(pause).adds("pot", cart_id="C1").after("1m")
    world.orders("O-1", on_site=False, customer_id=GUEST, cart_id="C1").after("40m").checks_out(cart_id="C1")
    assert sorted(world.after("1d").sent()) == [CART, CHECKOUT]


@pytest.mark.parametrize("state", ["paid", "pending"])
def test_an_order_that_turns_out_to_be_her_own_has_bought_what_she_had_put_in(world: World, state: str) -> None:
    """The phone has told the cart, and a guest has bought it; something is put in; now the order is told to be the
    phone's. An hour later the checkout's last step is told once more."""
    world.sets_cart({}, cart_id="C1").after("1m").orders("O-1", on_site=False, customer_id=GUEST, cart_id="C1")
    world.after("10m").adds("mug").after("10m")
    world.orders("O-1", on_site=False, visitor_id="phone", cart_id="C1", payment_state=state)
    world.after("40m").checks_out(cart_id="C1").after("10m").orders("O-1", on_site=False, visitor_id="phone")
    assert world.after("1d").sent() == []


def test_a_second_word_on_an_open_payment_buys_nothing_more(world: World) -> None:
    """The order waits for its money; something is put in; the feed says once more that it waits."""
    order: Json = {"on_site": False, "visitor_id": "phone", "cart_id": "C1", "payment_state": "pending"}
    world.sets_cart({"mug": 1}, cart_id="C1").after("1m").orders("O-1", **order).after("1m")
    world.sets_cart({"pot": 1}, cart_id="C1").after("1m").orders("O-1", **order).after("1m")
    world.checks_out(cart_id="C1").after("2m").orders("O-1", **order | {"payment_state": "paid"}).after("1d")
    assert sorted(world.sent()) == [CART, CHECKOUT]


@pytest.mark.parametrize("end", ["paid", "expired"])
def test_the_page_names_the_cart_of_an_order_that_waits_for_its_money(world: World, end: str) -> None:
    """The feed was first, and knows no cart. What the page tells of it afterwards, unchanged, was bought."""
    order: Json = {"on_site": False, "visitor_id": "phone", "payment_state": "pending"}
    world.adds("mug").after("1m").orders("O-1", **order).after("1m").orders("O-1", cart_id="C1").after("1m")
    world.sets_cart({"mug": 1}, cart_id="C1").after("20m").checks_out(cart_id="C1").after("1m")
    world.orders("O-1", **order | {"payment_state": end}).after("1d")
    assert world.sent() == []
