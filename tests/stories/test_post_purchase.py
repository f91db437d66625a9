"""Post-purchase: after each order, from the purchase or from its delivery."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

POST = "post_purchase"


def shop(**fields: object) -> World:
    """It asks two days after each order how it was."""
    return World(rulebook(rule(POST, wait="2d", **fields), already_converted=True))


def news(world: World, kind: str, order_id: str = "O1", **fields: Any) -> World:
    """A record of the order feed."""
    return world.pipe({"type": kind, "order_id": order_id}, **fields)


def test_each_order_is_told_of_and_its_own_purchase_is_no_answer() -> None:
    """Nor is the next one; each with its own lines."""
    world = shop().orders("O1", on_site=False, lines=[{"product_id": "mug"}]).after("1d")
    world.orders("O2", on_site=False, lines=[{"product_id": "pot"}]).after("9d")
    assert world.anchors(POST) == [0, ms("1d")]
    assert [fired["lines"][0]["product_id"] for fired in world.fired()] == ["mug", "pot"]
    assert world.cancelled() == []


def test_news_of_an_order_is_none_of_its_own() -> None:
    """Paid, sent, come: one question."""
    world = shop().orders("O1", on_site=False)
    for kind in ("order_paid", "order_shipped", "order_delivered"):
        news(world.after("1h"), kind)
    world.after("9d")
    assert world.anchors(POST) == [0]


@pytest.mark.parametrize(
    ("pause", "expected"), [("47h", []), ("48h", []), ("48h 1ms", [POST])], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_an_order_that_is_undone_ends_it(pause: str, expected: list[str], kind: str) -> None:
    """Until its time, that instant included; what is not delivered is taken back."""
    world = news(shop().orders("O1", on_site=False).after(pause), kind).after("9d")
    assert world.sent() == world.cancelled() == expected
    assert world.why(POST) is Reason.ORDER_REVERSED


def test_from_its_delivery_it_waits_for_the_last_parcel() -> None:
    """Two parcels were sent; the second comes a day later."""
    world = shop(**{"from": "delivered"}).orders("O1", on_site=False).after("1h")
    news(world, "order_shipped", parcels=["P1", "P2"]).after("1d")
    news(world, "order_delivered", parcel_id="P1").after("1d")
    news(world, "order_delivered", parcel_id="P2").after("9d")
    assert world.anchors(POST) == [ms("49h")]


def test_a_delivery_without_parcels_is_of_the_whole_order() -> None:
    """Whatever was sent before."""
    world = news(shop(**{"from": "delivered"}).orders("O1", on_site=False), "order_shipped", parcels=["P1", "P2"])
    news(world.after("1d"), "order_delivered").after("9d")
    assert world.anchors(POST) == [ms("1d")]


def test_a_parcel_that_is_named_later_moves_it() -> None:
    """What had come was not all: one question, from the last."""
    world = news(shop(**{"from": "delivered"}).orders("O1", on_site=False), "order_delivered", parcel_id="P1")
    news(world.after("1d"), "order_shipped", parcel_id="P2")
    news(world.after("12h"), "order_delivered", parcel_id="P2").after("9d")
    assert world.anchors(POST) == [ms("36h")]


def test_a_delivery_that_is_told_twice_counts_once() -> None:
    """From the first word of it."""
    world = news(shop(**{"from": "delivered"}).orders("O1", on_site=False).after("1d"), "order_delivered")
    news(world.after("1d"), "order_delivered").after("9d")
    assert world.anchors(POST) == [ms("1d")]


def test_an_order_of_which_only_the_delivery_is_told_is_a_purchase_too() -> None:
    """The record that placed it is lost."""
    world = news(shop(), "order_delivered").after("9d")
    assert world.anchors(POST) == [0]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("episode.value == 30.0", [POST]),
        ('episode.lines.exists(line, line.product_id == "mug" && line.quantity == 3)', [POST]),
        ('episode.currency == "EUR"', [POST]),
        ("episode.value < 30.0", []),
    ],
)
def test_a_condition_sees_the_order_that_the_trigger_will_show(condition: str, expected: list[str]) -> None:
    """And not the next cart."""
    mugs = {"product_id": "mug", "quantity": 3, "unit_price": "10"}
    world = shop(**{"if": condition}).orders("O1", on_site=False, lines=[mugs], currency="EUR").after("1h")
    assert world.adds("pot", price="5").after("9d").sent() == expected


def test_of_an_order_without_lines_nothing_is_shown() -> None:
    """Not what lies in the cart by now."""
    (fired,) = shop().orders("O1", on_site=False).after("1h").adds("pot", price="5").after("9d").fired()
    assert (fired["about"], fired["lines"], fired["value"]) == ("order", [], None)
