"""What others have bought, as it is put into the body of a call."""

from typing import Any

import pytest

from schemas.outcomes.triggers import TriggerAlsoBought, TriggerLine, TriggerMessage
from streams.delivery.also_bought import asks_also_bought, with_also_bought
from streams.delivery.body import BODY_BYTES_MAX, Body, body_of, write_body
from streams.delivery.last_look import products_in
from tests.streams.deliveries import fired

LISTS = {"mug": ["tea", "pot", "jug"], "pen": ["ink", "tea", "pad", "mug"]}
GONE = {"pad"}


def asking(
    *products: str, of: tuple[str, ...] = ("mug", "pen"), limit: int = 20, without: tuple[str, ...] = ()
) -> Body:
    """The body of a trigger that shows these products first."""
    also = TriggerAlsoBought(of=of, without=without, limit=limit)
    message = TriggerMessage(template="t", products=products, also_bought=also)
    return body_of(fired(lines=(), viewed=(), message=message))


def message_in(body: Body, bytes_max: int = BODY_BYTES_MAX) -> dict[str, Any]:
    """The message as it goes out."""
    filled = with_also_bought(body, lambda product: LISTS.get(product, ()), GONE.__contains__, bytes_max)
    assert not asks_also_bought(filled)
    said: dict[str, Any] = filled["data"]["message"]
    return said


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (asking(), ["tea", "ink", "pot", "jug"]),
        (asking(of=("pen", "mug")), ["ink", "tea", "pot", "jug"]),
        (asking(of=("cup",)), []),
        (asking("mug", "ink"), ["mug", "ink", "tea", "pot", "jug"]),
        (asking(without=("tea",)), ["ink", "pot", "jug"]),
        (asking("mug", limit=3), ["mug", "tea", "ink"]),
        (asking("mug", limit=1), ["mug"]),
    ],
)
def test_the_first_of_each_then_the_second(body: Body, shown: list[str]) -> None:
    """Each once, as many as may be; nothing sold out, nothing it is about, nothing bought lately."""
    assert message_in(body) == {
        **body["data"]["message"],
        "products": shown,
        "also_bought": None,
    }


def test_what_stands_in_the_lines_is_not_offered() -> None:
    """A cart of more products than are asked for."""
    also = TriggerAlsoBought(of=("mug",), limit=4)
    lines = (TriggerLine(product_id="tea", quantity=1),)
    body = body_of(fired(lines=lines, message=TriggerMessage(template="t", also_bought=also)))
    assert message_in(body)["products"] == ["pot", "jug"]


def test_what_does_not_fit_is_left_out() -> None:
    """A body has its limit, whatever the ids."""
    body = asking()
    size = len(write_body(with_also_bought(body, lambda product: (), GONE.__contains__)))
    assert message_in(body, size + 5)["products"] == []
    assert message_in(body, size + 6)["products"] == ["tea"]


def test_what_asks_for_nothing_stays_the_very_same() -> None:
    """With a message or without."""
    for body in (body_of(fired()), body_of(fired(message=TriggerMessage(template="t", products=("mug",))))):
        assert not asks_also_bought(body)
        assert with_also_bought(body, lambda product: ("tea",), GONE.__contains__) is body


def test_a_body_that_asks_waits_until_products_are_known() -> None:
    """As one that names some."""
    assert products_in(asking()) == ["mug", "pen"]
