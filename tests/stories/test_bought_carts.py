"""An order names the cart that it bought: whoever holds that cart hears nothing of it any more."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, CHECKOUT, BROWSE, EXIT = "cart_abandonment", "checkout_abandonment", "browse_abandonment", "exit_intent"
BOOK = rulebook(rule(CART), rule(CHECKOUT), rule(BROWSE))
GUEST = "guest@shop.example"
"""An address that was never seen with a device."""


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts, of checkouts and of browsing, each for itself; what is 10 s late is in time."""
    return World(BOOK, lateness="10s")


def buys(world: World, cart: str = "C1", *, by: str = GUEST, name: str = "cart_id", **fields: object) -> World:
    """An order of the feed that names a cart, and no visitor."""
    said: dict[str, Any] = {"customer_id": by, name: cart, **fields}
    return world.orders(on_site=False, **said)


@pytest.mark.parametrize("name", ["cart_id", "checkout_id"])
@pytest.mark.parametrize(
    ("pause", "expected"), [("59m", []), ("60m", []), ("60m 1ms", [CART])], ids=["within", "exactly_at", "after"]
)
def test_an_order_of_a_guest_ends_the_cart_that_it_names(
    world: World, pause: str, expected: list[str], name: str
) -> None:
    """Nothing else says that the guest is who holds the phone. What has gone out and is not delivered is taken back."""
    buys(world.adds("mug", cart_id="C1").after(pause), name=name).after("2h")
    assert world.sent() == world.cancelled() == expected
    assert world.why(CART) is Reason.ORDERED


def test_it_ends_the_checkout_and_the_browsing_too(world: World) -> None:
    """What was left on that device is bought."""
    world.sees("mug").after("31m").checks_out(cart_id="C1").after("5m")
    buys(world).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("name", ["cart_id", "checkout_id"])
def test_a_checkout_may_have_an_id_of_its_own(world: World, name: str) -> None:
    """The cart is told as one, the checkout as another: the order may name either."""
    world.adds("mug", cart_id="C1").after("1m").checks_out(cart_id="C1", checkout_id="K1").after("5m")
    buys(world, "C1" if name == "cart_id" else "K1", name=name).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("bought", [{"cart_id": "C1"}, {"checkout_id": "K1"}])
def test_a_cart_and_its_checkout_are_two_names_of_one(world: World, bought: dict[str, str]) -> None:
    """Only the checkout tells both; back in the cart she takes one more; the guest's order names either."""
    world.adds("mug").after("1m").checks_out(cart_id="C1", checkout_id="K1").after("1m")
    world.sets_cart({"mug": 2}, cart_id="C1").after("1m")
    world.orders(on_site=False, customer_id=GUEST, **bought).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize(("quantity", "sent"), [(1, []), (2, [CART])])
def test_what_was_bought_by_one_name_is_bought_by_the_other(world: World, quantity: int, sent: list[str]) -> None:
    """The shop's hook tells the cart once more, minutes after the checkout was paid; changed, it is a cart again."""
    world.sets_cart({"mug": 1}, cart_id="C1").after("1m").checks_out(cart_id="C1", checkout_id="K1").after("1m")
    buys(world, "K1", name="checkout_id").after("2m").sets_cart({"mug": quantity}, cart_id="C1").after("1d")
    assert world.sent() == sent


def test_another_cart_than_the_one_whose_checkout_was_bought_is_left(world: World) -> None:
    """She had told two: the whole of the second is in the cart, and the first one's checkout says nothing of it."""
    world.adds("mug", cart_id="C1", checkout_id="K1").after("1m").sets_cart({"pot": 1}, cart_id="C2").after("5m")
    buys(world, "K1", name="checkout_id").after("1d")
    assert world.sent() == [CART]


@pytest.mark.parametrize("holder", ["v:phone", "c:ada"])
def test_the_holder_may_be_known_or_not(world: World, holder: str) -> None:
    """Ada is a customer; the order is under another address."""
    if holder == "c:ada":
        world.signs_in("ada")
    buys(world.adds("mug", cart_id="C1").after("10m")).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("first", ["order", "sign_in"])
def test_a_cart_that_has_moved_with_its_visitor_is_found(world: World, first: str) -> None:
    """The phone tells the cart, and turns out to be ada's before the order or after it."""
    world.adds("mug", cart_id="C1").after("10m")
    if first == "order":
        buys(world).after("1m").signs_in("ada")
    else:
        buys(world.signs_in("ada").after("1m"))
    assert world.after("1d").sent() == []


def test_it_is_found_though_the_device_has_become_anothers(world: World) -> None:
    """Ada's cart, and now bob holds the phone: hers is bought, and not what is in his."""
    world.signs_in("ada").adds("mug", cart_id="C1").after("40m").signs_in("bob").adds("pot", cart_id="C2").after("5m")
    buys(world).after("1d")
    assert [(shot.kind, shot.person) for shot in world.triggers()] == [(CART, "c:bob")]


