"""What shops write that is no good record by the letter: nobody's device, weighed goods, mailboxes in any case."""

from typing import Any

import pytest

from tests.world import Shot, World, ms, rule, rulebook

CART, BROWSE, EXIT, LAPSE = "cart_abandonment", "browse_abandonment", "exit_intent", "lapse"
NOBODYS = ("undefined", "0", "", None, "000000000.000000000", "[object Object]")


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts, of browsing and at the exit, each for itself."""
    return World(rulebook(rule(CART), rule(BROWSE), rule(EXIT, min_views=3)))


def by_ada(world: World, visitor: str | None, record: dict[str, Any]) -> World:
    """A click of ada's on a device that is nobody's; keyed by it, as far as it has an id."""
    said = {"customer_id": "ada", "visitor_id": visitor if visitor is not None else "", **record}
    return world.pipe(said, key=None if not visitor else visitor.encode())


@pytest.mark.parametrize("visitor", NOBODYS)
def test_a_click_on_nobodys_device_is_its_customers(world: World, visitor: str | None) -> None:
    """What is put into the cart there is reminded of, to the customer, and shows no visitor."""
    by_ada(world, visitor, {"type": "cart_item_added", "product_id": "mug"}).after("61m")
    assert world.triggers() == [Shot(CART, "c:ada", 0, ms("60m"))]
    assert [(fired["customer_id"], fired["visitor_id"]) for fired in world.fired()] == [("ada", None)]
    assert {(decision.customer_id, decision.visitor_id) for decision in world.decisions()} == {("ada", None)}
    assert world.dead_letters() == []


@pytest.mark.parametrize("visitor", NOBODYS)
def test_a_purchase_on_nobodys_device_ends_the_customers_cart(world: World, visitor: str | None) -> None:
    """Whatever device the cart was filled on."""
    world.as_("laptop").signs_in("ada").adds("mug").after("5m")
    by_ada(world, visitor, {"type": "order_completed", "order_id": "O"}).after("1d")
    assert world.sent() == []


def test_visits_on_nobodys_device_are_each_customers_own(world: World) -> None:
    """Two customers whose shop writes `undefined` for both: neither sees what the other looked at."""
    for customer, product in (("ada", "mug"), ("bea", "pot")):
        world.pipe(
            {"type": "product_viewed", "product_id": product, "customer_id": customer, "visitor_id": "undefined"}
        )
    world.after("2h")
    assert {(fired["profile"], tuple(fired["viewed"])) for fired in world.fired()} == {
        ("c:ada", ("mug",)),
        ("c:bea", ("pot",)),
    }


def test_an_exit_on_nobodys_device_is_answered_once_a_session(world: World) -> None:
    """As on any other."""
    by_ada(world, "undefined", {"type": "cart_item_added", "product_id": "mug"}).after("1m")
    for _ in range(2):
        by_ada(world, "undefined", {"type": "exit_signal"}).after("1s")
    assert world.sent() == [EXIT]


def test_a_visitor_without_a_name_is_somebody_else(world: World) -> None:
    """The visitor who is called like the customer is not the one who stands in for her."""
    by_ada(world, "undefined", {"type": "cart_item_added", "product_id": "mug"})
    world.as_("ada").adds("pot").after("61m")
    assert {(fired["profile"], fired["visitor_id"]) for fired in world.fired()} == {("c:ada", None), ("v:ada", "ada")}


@pytest.mark.parametrize(
    ("here", "there"), [("Anna@Example.com", "anna@example.com"), ("ANNA@EXAMPLE.COM", " Anna@example.com")]
)
def test_a_mailbox_is_one_customer_however_it_is_written(world: World, here: str, there: str) -> None:
    """On the page and in the order feed."""
    world.adds("mug", customer_id=here).after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": there}).after("1d")
    assert world.sent() == []


def test_a_mailbox_is_shown_in_lower_case(world: World) -> None:
    """Also where it is the visitor's id."""
    world.as_("Anna@Example.com").adds("mug", customer_id="BEA@x.de").after("61m")
    assert [(fired["profile"], fired["visitor_id"]) for fired in world.fired()] == [("c:bea@x.de", "anna@example.com")]


