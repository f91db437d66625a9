"""What shops write of one person, order or event in two ways: cleaned alike wherever it is told, so that both meet."""

from typing import Any

import pytest

from schemas.topics import Topic
from tests.world import World, rule, rulebook

CART = "cart_abandonment"
UUID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
LONG = "x" * 300
WRITTEN = ("88\r\n", "88\t", " 88 ", "\ufeff88", "8\u200b8", "88\u2060")


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts."""
    return World(rulebook(rule(CART)))


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("on_the_page", [True, False], ids=["on_the_page", "in_the_feed"])
def test_a_customer_is_one_however_badly_the_id_was_exported(world: World, written: str, on_the_page: bool) -> None:
    """An order of her ends her cart, though the one says `88` and the other has a line break behind it."""
    here, there = (written, "88") if on_the_page else ("88", written)
    world.adds("mug", customer_id=here).after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": there}).after("1d")
    assert world.sent() == []
    assert world.dead_letters() == []


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("on_the_page", [True, False], ids=["on_the_page", "in_the_feed"])
def test_so_is_a_visitor(world: World, written: str, on_the_page: bool) -> None:
    """The clicks are keyed by the id as it is written."""
    here, there = (written, "88") if on_the_page else ("88", written)
    world.as_(here).adds("mug").after("5m").as_(there).orders(on_site=False).after("1d")
    assert world.sent() == []
    assert world.dead_letters() == []


def test_a_decomposed_name_is_the_composed_one(world: World) -> None:
    """Macs write `é` as two characters."""
    world.adds("mug", customer_id="ren\u00e9").after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": "rene\u0301"}).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize(("site", "feed"), [("1001", "1001\r"), (" 1001", "1001"), (LONG, LONG), (LONG + "\n", LONG)])
def test_an_order_is_one_however_its_id_is_written(world: World, site: str, feed: str) -> None:
    """The feed tells again what the site told: it ends no cart that was begun since."""
    world.orders(site).after("1m").adds("mug").after("1m")
    world.orders(feed, on_site=False).after("1d")
    assert world.sent() == [CART]


@pytest.mark.parametrize("event_id", ["e\n", LONG])
def test_an_event_that_is_delivered_twice_counts_once(world: World, event_id: str) -> None:
    """Whatever its id."""
    for _ in range(2):
        world.adds("mug", event_id=event_id)
    assert [line["quantity"] for line in world.after("61m").fired()[0]["lines"]] == [1]


def test_long_events_that_begin_alike_are_two(world: World) -> None:
    """The whole id makes the digest."""
    world.adds("mug", event_id=LONG + "1").adds("mug", event_id=LONG + "2")
    assert [line["quantity"] for line in world.after("61m").fired()[0]["lines"]] == [2]


def test_a_person_with_a_long_id_buys(world: World) -> None:
    """As customer, as visitor, and as a visitor who turns out to be somebody."""
    world.adds("mug", customer_id=LONG).after("5m")
    world.pipe({"type": "order_placed", "order_id": "1", "customer_id": LONG})
    world.as_("v" * 300).adds("pot").after("5m").orders(on_site=False)
    world.as_("w" * 300).adds("cup").after("5m").orders(on_site=False, customer_id="ada", visitor_id="w" * 300)
    world.after("1d")
    assert world.sent() == []
    assert world.dead_letters() == []


def test_persons_with_long_ids_are_told_apart(world: World) -> None:
    """By the last character, too."""
    world.adds("mug", customer_id=LONG + "1").as_("laptop").adds("pot", customer_id=LONG + "2").after("5m")
    world.pipe({"type": "order_placed", "order_id": "1", "customer_id": LONG + "1"}).after("1d")
    assert [fired["lines"][0]["product_id"] for fired in world.fired()] == ["pot"]


@pytest.mark.parametrize("detail", [{}, {"referrer": None}], ids=["plain", "mended"])
def test_a_customers_uuid_is_the_same_in_any_case(world: World, detail: dict[str, Any]) -> None:
    """One database writes it in capitals, another does not."""
    world.adds("mug", customer_id=UUID.upper(), **detail).after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": UUID}).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("detail", [{}, {"referrer": None}], ids=["plain", "mended"])
@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("gid://shopify/Customer/88", []),
        ("gid://shopify/Company/88", [CART]),
        ("gid://shopify/Customer/", [CART]),
        ("shopify/Customer/88", [CART]),
    ],
)
def test_a_customer_is_known_by_the_last_of_a_global_id(
    world: World, page: str, sent: list[str], detail: dict[str, Any]
) -> None:
    """As Shopify's hooks call one: who has bought has bought, and is told of by that id."""
    world.adds("mug", customer_id=page, **detail).after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": 88}).after("1d")
    assert world.sent() == sent
    world.adds("pot", customer_id=page, **detail).after("2h")
    assert world.fired()[-1]["customer_id"] == (page if sent else "88")