@pytest.mark.parametrize("cart", [None, "C2"])
def test_an_order_that_names_another_cart_or_none_ends_nothing(world: World, cart: str | None) -> None:
    """It is somebody else's."""
    buys(world.adds("mug", cart_id="C1").after("10m"), cart_id=cart).after("1d")
    assert world.sent() == [CART]


@pytest.mark.parametrize(("of_click", "of_order", "sent"), [
    ("north", "north", []), ("north", "south", [CART]), (None, "north", []), ("north", None, [CART]),
])  # fmt: skip
def test_a_cart_is_its_stores(world: World, of_click: str | None, of_order: str | None, sent: list[str]) -> None:
    """A click that names no store may be of any."""
    buys(world.adds("mug", cart_id="C1", store=of_click).after("10m"), store=of_order).after("1d")
    assert world.sent() == sent


def test_two_who_share_a_cart_both_hear_nothing(world: World) -> None:
    """A link to the cart was passed on."""
    world.adds("mug", cart_id="C1").as_("laptop").sets_cart({"mug": 1}, cart_id="C1").as_("tablet").adds("mug")
    buys(world.after("10m")).after("1d")
    assert [shot.person for shot in world.triggers()] == ["v:tablet"]


def test_whoever_has_gone_on_to_another_cart_holds_the_first_no_more(world: World) -> None:
    """A whole cart of another id is another cart; one thing more in it is not."""
    world.adds("mug", cart_id="C1").after("1m").sets_cart({"pot": 1}, cart_id="C2").after("1m")
    world.as_("laptop").adds("mug", cart_id="C1").after("1m").adds("pot", cart_id="C2").after("1m")
    buys(world).after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("v:phone", ms("1m"))]


@pytest.mark.parametrize("ago", ["4s", "9s"])
def test_the_carts_clicks_may_come_after_the_order(world: World, ago: str) -> None:
    """The order is read first; the click was before it, and is in time."""
    buys(world, ago="3s").adds("mug", cart_id="C1", ago=ago).after("1d")
    assert world.sent() == []


def test_a_click_that_comes_much_too_late_is_no_reminder_either(world: World) -> None:
    """Hours later, when W has long passed both."""
    buys(world.after("10m"), ago="9m").after("3h").adds("mug", cart_id="C1", ago="3h 9m 30s").after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("late", ["5h", "7d"])
def test_a_late_order_takes_back_what_has_gone_out(world: World, late: str) -> None:
    """The reminder was delivered; the order was placed ten minutes after the cart was filled."""
    world.adds("mug", cart_id="C1").after(late).settles(CART)
    buys(world, occurred_at=BEGINNING_MS + ms("10m")).after("1d")
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.LATE_ORDER


# -- what is told of it afterwards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["nothing", "the cart", "another cart"])
@pytest.mark.parametrize("after", ["1ms", "1m", "5h"])
def test_a_bought_cart_told_again_arms_nothing(world: World, before: str, after: str) -> None:
    """Neither the whole cart nor a step of its checkout; also of whoever tells it for the first time."""
    if before == "the cart":
        world.adds("mug", quantity=2, cart_id="C1").after("1m")
    if before == "another cart":
        world.sets_cart({"mug": 2}, cart_id="C1").after("1m").sets_cart({"pot": 1}, cart_id="C2").after("70m")
    told = len(world.triggers())
    buys(world).after(after).sets_cart({"mug": 2}, cart_id="C1").checks_out(cart_id="C1").after("1d")
    assert len(world.triggers()) == told


@pytest.mark.parametrize("own", [True, False], ids=["own", "a_guests"])
def test_changed_it_is_a_cart_as_any_other(world: World, own: bool) -> None:
    """A shop that keeps the id: one more, one less, or something new."""
    world.signs_in("ada")
    for cart in ({"mug": 2}, {"mug": 1}, {"mug": 1, "pot": 1}, {"pot": 1}):
        world.sets_cart({"mug": 1 if cart == {"mug": 2} else 2}, cart_id="C1").after("5m")
        buys(world, by="ada" if own else GUEST).after("5m").sets_cart(cart, cart_id="C1").after("2h")
    assert world.sent() == [CART] * 4


@pytest.mark.parametrize("change", ["adds", "removes"])
def test_one_item_put_in_is_a_change(world: World, change: str) -> None:
    """To take out what was bought arms nothing; to put it in again does."""
    buys(world.adds("mug", cart_id="C1").after("5m")).after("5m")
    getattr(world, change)("mug", cart_id="C1")
    assert world.after("2h").sent() == ([CART] if change == "adds" else [])


def test_an_emptied_cart_is_changed(world: World) -> None:
    """Emptied after the purchase, then filled with the same again."""
    buys(world.sets_cart({"mug": 1}, cart_id="C1").after("5m")).after("1m").sets_cart({}, cart_id="C1")
    assert world.after("1m").sets_cart({"mug": 1}, cart_id="C1").after("2h").sent() == [CART]