def test_an_id_with_an_at_that_is_no_address_keeps_its_case(world: World) -> None:
    """`Anna@home` is somebody else than `anna@home`."""
    world.adds("mug", customer_id="Anna@home").after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": "anna@home"}).after("1d")
    assert world.sent() == [CART]


def test_numbers_are_their_text(world: World) -> None:
    """Customer 205 on the page is customer "205" in the feed."""
    world.adds("mug", customer_id=205).after("5m")
    world.pipe({"type": "order_placed", "order_id": 7, "customer_id": "205"}).after("1d")
    assert world.sent() == []


def test_weighed_goods_are_shown_as_they_were_weighed(world: World) -> None:
    """Three tenths and two tenths are half a kilogram; whole pieces stay whole; the worth is rounded to the cent."""
    world.adds("tea", price="9.99", quantity=0.3).adds("tea", price="9.99", quantity=0.2).adds("mug", price="5")
    (fired,) = world.after("61m").fired()
    assert [(line["product_id"], line["quantity"]) for line in fired["lines"]] == [("tea", 0.5), ("mug", 1)]
    assert [type(line["quantity"]) for line in fired["lines"]] == [float, int]
    assert (fired["value"], fired["currency"]) == ("10.00", "EUR")


def test_a_gram_is_the_least(world: World) -> None:
    """What is taken out to the last gram is not in the cart any more; a gram that is left is."""
    world.adds("tea", quantity=0.5).after("1m").removes("tea", quantity=0.499).after("61m")
    assert [line["quantity"] for line in world.fired()[0]["lines"]] == [0.001]
    world.removes("tea", quantity=0.001).after("1m").adds("tea", quantity=0.0004).after("2h")
    assert world.sent() == [CART]


def test_the_same_weight_again_is_no_change(world: World) -> None:
    """0.30 kg in a whole cart is the 0.3 kg that were added."""
    world.adds("tea", quantity=0.3).after("40m")
    world.pipe({"type": "cart_updated", "lines": [{"product_id": "tea", "quantity": 0.30}]}).after("1d")
    assert world.anchors(CART) == [0]


def test_a_price_in_an_unknown_currency_is_unknown() -> None:
    """50 of something are not 50: a cart that is worth nobody knows what meets no least value, be it of a currency or
    of none."""
    for least, currency in (("50", None), ("50 EUR", "eur")):
        world = World(rulebook(rule(CART, min_cart_value=least)))
        world.adds("mug", price="60", currency="IRT").after("2h")
        assert world.sent() == []
        world.as_("laptop").adds("mug", price="60", currency=currency).after("61m")
        assert [fired["value"] for fired in world.fired()] == ["60.00"]


def test_only_what_can_be_held_is_held(world: World) -> None:
    """Clicks that add a thousand million pieces each do not make a number that nobody reads."""
    for _ in range(30):
        world.adds("mug", quantity=1_000_000_000)
    assert [line["quantity"] for line in world.after("61m").fired()[0]["lines"]] == [1_000_000_000]


@pytest.mark.parametrize(
    ("fields", "spent"),
    [
        ({}, "8.00"),
        ({"total": None}, "8.00"),
        ({"total": "8,00"}, "8.00"),
        ({"total": "9.50"}, "9.50"),
        ({"lines": [{"product_id": "mug", "unit_price": "1.00"}, {"unit_price": "-2.00"}]}, "1.00"),
        ({"lines": [{"product_id": "mug"}, {"unit_price": "-2.00"}]}, None),
    ],
    ids=["no_total", "null", "unreadable", "told", "below_zero", "unknown"],
)
def test_a_discount_is_part_of_what_an_order_comes_to(fields: dict[str, Any], spent: str | None) -> None:
    """It is no product; where no total can be read, the lines are all there is to say it, unless that is below zero."""
    asked = f'person.spend_in("1d") == {spent}' if spent else 'person.spend_in("1d") >= 0.0'
    world = World(rulebook(rule(CART, **{"if": asked}), currency="EUR"))
    lines = [{"product_id": "mug", "unit_price": "10.00"}, {"product_id": "TEN", "quantity": 1, "unit_price": "-2.00"}]
    said = {"type": "order_placed", "order_id": "O", "currency": "EUR", "lines": lines, **fields}
    world.pipe(said).after("1m").adds("pot").after("2h")
    assert world.sent() == ([CART] if spent else [])
