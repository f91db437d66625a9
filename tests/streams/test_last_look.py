"""The last look at products: what is left of a payload, by what its trigger is about."""

from typing import Any

import pytest

from schemas.events.catalog import ProductNow
from schemas.outcomes.triggers import TriggerLine, TriggerMessage
from streams.delivery.body import body_of
from streams.delivery.last_look import left_of, products_in
from streams.products.shown import is_gone
from tests.streams.deliveries import fired

GONE = {"pot", "jug"}
MUG, POT = TriggerLine(product_id="mug", quantity=2, unit_price="19.90"), TriggerLine(product_id="pot", quantity=1)
WEIGHED = TriggerLine(product_id="pot", quantity=0.3, unit_price="9.99")


def looked(**said: Any) -> dict[str, Any] | None:
    """What is left of a trigger when pots and jugs are gone."""
    left = left_of(body_of(fired(**said)), GONE.__contains__)
    return None if left is None else left["data"]


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ({"published": False}, True),
        ({"published": True, "stock": 1}, False),
        ({"stock": 0.001}, False),
        ({"stock": 0}, True),
        ({"stock": -1}, True),
        ({"published": False, "stock": 9}, True),
        ({}, False),
    ],
)
def test_what_cannot_be_bought_is_gone(said: dict[str, Any], gone: bool) -> None:
    """Taken off the shop, or sold out, oversold too; of what nobody tells it is supposed that it is there."""
    assert is_gone(ProductNow(product_id="pot", changed_at=1, **said)) is gone


def test_lines_that_are_gone_are_left_out() -> None:
    """With what was viewed and what the message shows; the value is that of the rest."""
    message = TriggerMessage(template="cart_1", products=("pot", "mug", "jug"))
    said = looked(
        about="lines", lines=(MUG, WEIGHED), value="42.80", currency="EUR", viewed=("jug", "tea"), message=message
    )
    assert said is not None
    assert [line["product_id"] for line in said["lines"]] == ["mug"]
    assert (said["value"], said["currency"]) == ("39.80", "EUR")
    assert said["viewed"] == ["tea"]
    assert said["message"]["products"] == ["mug"]


def test_a_value_that_nobody_knows_stays_unknown() -> None:
    """Of one line the price was not told."""
    said = looked(about="lines", lines=(MUG, POT), value=None)
    assert said is not None
    assert said["value"] is None


@pytest.mark.parametrize(
    ("about", "lines", "viewed", "is_left"),
    [
        ("lines", (POT,), ("mug",), False),
        ("lines", (POT, MUG), ("jug",), True),
        ("lines", (), ("jug",), True),
        ("viewed", (MUG,), ("pot", "jug"), False),
        ("viewed", (POT,), ("pot", "mug"), True),
        ("viewed", (POT,), (), True),
        ("order", (POT,), ("jug",), True),
        ("person", (POT,), ("jug",), True),
        ("a_newer_word", (POT,), ("jug",), True),
    ],
)
def test_of_what_it_is_about_something_has_to_be_left(
    about: str, lines: tuple[TriggerLine, ...], viewed: tuple[str, ...], is_left: bool
) -> None:
    """If there was something; a birthday is one, whatever was looked at."""
    assert (looked(about=about, lines=lines, viewed=viewed) is not None) is is_left


def test_an_order_is_told_as_it_was() -> None:
    """What was looked at beside it is not; and nobody has to know whether what was ordered is there."""
    trigger = fired(about="order", lines=(POT,), viewed=("jug", "tea"), value="9.00", currency="EUR")
    said = looked(about="order", lines=(POT,), viewed=("jug", "tea"), value="9.00", currency="EUR")
    assert said is not None
    assert [line["product_id"] for line in said["lines"]] == ["pot"]
    assert (said["viewed"], said["value"]) == (["tea"], "9.00")
    assert products_in(body_of(trigger)) == ["jug", "tea"]


def test_nothing_is_worth_nothing() -> None:
    """A person of whose cart nothing is left."""
    said = looked(about="person", lines=(WEIGHED,), value="3.00", currency="EUR")
    assert said is not None
    assert (said["lines"], said["value"], said["currency"]) == ([], None, None)


def test_where_all_is_there_the_body_stays_as_it_is() -> None:
    """The very same, with what a newer version has added."""
    body = body_of(fired(about="lines", lines=(MUG,), viewed=("tea",), more={"a": 1}))
    assert left_of(body, GONE.__contains__) is body
    assert products_in(body) == ["mug", "tea"]
