"""The language is CEL's: a table of what holds, and the library's own evaluation as the judge of whatever is drawn."""

import re
from decimal import Decimal
from typing import Any

import celpy
import pytest
from celpy.adapter import json_to_cel
from hypothesis import given
from hypothesis import strategies as st

from streams.triggers.conditions.clocks import SHOWN
from tests.streams.triggers.conditions.given import DAY_MS, holds, judged

VALUES: dict[str, Any] = {
    "event.name": "quote",
    "event.value": Decimal("10.10"),
    "event.url": "https://shop.example/booked?x=1",
    "event.occurred_at": 1_790_000_000_000,
    "event.properties": {
        "plan": "Pro",
        "seats": 5,
        "price": 10.1,
        "trial": True,
        "until": "2026-09-21T17:13:20+02:00",
        "qty": "12",
        "tags": ["new", 5.0, True],
        "address": {"city": "Kiel"},
        "a b": 1,
    },
    "event.lines": [
        {"product_id": "A", "quantity": 2, "unit_price": Decimal("5.00")},
        {"product_id": "B", "quantity": Decimal("0.3")},
    ],
    "person.orders": 3,
    "person.segment": ("loyal", "at_risk"),
    "person.next_order_at": 1_790_000_000_000 + 3 * DAY_MS,
    "episode.anchor": 1_790_000_000_000,
    "episode.due": 1_790_000_000_000 + 2 * 3_600_000,
}
ANSWERS: dict[tuple[str, str | int], Any] = {
    ("person.spend_in", 365 * DAY_MS): Decimal("120.00"),
    ("person.consent", "email"): True,
    ("person.consent", "sms"): False,
    ("person.cart.has", "sku-1"): True,
}

HOLDS = [
    # comparisons
    'event.name == "quote"',
    "event.name == 'quote'",
    'event.name != "newsletter"',
    '"a" < "b"',
    "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3",
    "person.orders == 3.0",
    "event.value == 10.1",
    "event.value > 10.09",
    "!(event.value > 10.10)",
    "event.properties.price == 10.1",
    "event.properties.seats == 5.0",
    "event.properties.trial == true",
    "event.properties.trial",
    "!(event.properties.trial == 1)",
    "event.properties.plan != 5",
    'event.properties["a b"] == 1',
    'event.properties.address.city == "Kiel"',
    'event.properties["address"]["city"] == "Kiel"',
    # logic, strongest first: ! && || ?:
    "true || false && false",
    "!false && true",
    "!!true",
    "(false || true) && true",
    'person.orders > 2 ? event.name == "quote" : false',
    "false ? false : true ? true : false",
    # arithmetic
    "1 + 2 * 3 == 7",
    "(1 + 2) * 3 == 9",
    "7 - 2 - 1 == 4",
    "7 % 3 == 1 && -7 % 3 == -1 && 7 % -3 == 1",
    "5 / 2 == 2.5",
    "0.1 + 0.2 == 0.3",
    "event.value * 3 == 30.3",
    "-person.orders == -3",
    "1 - -1 == 2",
    '"a" + "b" == "ab"',
    "0x1F == 31 && 5u == 5 && 1e2 == 100 && .5 == 0.5",
    # lists and maps
    'event.name in ["quote", "offer"]',
    '!(event.name in ["offer"])',
    "person.orders in [1, 3.0]",
    '"loyal" in person.segment',
    '"new" in event.properties.tags',
    "5 in event.properties.tags",
    "!(1 in event.properties.tags)",
    '"plan" in event.properties',
    'event.lines.exists(l, l.product_id == "A" && l.quantity > 1)',
    "event.lines.all(l, l.quantity > 0.2)",
    '!event.lines.all(l, l.product_id == "A")',
    'event.properties.tags.exists(t, t == "new")',
    'event.lines[1].product_id == "B"',
    "event.properties.tags[1] == 5",
    "size(event.lines) == 2 && event.name.size() == 5 && size(event.properties.tags) == 3",
    "has(event.properties.plan) && !has(event.properties.plum)",
    # strings
    'event.url.contains("/booked")',
    'event.url.startsWith("https://") && event.url.endsWith("x=1")',
    'event.url.matches("booked[?]x=[0-9]+$")',
    r'event.url.matches(r"\d$")',
    'event.properties.plan.lowerAscii() == "pro" && "ab".upperAscii() == "AB"',
    r'"caf\u00e9\t\"x\"" == "café	" + "\x22x\""',
    r"'\101' == 'A'",
    # what is asked of the person
    'person.spend_in("365d") > 100.0',
    'person.consent("email") && !person.consent("sms")',
    'cart.has("sku-1") && person.cart.has("sku-1")',
    # times
    'episode.due - episode.anchor == duration("2h")',
    "person.next_order_at > event.occurred_at + duration('2d')",
    'event.occurred_at >= timestamp("2026-09-21T14:13:20Z")',
    'event.occurred_at < timestamp("2026-09-21T16:13:20.001+02:00")',
    "timestamp(event.properties.until) == event.occurred_at + duration('1h')",
    "event.occurred_at.getDayOfWeek() in [1, 2, 3, 4, 5] && event.occurred_at.getHours() == 14",
    'event.occurred_at.getHours("Europe/Vienna") == 16 && event.occurred_at.getDate("Pacific/Auckland") == 22',
    "event.payment_due_at.getHours() == null",
    # conversions
    "int(event.properties.qty) == 12 && double(event.properties.qty) > 11.5",
    'string(event.properties.seats) == "5" && string(true) == "true"',
    "int(2.9) == 2 && int(-2.9) == -2",
    # over lines, with a remark
    'true // the first\n  && // "the second"\n  person.orders == 3',
]


