"""Two carts meet: a visitor with something in the cart turns out to be a customer who has a cart, too."""

import pytest

from tests.world import World, ms, rule, rulebook

CART = "cart_abandonment"
MERGES = ["add", "max", "replace"]


def shop(cart_merge: str | None = None) -> World:
    """It speaks of carts; the default is not said."""
    return World(rulebook(rule(CART), **({} if cart_merge is None else {"cart_merge": cart_merge})))


def left(world: World) -> dict[str, float]:
    """What the only trigger shows."""
    (fired,) = world.fired()
    return {line["product_id"]: line["quantity"] for line in fired["lines"]}


def meet(world: World, *, own_first: bool = True) -> World:
    """Ada has two mugs and a pan in her cart at home, and puts three mugs and a pot into that of the phone."""
    for at_home in (own_first, not own_first):
        if at_home:
            world.as_("laptop").signs_in("ada").adds("mug", quantity=2).adds("pan")
        else:
            world.as_("phone").adds("mug", quantity=3).adds("pot")
        world.after("5m")
    return world.as_("phone").signs_in("ada")


@pytest.mark.parametrize(
    ("cart_merge", "cart"),
    [
        (None, {"mug": 5, "pan": 1, "pot": 1}),
        ("add", {"mug": 5, "pan": 1, "pot": 1}),
        ("max", {"mug": 3, "pan": 1, "pot": 1}),
        ("replace", {"mug": 3, "pot": 1}),
    ],
)
def test_what_becomes_of_two_carts(cart_merge: str | None, cart: dict[str, float]) -> None:
    """The phone's cart changed later. One trigger speaks of what is in the cart, from its last change."""
    world = meet(shop(cart_merge)).after("1d")
    assert left(world) == cart
    assert world.anchors(CART) == [ms("5m")]


@pytest.mark.parametrize(("cart_merge", "mugs"), [("add", 5), ("max", 3)])
def test_who_changed_last_does_not_matter_to_what_is_put_together(cart_merge: str, mugs: int) -> None:
    """The larger quantity is the phone's, though the cart at home is newer."""
    assert left(meet(shop(cart_merge), own_first=False).after("1d")) == {"mug": mugs, "pan": 1, "pot": 1}


@pytest.mark.parametrize(
    ("ahead", "cart"),
    [("-1ms", {"pot": 1}), ("0s", {"pot": 1}), ("1ms", {"pan": 1})],
    ids=["before", "at_the_same_time", "later"],
)
def test_the_customers_own_stays_if_it_changed_later(ahead: str, cart: dict[str, float]) -> None:
    """Of two that changed in one millisecond the visitor's is the cart."""
    world = shop("replace").as_("laptop").signs_in("ada").after("10m")
    world.as_("phone").adds("pot", occurred_at=world.instant("5m"))
    world.as_("laptop").adds("pan", occurred_at=world.instant("5m") + ms(ahead))
    assert left(world.as_("phone").signs_in("ada").after("1d")) == cart


@pytest.mark.parametrize("cart_merge", MERGES)
def test_an_empty_cart_takes_nothing_away(cart_merge: str) -> None:
    """The phone's was emptied a moment before the sign-in."""
    world = shop(cart_merge).as_("laptop").signs_in("ada").adds("pan").after("5m")
    world.as_("phone").adds("pot").after("1m").removes("pot").signs_in("ada").after("1d")
    assert left(world) == {"pan": 1}


@pytest.mark.parametrize("cart_merge", MERGES)
def test_what_the_customer_has_bought_since_is_not_brought(cart_merge: str) -> None:
    """On the phone, then bought at home; after that something else is in the cart."""
    world = shop(cart_merge).as_("phone").adds("pot").after("5m").as_("laptop").signs_in("ada").orders().after("1m")
    assert left(world.adds("pan").as_("phone").signs_in("ada").after("1d")) == {"pan": 1}


@pytest.mark.parametrize("cart_merge", MERGES)
def test_the_first_whole_cart_after_the_link_wins(cart_merge: str) -> None:
    """The shop says what it has made of both."""
    assert left(meet(shop(cart_merge)).after("1m").sets_cart({"mug": 4}).after("1d")) == {"mug": 4}


@pytest.mark.parametrize("cart_merge", MERGES)
def test_a_whole_cart_of_before_the_link_does_not(cart_merge: str) -> None:
    """It was told of the cart at home, before the phone was known."""
    world = shop(cart_merge).as_("laptop").signs_in("ada").sets_cart({"mug": 4}).after("5m")
    world.as_("phone").adds("mug").signs_in("ada").after("1d")
    assert left(world) == {"mug": {"add": 5, "max": 4, "replace": 1}[cart_merge]}


@pytest.mark.parametrize(("cart_merge", "cart"), [("add", 5), ("max", 3), ("replace", 3)])
def test_an_exit_intent_in_the_moment_of_the_link_sees_the_cart_as_it_will_be(cart_merge: str, cart: int) -> None:
    """It cannot wait until the phone's cart has been handed over."""
    world = World(rulebook(rule("exit_intent"), cart_merge=cart_merge))
    world.as_("laptop").signs_in("ada").adds("mug", quantity=2).after("5m")
    world.as_("phone").adds("mug", quantity=3).signs_in("ada").moves_to_leave()
    assert left(world) == {"mug": cart}