def test_a_visitors_uuid_is_its_key(world: World) -> None:
    """Phones that write it in capitals are told of in capitals, and found on the partition of that key."""
    world.as_(UUID.upper()).adds("mug").after("5m").orders(on_site=False).after("1m").adds("pot").after("1d")
    assert [(fired["visitor_id"], len(fired["lines"])) for fired in world.fired()] == [(UUID.upper(), 1)]


@pytest.mark.parametrize(
    "customer",
    [
        *("guest", "(not set)", "0", "", "-", "{{ customer.id }}", "${userId}", "%%id%%", "*|UNIQID|*", "[]", "—"),
        *("'null'", "null null", "undefinedundefined", "\\N", "<nil>", "logged_out", "not-logged-in", "(redacted)"),
        *("#REF!", "#N/A", "N/D", "object Object", "guest@guest.com", "anonymousUser", "{" + "0" * 8 + "}"),
    ],
)
def test_nobody_has_many_names(world: World, customer: str) -> None:
    """What pages, exports, sheets and programs write where nobody is signed in: guests stay apart, and an order of one
    ends nobody else's cart."""
    world.as_("v1").adds("mug", customer_id=customer).as_("v2").adds("pot", customer_id=customer).after("5m")
    world.orders(customer_id=customer).after("2h")
    assert [shot.person for shot in world.triggers()] == ["v:v1"]


@pytest.mark.parametrize("customer", ["nannan", "nila", "test-7", "guest1", "guest@shop.com", "#ada", "undefined7"])
def test_somebody_may_sound_like_nobody(world: World, customer: str) -> None:
    """And is a customer all the same."""
    world.adds("mug", customer_id=customer).after("61m")
    assert [shot.person for shot in world.triggers()] == [f"c:{customer}"]


def test_another_spelling_of_a_name_is_the_platforms(world: World) -> None:
    """Its own id of the event, the account, the customer: who and what is meant is said by our names."""
    others: dict[str, Any] = {
        "eventId": "7",
        "customerId": "shop-1",
        "occurredAt": "x",
        "Quantity": 9,
        "productId": "gid",
    }
    world.adds("mug", customer_id="ada", **others).after("61m")
    assert [(shot.kind, shot.person) for shot in world.triggers()] == [(CART, "c:ada")]
    assert [(line["product_id"], line["quantity"]) for line in world.fired()[0]["lines"]] == [("mug", 1)]
    world.adds("pot", customer_id="ada").after("5m")
    world.pipe({"type": "order_placed", "order_id": "O", "orderId": "P", "customer_id": "ada", "customerId": "x"})
    assert world.after("1d").sent() == [CART]
    assert world.outcomes(Topic.ORDERS) == {"applied": 1}


NOTHING = (
    *("undefined", "null", "None", "(not set)", "[object Object]", "00000000-0000-0000-0000-000000000000"),
    *("-", "unknown", "{{ order.id }}", "${orderId}", "{% id %}"),
)