def test_a_checkout_of_the_bought_cart_counts_once_something_was_put_in(world: World) -> None:
    """The shop tells the cart at the checkout alone."""
    buys(world.adds("mug").checks_out(cart_id="C1").after("5m")).after("40m").checks_out(cart_id="C1").after("2h")
    assert world.sent() == []
    world.adds("pot").after("1m").checks_out(cart_id="C1").after("2h")
    assert sorted(world.sent()) == [CART, CHECKOUT]


def test_a_cart_that_is_filled_again_can_be_bought_again(world: World) -> None:
    """News of the first order ends nothing; a second order does."""
    buys(world.adds("mug", cart_id="C1").after("5m"), order_id="O-1").after("5m").adds("pot", cart_id="C1").after("5m")
    world.pipe({"type": "order_shipped", "order_id": "O-1", "cart_id": "C1", "customer_id": GUEST}).after("2h")
    assert world.sent() == [CART]
    buys(world.adds("jug", cart_id="C1").after("5m"), order_id="O-2").after("2h")
    assert world.sent() == [CART]


# -- orders as they live ---------------------------------------------------------------------------------------------


def test_a_cancelled_order_has_ended_it_all_the_same(world: World) -> None:
    """What it ended stays ended; a cancellation alone ends nothing."""
    buys(world.adds("mug", cart_id="C1").after("5m"), order_id="O-1").after("5m")
    gone = {"type": "order_cancelled", "cart_id": "C1", "customer_id": GUEST}
    world.pipe(gone, order_id="O-1").after("1d")
    assert world.sent() == []
    world.adds("mug", cart_id="C2").after("5m").pipe(gone | {"cart_id": "C2"}, order_id="O-2").after("1d")
    assert world.sent() == [CART]


@pytest.mark.parametrize(("state", "sent"), [("pending", []), ("offline", []), ("failed", [CART]), ("voided", [CART])])
def test_an_order_whose_payment_is_open_has_the_cart(world: World, state: str, sent: list[str]) -> None:
    """One that has failed was none."""
    buys(world.adds("mug", cart_id="C1").after("5m"), payment_state=state).after("1d")
    assert world.sent() == sent


def test_where_nobody_waits_for_payments_it_does_not() -> None:
    """Until it is paid, it is none."""
    world = World(rulebook(rule(CART), payment_wait="off"))
    buys(world.adds("mug", cart_id="C1").after("5m"), payment_state="pending", order_id="O-1").after("30m")
    buys(world.adds("pot", cart_id="C1"), payment_state="paid", order_id="O-1").after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("own", ["cart_id", None])
def test_the_buyers_own_order_is_one_order(world: World, own: str | None) -> None:
    """It names the cart, and the device that holds it; what is told of it again is nothing."""
    named = {} if own is None else {own: "C1"}
    world.signs_in("ada").adds("mug", cart_id="C1").after("5m")
    world.orders(on_site=False, customer_id="ada", visitor_id="phone", **named).after("1m")
    world.sets_cart({"mug": 1}, cart_id="C1").after("1d")
    assert world.sent() == ([] if own else [CART])


def test_an_order_on_the_site_tells_its_cart_for_the_buyer(world: World) -> None:
    """The page knows the cart; the order feed does not."""
    world.adds("mug", cart_id="C1").after("5m").orders(cart_id="C1").after("1h").sets_cart({"mug": 1}, cart_id="C1")
    assert world.after("1d").sent() == []


def test_an_exit_intent_does_not_wait_for_w() -> None:
    """A moment after the guest's order the cart is not worth a word, and the order was in the visit."""
    world = World(rulebook(rule(EXIT)))
    world.adds("mug", cart_id="C1").after("1m")
    buys(world).advance("1s").moves_to_leave().after("1h")
    assert world.sent() == []


# -- what it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "told"), [(CART, 2), (EXIT, 2), ("lapse", 0)])
def test_only_where_a_rule_asks_for_carts_everybody_is_told(kind: str, told: int) -> None:
    """A fact a partition, of visitors and of customers; an order that names no cart costs nothing more."""
    world = World(rulebook(rule(kind)))
    buys(world.adds("mug", cart_id="C1").after("5m"), cart_id=None).after("5m")
    buys(world).after("1d")
    world.said(Topic.TRIGGERS)
    assert world.counts["facts", "cart_bought"] == told


def test_carts_and_their_orders_are_known_after_every_kill() -> None:
    """The partitions are lost after each record."""
    world = World(BOOK, driver=DurableReplay)
    assert isinstance(world.replay, DurableReplay)
    world.adds("mug", cart_id="C1").as_("laptop").signs_in("ada").adds("mug", cart_id="C1").after("5m")
    world.replay.kill(BOOK)
    buys(world).after("5m")
    world.replay.kill(BOOK)
    for device in ("phone", "laptop", "tablet"):
        world.as_(device).sets_cart({"mug": 1}, cart_id="C1")
        world.replay.kill(BOOK)
    assert world.after("1d").sent() == []