@pytest.mark.parametrize("text", HOLDS)
def test_it_holds(text: str) -> None:
    """And for no fault."""
    assert holds(text, VALUES, ANSWERS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('event.name == "offer"', None),
        ("person.orders > 3", None),
        ("1 / 0 == 1", "line 1, column 3: 1 / 0 divides by zero"),
        ("1 % 0 == 1", "line 1, column 3: 1 % 0 divides by zero"),
        ("event.properties.plan > 5", "event.properties.plan is a string and 5 is a double: > cannot compare them"),
        ("event.properties.tags == event.properties.tags", "== cannot compare them"),
        ("event.properties.plan", "event.properties.plan is a string, and not true or false"),
        ("event.properties.plan.city == 1", "event.properties.plan is a string, and has no field city"),
        (
            "event.properties.seats.contains('5')",
            "event.properties.seats is a double, and contains is asked of strings",
        ),
        ("event.properties.seats in event.properties.plan", "`in` does not look into"),
        ("event.properties.tags in event.properties.tags", "`in` looks for single values"),
        ("event.properties.plan - 1 == 2", "- does not take these"),
        ("-event.properties.plan == 2", "has no sign"),
        ("size(event.properties.seats) == 1", "has no size"),
        ("timestamp(event.properties.plan) > event.occurred_at", "event.properties.plan is no time with its zone"),
        ("int(event.properties.plan) == 1", "event.properties.plan is nothing that int could read"),
        ("9223372036854775807 + person.orders > 0", "too large for a whole number of 64 bits"),
        ("1e200 * 1e200 * 1e299 > 0.0", "gives no number that can be held"),
        ("event.properties.plan[0] == 1", "cannot be looked up"),
        ("event.properties.plan.exists(x, true)", "exists is asked of lists"),
    ],
)
def test_it_does_not_hold(text: str, why: str | None) -> None:
    """A fault says which, and where."""
    verdict = judged(text, VALUES, ANSWERS)
    assert not verdict.held
    assert why is None if verdict.failure is None else why is not None and why in verdict.failure


@pytest.mark.parametrize(
    ("text", "held", "failed"),
    [
        ("1 / 0 == 1 || true", True, False),
        ("true || 1 / 0 == 1", True, False),
        ("1 / 0 == 1 && false", False, False),
        ("1 / 0 == 1 || false", False, True),
        ("1 / 0 == 1 && true", False, True),
        ("!(1 / 0 == 1)", False, True),
        ("event.lines.exists(l, 1 / (l.quantity - 2) > 0.0 || l.product_id == 'B')", True, False),
        ("event.lines.exists(l, 1 / (l.quantity - 2) > 0.0)", False, True),
        ("event.lines.all(l, 1 / (l.quantity - 2) > 0.0)", False, False),
    ],
)
def test_a_fault_counts_where_nothing_else_decides(text: str, held: bool, failed: bool) -> None:
    """As CEL says of && and ||, whichever side the fault is on."""
    verdict = judged(text, VALUES)
    assert (verdict.held, verdict.failure is not None) == (held, failed)


NUMBERS = st.sampled_from(["a", "b", "0", "1", "7", "-3"])
STRINGS = st.sampled_from(["s", "t", '""', '"x"', '"xy"', "'y'"])


def _numbers(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, below, st.sampled_from("+-*"), below) | st.builds("size({})".format, STRINGS)


def _truths(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("({} {} {})".format, below, st.sampled_from(["&&", "||", "==", "!="]), below)
        | st.builds("{} {} {}".format, st.just(""), st.just("!"), below)
        | st.builds("({} ? {} : {})".format, below, below, below)
    )


NUMBER = st.recursive(NUMBERS, _numbers, max_leaves=5)
COMPARED = (
    st.builds("{} {} {}".format, NUMBER, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBER)
    | st.builds("{} {} {}".format, STRINGS, st.sampled_from(["<", ">", "==", "!="]), STRINGS)
    | st.builds("{} in [{}, {}]".format, STRINGS, STRINGS, STRINGS)
    | st.builds("{}.{}({})".format, STRINGS, st.sampled_from(["contains", "startsWith", "endsWith"]), STRINGS)
)
CONDITION = st.recursive(st.builds("({})".format, COMPARED), _truths, max_leaves=6)
LIBRARY = celpy.Environment()


@given(CONDITION, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from(["", "x", "y", "xyx"]))
def test_what_is_drawn_is_judged_as_the_library_judges_it(text: str, a: int, b: int, s: str) -> None:
    """Where nothing is null, and nothing divided."""
    known: dict[str, int | str] = {"a": a, "b": b, "s": s, "t": "xy"}
    expected = LIBRARY.program(LIBRARY.compile(text)).evaluate({name: json_to_cel(one) for name, one in known.items()})
    names = {"a": "person.orders", "b": "event.properties.b", "s": "event.name", "t": "event.properties.t"}
    ours = text
    for short, path in names.items():
        ours = _renamed(ours, short, path)
    values = {"person.orders": a, "event.name": s, "event.properties": {"b": b, "t": "xy"}}
    assert holds(ours, values) == bool(expected), text


@pytest.mark.parametrize("at", ["2024-02-29T23:59:59.999Z", "2026-01-01T00:00:00Z", "2026-03-29T01:30:00+01:00"])
@pytest.mark.parametrize("word", SHOWN)
def test_clock_and_calendar_show_what_the_library_says(word: str, at: str) -> None:
    """Of a Sunday, too."""
    text = f'timestamp("{at}").{word}()'
    shown = LIBRARY.program(LIBRARY.compile(text)).evaluate({})
    assert holds(f"{text} == {shown!s}", {})


def _renamed(text: str, short: str, path: str) -> str:
    return re.sub(rf"(?<![\w\"'.]){short}(?![\w\"'(])", path, text)
