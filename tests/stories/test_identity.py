"""Who is who: unknown visitors turn out to be customers, on several devices, and devices are shared."""

import pytest

from tests.world import LADDER, World, ms, rule, rulebook

CART, BROWSE, INACTIVE, LAPSE = "cart_abandonment", "browse_abandonment", "inactivity", "lapse"


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts, and of browsing, each for itself."""
    return World(rulebook(rule(CART), rule(BROWSE)))


def test_before_signing_in_the_trigger_is_the_visitors_after_it_the_customers(world: World) -> None:
    """Ids and Kafka key say whose it is."""
    world.adds("mug").after("2h").signs_in("ada").adds("pot").after("2h")
    assert [shot.person for shot in world.triggers()] == ["v:phone", "c:ada"]
    assert [fired["customer_id"] for fired in world.fired()] == [None, "ada"]
    assert [fired["visitor_id"] for fired in world.fired()] == ["phone", "phone"]
    assert world.keys == [("fired", b"v:phone"), ("fired", b"c:ada")]


def test_a_waiting_cart_goes_with_the_visitor_who_signs_in(world: World) -> None:
    """One trigger, the customer's, counted from the item and not from the sign-in."""
    world.adds("mug").after("10m").signs_in("ada").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", 0)]


def test_what_has_fired_stays_fired(world: World) -> None:
    """To sign in is no second occasion."""
    world.adds("mug").after("61m").signs_in("ada").after("1d")
    assert [shot.person for shot in world.triggers()] == ["v:phone"]


@pytest.mark.parametrize(
    ("pause", "person"),
    [("59m", "c:ada"), ("60m", "c:ada"), ("60m 1ms", "v:phone")],
    ids=["within", "exactly_at", "after"],
)
def test_signing_in_exactly_at_the_due_time_comes_before_the_timer(world: World, pause: str, person: str) -> None:
    """A link is an event like others."""
    world.adds("mug").after(pause).signs_in("ada").after("1d")
    assert [shot.person for shot in world.triggers() if shot.kind == CART] == [person]


def test_any_click_with_the_customers_name_is_a_sign_in(world: World) -> None:
    """Not every page sends `identified`."""
    world.adds("mug").after("10m").visits(customer_id="ada").after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_two_devices_of_one_customer_share_a_cart(world: World) -> None:
    """The later anchor stays, and one trigger shows both items."""
    world.signs_in("ada").adds("mug").after("20m").as_("laptop").signs_in("ada").adds("pot").after("1d")
    (fired,) = world.fired()
    assert [line["product_id"] for line in fired["lines"]] == ["mug", "pot"]
    assert world.anchors(CART) == [ms("20m")]


def test_quantities_of_the_same_product_add_up(world: World) -> None:
    """One mug on the phone, two on the laptop."""
    world.adds("mug").signs_in("ada").after("5m")
    world.as_("laptop").adds("mug", quantity=2).signs_in("ada").after("1d")
    assert [line["quantity"] for line in world.fired()[0]["lines"]] == [3]


def test_the_later_armed_anchor_stays(world: World) -> None:
    """The phone's item is newer than the customer's own."""
    world.as_("laptop").signs_in("ada").adds("pot").after("10m").as_("phone").adds("mug").after("10m")
    world.signs_in("ada").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", ms("10m"))]


def test_a_purchase_on_another_device_ends_the_waiting_cart(world: World) -> None:
    """In the cart on the phone, bought on the laptop."""
    world.signs_in("ada").adds("mug").after("30m").as_("laptop").signs_in("ada").orders().after("1d")
    assert world.sent() == []


def test_a_purchase_before_the_sign_in_is_the_end_of_what_was_in_the_visitors_cart(world: World) -> None:
    """Added on the unknown phone, bought by the known customer, then the phone signs in: not poured in again."""
    world.adds("mug").after("10m").as_("laptop").orders(customer_id="ada").after("10m")
    world.as_("phone").signs_in("ada").after("1d")
    assert world.sent() == []


