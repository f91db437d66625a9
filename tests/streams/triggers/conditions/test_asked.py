"""Which names a condition asks for: only these have to travel to where it is judged."""

import pytest

from schemas.events.clicks import Click, Line
from schemas.events.engagements import Engagement
from schemas.events.orders import Order, OrderLine
from streams.triggers.conditions.condition import asked_of
from streams.triggers.conditions.names import EVENT, LINE
from tests.streams.triggers.conditions.given import Told, condition


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("true", set()),
        ("event.name == 'quote' && event.value > 10.0", {"event.name", "event.value"}),
        ("event.properties.plan == 'pro'", {"event.properties.plan"}),
        ("event.properties['plan'] == 'pro'", {"event.properties.plan"}),
        ("event.properties.address.city == 'Kiel'", {"event.properties.address.city"}),
        ("event.properties.address.city == 'Kiel' || size(event.properties.address) > 3", {"event.properties.address"}),
        ("event.properties[event.name] == 1", {"event.properties", "event.name"}),
        ("event.properties['a.b'] == 1", {"event.properties"}),
        ("'plan' in event.properties", {"event.properties"}),
        ("event.properties.plan == 1 && size(event.properties) > 1", {"event.properties"}),
        ("has(event.properties.plan) || has(event.name)", {"event.properties.plan", "event.name"}),
        ("event.lines.exists(l, l.product_id == event.product_id)", {"event.lines", "event.product_id"}),
        ("event.properties.items[0].sku == 'A'", {"event.properties.items"}),
        ("person.orders_in('3d') > person.orders", {"person.orders_in", "person.orders"}),
        (
            "person.traits.vip && cart.has('A') && person.cart.value > 1",
            {"person.traits.vip", "person.cart.has", "person.cart.value"},
        ),
    ],
)
def test_a_condition_asks_for(text: str, asked: set[str]) -> None:
    """A part of a map where it is written out, else the map; a map is not told again in parts."""
    assert asked_of(condition(text)) == asked


@pytest.mark.parametrize("text", ["event.properties.a.b == 1 || event.name == 'x'", "cart.value > 1 || cart.has('A')"])
def test_what_is_asked_at_a_judgement_is_among_them(text: str) -> None:
    """A value's own path, or the map that it lies in."""
    told = Told()
    made = condition(text)
    made.judge(told)
    for path in told.asked:
        assert any(asked == path.split("(")[0] or asked.startswith(f"{path}.") for asked in asked_of(made))


def test_what_several_conditions_ask_for_is_asked_once() -> None:
    """What one of them needs whole is not told in parts as well."""
    part, whole = condition("event.properties.plan == 1 && event.name == 'x'"), condition("size(event.properties) > 1")
    assert asked_of(part, whole) == {"event.properties", "event.name"}
    assert asked_of() == set()


BOOKKEEPING = {"schema_version", "sent_at"}


def test_what_a_record_has_can_be_asked_for() -> None:
    """Every field of a click, an order and an engagement has its name, and so has every field of a line."""
    for model in (Click, Order, Engagement):
        assert set(model.model_fields) - BOOKKEEPING <= set(EVENT.fields), model
    for line in (Line, OrderLine):
        assert set(line.model_fields) == set(LINE.fields), line