@pytest.mark.parametrize("written", NOTHING)
@pytest.mark.parametrize("on_site", [True, False], ids=["on_the_site", "in_the_feed"])
def test_each_purchase_stands_for_itself_whose_order_id_says_that_there_is_none(
    world: World, written: str, on_site: bool
) -> None:
    """A page forgot to fill it in: the second one ends its cart, too."""
    for _ in range(2):
        world.after("1d").adds("mug").after("1m").orders(written, on_site=on_site)
    world.after("1d")
    assert world.sent() == []


def test_what_is_told_of_an_open_order_without_an_id_still_meets() -> None:
    """Its payment is waited for, and comes: no purchase of its own."""
    world = World(rulebook(rule("payment_failed", wait="0s")))
    world.orders("null", on_site=False, payment_state="pending").after("5m")
    world.pipe({"type": "order_paid", "order_id": "null"}).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("written", NOTHING)
def test_each_event_stands_for_itself_whose_id_says_that_there_is_none(world: World, written: str) -> None:
    """They are no repeats of each other; one that is delivered twice is."""
    first = {"type": "cart_item_added", "product_id": "mug", "event_id": written, "occurred_at": world.instant("0s")}
    world.pipe(first).pipe(first).adds("pot", event_id=written).after("1d")
    assert [{line["product_id"]: line["quantity"] for line in fired["lines"]} for fired in world.fired()] == [
        {"mug": 1, "pot": 1}
    ]
    assert world.outcomes() == {"applied": 2, "duplicate": 1}


@pytest.mark.parametrize(
    ("told", "ordered", "expected"),
    [
        ("gid://shopify/Cart/c1-7a2?key=824b", "c1-7a2", []),
        ("gid://shopify/Cart/c1-7a2", "c1-7a2", []),
        ("c1-7a2?key=824b", "c1-7a2", []),
        ("c1-7a2", "gid://shopify/Cart/c1-7a2?key=824b", []),
        ("gid://shopify/Cart/c1-7a2?key=824b", "c1-7a3", [CART]),
        ("a/c1?k=1", "c1", [CART]),
        ("?key=824b", "c1", [CART]),
    ],
)
def test_a_cart_is_known_by_its_token(world: World, told: str, ordered: str, expected: list[str]) -> None:
    """Shopify's pages name a cart by more than its orders do, which may be a guest's of whom nothing else is known."""
    world.adds("mug", cart_id=told).after("5m").orders(on_site=False, customer_id="guest@x.example", cart_id=ordered)
    assert world.after("2h").sent() == expected


@pytest.mark.parametrize("written", [*NOTHING, "0", 0])
@pytest.mark.parametrize("name", ["cart_id", "checkout_id"])
def test_nobody_holds_a_cart_whose_id_says_that_there_is_none(world: World, written: Any, name: str) -> None:
    """One order that names it would be the end of everybody's."""
    cart: dict[str, Any] = {name: written}
    for visitor in ("phone", "laptop"):
        world.as_(visitor).adds("mug", **cart)
    world.after("5m").as_("tablet").orders(on_site=False, **cart)
    assert {shot.person for shot in world.after("2h").triggers()} == {"v:phone", "v:laptop"}


@pytest.mark.parametrize("written", ["{a}", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "a{{b}}", "$5", "0-1"])
def test_other_ids_are_ids(world: World, written: str) -> None:
    """Be they in braces: that order ends that cart."""
    world.adds("mug", cart_id=written).after("5m").orders(on_site=False, customer_id="ada", cart_id=written)
    assert world.after("2h").sent() == []


@pytest.mark.parametrize(
    ("on_the_page", "orders"),
    [
        ("gid://shopify/Order/5501", 1),
        ("gid://shopify/OrderIdentity/5501", 1),
        ("gid://shopify/DraftOrder/5501", 2),
        ("gid://shopify/Order/", 2),
    ],
)
def test_an_order_is_known_by_the_last_of_a_global_id(on_the_page: str, orders: int) -> None:
    """As Shopify's hooks call it: it is one, and she is asked once how it was."""
    world = World(rulebook(rule("post_purchase", wait="1d"))).orders(on_the_page)
    world.after("2s").pipe({"type": "order_placed", "order_id": 5501}).after("9d")
    assert len(world.sent()) == orders
