"""Low stock: of a product that lies in the person's cart few are left."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import Shot, World, ms, rule, rulebook

LOW = "low_stock"


def shop(**fields: object) -> World:
    """A shop that tells at once when five are left; there are ten mugs."""
    return World(rulebook(rule(LOW, **{"wait": "0s", **fields}))).catalog("mug", stock=10).after("1h")


@pytest.mark.parametrize(
    ("stocks", "told"),
    [([6], 0), ([5], 1), ([4], 1), ([0], 1), ([5, 4], 1), ([5, 9, 5], 2), ([12], 0)],
    ids=["above", "exactly_at", "below", "none", "falls_on", "falls_twice", "rises"],
)
def test_the_stock_falls_to_the_threshold(stocks: list[int], told: int) -> None:
    """To it or below it, and was above."""
    world = shop().adds("mug")
    for stock in stocks:
        world.after("1h").catalog("mug", stock=stock)
    assert len(world.drain().triggers()) == told


def test_the_first_stock_is_no_fall() -> None:
    """Nobody knows what it was before."""
    world = World(rulebook(rule(LOW, wait="0s"))).adds("mug").after("1h").catalog("mug", stock=1).drain()
    assert world.triggers() == []


def test_only_who_has_it_in_the_cart_hears() -> None:
    """Not who saw it, nor who took it out again, nor who bought it."""
    world = shop().adds("mug").as_("seen").sees("mug").as_("gone").adds("mug").removes("mug")
    world.as_("bought").adds("mug").orders().after("1h").catalog("mug", stock=2).drain()
    assert world.triggers() == [Shot(LOW, "v:phone", ms("2h"), ms("2h"))]


@pytest.mark.parametrize(("ago", "told"), [("3ms", 1), ("2ms", 1), ("1ms", 0)], ids=["before", "same", "after"])
def test_the_cart_counts_as_it_was_then(ago: str, told: int) -> None:
    """A click of the same instant comes first."""
    world = shop().after("1h").adds("mug", ago=ago).catalog("mug", stock=2, ago="2ms").drain()
    assert len(world.triggers()) == told


@pytest.mark.parametrize(("how", "reason"), [("removes", Reason.NOT_IN_CART), ("orders", Reason.ORDERED)])
def test_out_of_the_cart_ends_what_waits(how: str, reason: Reason) -> None:
    """By hand, or by a purchase."""
    world = shop(wait="2h").adds("mug").adds("cup").after("1h").catalog("mug", stock=2).after("1h")
    (world.removes("mug") if how == "removes" else world.orders()).drain()
    assert world.triggers() == []
    assert world.why(LOW) is reason


def test_the_cart_of_a_customer_is_one_cart() -> None:
    """Carted on the phone, and the customer hears; once, though the tablet carted it, too."""
    world = shop().adds("mug").after("1m").signs_in("ada").as_("tablet").signs_in("ada").after("1m").adds("mug")
    world.after("1h").catalog("mug", stock=2).drain()
    assert [shot.person for shot in world.triggers()] == ["c:ada"]
