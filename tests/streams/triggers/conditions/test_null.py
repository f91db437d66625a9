"""The unknown: a comparison with it is false, its negation true, and only null asks for it."""

from decimal import Decimal

import pytest

from tests.streams.triggers.conditions.given import DAY_MS, Told, condition, holds

PROPERTIES = {"event.properties": {"nothing": None, "plan": "pro", "nan": float("nan")}}

FALSE = [
    'event.name == "quote"',
    'event.name != "quote"',
    'event.name in ["quote"]',
    "!(event.name == null)",
    "event.value > 10.0",
    "event.value <= 10.0",
    "event.value == event.total",
    "event.value != event.total",
    "event.value + 1 > 0",
    "-event.value < 1",
    "event.properties.plum == 'x'",
    "event.properties.plum != 'x'",
    "event.properties.plum == event.properties.plan",
    "event.properties.plum != event.properties.plan",
    "event.properties.plum > 1",
    "event.properties.nothing == 1",
    "event.properties.nan == event.properties.nan",
    "event.properties.plum.deeper.still == 1",
    "event.properties.plum",
    "event.traits.vip",
    'event.url.contains("")',
    'event.url.startsWith("")',
    'event.url.endsWith("")',
    'event.url.matches("")',
    "event.lines.exists(l, true)",
    "event.lines.all(l, true)",
    "event.lines[0].product_id == 'A'",
    "size(event.lines) == 0",
    "size(event.url) >= 0",
    'person.spend_in("365d") > 100.0',
    'person.spend_in("365d") <= 100.0',
    'person.consent("email")',
    'person.consent("email") == false',
    '"loyal" in person.segment',
    "person.next_order_at < event.occurred_at",
    "int(event.properties.plum) == 0",
    "double(event.properties.plum) >= 0.0",
    "timestamp(event.properties.plum) >= event.occurred_at",
    "has(event.name)",
    "has(event.properties.nothing)",
    "'nothing' in event.properties",
    "event.properties.plum ? true : false",
    "cart.has(event.product_id)",
    "event.name.lowerAscii() == ''",
]


@pytest.mark.parametrize("text", FALSE)
def test_of_the_unknown_nothing_holds(text: str) -> None:
    """And it is no fault."""
    assert not holds(text, PROPERTIES)


@pytest.mark.parametrize("text", FALSE)
def test_so_its_negation_does(text: str) -> None:
    """Null is false where true or false is needed."""
    assert holds(f"!({text})", PROPERTIES)


def test_whether_there_is_a_value_is_asked_with_null() -> None:
    """By == and !=, from either side, and for what an empty string is not."""
    assert holds("event.name == null && null == event.properties.plum && event.properties.nothing == null", PROPERTIES)
    assert holds('event.name != null && has(event.name) && event.name == ""', {"event.name": ""})
    assert holds("event.properties.plan != null", PROPERTIES)
    assert holds('person.spend_in("1d") == null')


def test_the_two_ways_to_say_little_spent_differ_in_the_unknown() -> None:
    """Of whom nothing is known, the negation holds and the comparison does not; the boundary is in neither twice."""
    asked = ("person.spend_in", 365 * DAY_MS)
    for spent, negated, compared in (
        (None, True, False),
        (Decimal(100), True, True),
        (Decimal("100.01"), False, False),
    ):
        assert holds('!(person.spend_in("365d") > 100)', {}, {asked: spent}) is negated
        assert holds('person.spend_in("365d") <= 100', {}, {asked: spent}) is compared


def test_a_choice_may_be_null() -> None:
    """One branch gives nothing: then nothing holds of it."""
    assert not holds("(person.orders > 1 ? person.orders : null) >= 0", {"person.orders": 1})
    assert holds("(person.orders > 1 ? person.orders : null) >= 0", {"person.orders": 2})


def test_only_what_decides_is_asked_for() -> None:
    """A window is not added up for a person whom the first part rules out."""
    asked = condition('person.orders == 0 && person.spend_in("365d") > 100.0')
    told = Told({"person.orders": 1})
    assert not asked.judge(told).held
    assert told.asked == ["person.orders"]
    told = Told({"person.orders": 0})
    asked.judge(told)
    assert told.asked == ["person.orders", f"person.spend_in({365 * DAY_MS})"]