def test_a_cart_filled_after_the_customers_purchase_is_kept(world: World) -> None:
    """The order was for something else."""
    world.as_("laptop").orders(customer_id="ada").after("10m").as_("phone").adds("mug").after("10m")
    world.signs_in("ada").after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_an_order_with_both_names_signs_the_device_in(world: World) -> None:
    """The feed says that the phone's order was ada's: it empties the phone's cart, and later items are hers."""
    world.adds("mug").after("10m").orders(on_site=False, visitor_id="phone", customer_id="ada").after("1h")
    world.adds("pot").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", ms("70m"))]


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_any_record_of_an_order_links(world: World, kind: str) -> None:
    """No purchase, but a name."""
    world.adds("mug").after("10m")
    world.pipe({"type": kind, "order_id": "O1", "visitor_id": "phone", "customer_id": "ada"}).after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_waiting_browsing_moves_with_the_visitor(world: World) -> None:
    """Its own anchor and products stay."""
    world.sees("mug").after("40m").signs_in("ada").after("1d")
    assert [(shot.kind, shot.person, shot.anchor) for shot in world.triggers()] == [(BROWSE, "c:ada", 0)]


def test_a_session_belongs_to_whom_the_visitor_was_at_its_last_click(world: World) -> None:
    """She signed in on the way."""
    world.sees("mug").after("10m").signs_in("ada").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", ms("10m"))]


def test_only_the_first_customer_inherits(world: World) -> None:
    """A shared tablet: what ada left in the cart does not become bob's."""
    world.adds("mug").signs_in("ada").after("5m").signs_in("bob").adds("pot").after("1d")
    carts = {fired["customer_id"]: [line["product_id"] for line in fired["lines"]] for fired in world.fired()}
    assert carts == {"ada": ["mug"], "bob": ["pot"]}


def test_a_shared_device_is_in_turn_whose_name_it_last_said(world: World) -> None:
    """Each change of hands begins with the click that says so."""
    world.signs_in("ada").adds("mug").after("2h").signs_in("bob").adds("pot").after("2h")
    world.signs_in("ada").adds("cup").after("2h")
    assert [shot.person for shot in world.triggers()] == ["c:ada", "c:bob", "c:ada"]


def test_an_order_belongs_to_the_customer_it_names(world: World) -> None:
    """Bob's order from ada's phone makes the phone his; what was in her cart is bought."""
    world.signs_in("ada").adds("mug").after("10m")
    world.orders(on_site=False, visitor_id="phone", customer_id="bob").after("1m").adds("pot").after("1d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:bob", ms("11m"))]


def test_silence_is_the_persons(world: World) -> None:
    """The unknown phone's activity and purchases become hers."""
    world = World(rulebook(rule(INACTIVE, wait="2d"), rule(LAPSE, wait="2d")))
    world.as_("laptop").orders(customer_id="ada").after("1d").as_("phone").orders().after("1h").signs_in("ada")
    world.after("9d")
    assert sorted((shot.kind, shot.person, shot.anchor) for shot in world.triggers()) == [
        (INACTIVE, "c:ada", ms("25h")),
        (LAPSE, "c:ada", ms("24h")),
    ]


def test_who_left_a_shared_device_is_inactive_from_her_own_last_click(world: World) -> None:
    """The visit goes on as bob's; ada was last here when it was hers."""
    world = World(rulebook(rule(INACTIVE, wait="2d")))
    world.signs_in("ada").after("10m").visits().after("10m").signs_in("bob").after("10m").visits().after("9d")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [("c:ada", ms("10m")), ("c:bob", ms("30m"))]


def test_a_link_that_arrives_after_its_clicks_still_counts_from_its_own_time() -> None:
    """Within the allowed lateness the order of arrival is no matter: the item was already hers."""
    world = World(LADDER, lateness="10m")
    world.advance("1h").adds("mug").advance("5m").signs_in("ada", ago="6m").after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_an_earlier_name_that_comes_to_light_takes_its_clicks_back() -> None:
    """First she seemed to be bob throughout; the late click says that the item in between was ada's."""
    world = World(LADDER, lateness="30m")
    world.signs_in("bob").advance("10m").adds("mug").advance("5m").signs_in("ada", ago="6m").after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]
