"""No text crashes the compilation, none stalls it, and no condition stalls a partition: each limit, at it and after."""

from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.triggers.conditions.condition import Condition, compile_condition
from streams.triggers.conditions.mistakes import Mistake
from streams.triggers.conditions.names import OF_AN_EPISODE
from streams.triggers.conditions.reading import LENGTH_MOST, NESTING_MOST
from streams.triggers.conditions.reckoning import TEXT_MOST
from streams.triggers.conditions.terms import COST_MOST, LIST_MOST
from tests.streams.triggers.conditions.given import Told, condition, holds, judged, mistake

PIECES = [
    *[
        "event",
        "person",
        "cart",
        "episode",
        "x",
        "name",
        "properties",
        "lines",
        "orders",
        "orders_in",
        "segment",
        "has",
    ],
    *["size", "exists", "all", "contains", "matches", "int", "string", "duration", "timestamp", "true", "null", "in"],
    *[
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "?",
        ":",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        ">=",
    ],
    *[
        '"',
        "'",
        '"a"',
        "'365d'",
        '"30d"',
        r'"\a"',
        "\\",
        "//",
        "\n",
        " ",
        "1",
        "0",
        "2.5",
        "1e9",
        "0x",
        "9" * 30,
        "é",
        "\0",
    ],
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "x"]), below, max_size=3),
    max_leaves=6,
)


@given(TEXTS)
@example('"' + r"\a" * 40)
@example("((((")
@example("a" * (LENGTH_MOST + 1))
@example("\ud800 == '\ud800'")
@example("event.name.matches('\ud800')")
def test_no_text_raises(text: str) -> None:
    """It is a condition or a mistake with a sentence, and a place within the text."""
    made = compile_condition(text, OF_AN_EPISODE, "here")
    if isinstance(made, Mistake):
        assert made.sentence
        assert 1 <= made.line <= text.count("\n") + 1
        assert 1 <= made.column <= len(text) + 1
    else:
        made.judge(Told())


DYNAMIC = [
    "event.properties.x == event.properties.name",
    "event.properties.x != 1",
    "event.properties.x < event.properties.name",
    "event.properties.x + event.properties.name * event.properties.a == 0",
    "event.properties.x / event.properties.name % event.properties.a > 0",
    "-event.properties.x <= 1.5",
    "event.properties.x in event.properties.a",
    "event.properties.x in [1, 2]",
    "event.properties.a[event.properties.x] == event.properties.a.x.name",
    "event.properties.a.exists(e, e == event.properties.x || e.name > 1)",
    "event.properties.a.all(e, size(e) > 1)",
    "int(event.properties.x) + 1 > 0 || double(event.properties.x) > 0.5",
    "string(event.properties.x) == event.properties.name",
    "event.properties.x.contains(event.properties.name) || event.properties.x.matches('a+$')",
    "event.properties.x.upperAscii() == 'A' ? event.properties.a : event.properties.name",
    "event.properties",
]


@pytest.mark.parametrize("text", DYNAMIC[:-1])
@given(st.dictionaries(st.sampled_from(["x", "name", "a"]), JSON))
@example({"x": "\ud800", "name": "\ud800"})
@example({"x": 10**400, "name": -1, "a": 7})
@example({"x": 1e308, "name": 1e308, "a": -1e-308})
def test_no_value_raises(text: str, properties: dict[str, Any]) -> None:
    """A value that does not fit is a fault with a sentence, and the same value the same verdict."""
    made = condition(text)
    verdict = made.judge(Told({"event.properties": properties}))
    assert verdict == made.judge(Told({"event.properties": properties}))
    assert verdict.failure != ""
    assert not (verdict.held and verdict.failure)


def test_a_condition_has_a_length() -> None:
    """At most so many characters: at it, and after."""
    filled = "true" + " " * (LENGTH_MOST - 4)
    assert holds(filled)
    assert "characters" in mistake(filled + " ").sentence


def test_brackets_and_operators_have_a_depth() -> None:
    """At it, and after; a chain of && is one level, however long."""
    assert holds("(" * NESTING_MOST + "true" + ")" * NESTING_MOST)
    too_many = "(" * (NESTING_MOST + 1)
    assert mistake(too_many + "true" + ")" * (NESTING_MOST + 1)).column == NESTING_MOST + 1
    assert holds("!" * NESTING_MOST + "true")
    assert "nested deeper" in mistake("!" * (NESTING_MOST + 1) + "true").sentence
    assert holds(" && ".join(["true"] * 200))
    assert "nested deeper" in mistake("-" * 900 + "1 == 1").sentence
    assert "nested deeper" in mistake("true ? true : " * 100 + "true").sentence


def test_a_string_that_is_not_closed_takes_no_time() -> None:
    """The library's lexer would take 2 to the number of escapes."""
    began = perf_counter()
    for text in ('"' + r"\a" * 900, '"""' + r"\a" * 900 + '"', "r'" + r"\a" * 900, r"'\'" + r"\a" * 900):
        assert mistake(f"event.name == {text}")
    assert perf_counter() - began < 5


def test_a_list_is_looked_at_up_to_a_limit() -> None:
    """At it, and after: a longer one is a fault, in exists and in `in`."""
    for text in ("event.properties.x.exists(e, e == 1)", "1 in event.properties.x"):
        assert holds(text, {"event.properties": {"x": [0] * (LIST_MOST - 1) + [1]}})
        assert str(LIST_MOST) in (judged(text, {"event.properties": {"x": [1] * (LIST_MOST + 1)}}).failure or "")


def test_what_is_done_for_each_element_has_a_limit() -> None:
    """A question to the person, asked of every line, is too much; once is not."""
    assert "too much to do" in mistake('event.lines.exists(l, person.spend_in("1d") > l.unit_price)').sentence
    steps = COST_MOST // LIST_MOST
    few, many = (" || ".join(["l.quantity > 1"] * number) for number in (steps // 5, steps // 4 + 1))
    assert isinstance(compile_condition(f"event.lines.exists(l, {few})", OF_AN_EPISODE, ""), Condition)
    assert "too much to do" in mistake(f"event.lines.exists(l, {many})").sentence


def test_a_pattern_is_not_looked_for_in_every_line() -> None:
    """Nor in a string that is longer than any text of a shop: at the limit, and after."""
    assert "too much to do" in mistake('event.lines.exists(l, l.product_id.matches("a+$"))').sentence
    assert holds('event.url.matches("a+$")', {"event.url": "é" + "a" * (TEXT_MOST - 1)})
    assert str(TEXT_MOST) in (judged('event.url.matches("a+$")', {"event.url": "a" * (TEXT_MOST + 1)}).failure or "")
    assert holds('event.url.matches("^.$")', {"event.url": "\ud800"})


def test_a_string_that_is_put_together_has_a_length() -> None:
    """At it, and after."""
    joined = "event.properties.a + event.properties.b != 'x'"
    assert holds(joined, {"event.properties": {"a": "a" * (TEXT_MOST - 1), "b": "b"}})
    assert str(TEXT_MOST) in (judged(joined, {"event.properties": {"a": "a" * TEXT_MOST, "b": "b"}}).failure or "")


def test_the_dearest_condition_ends_soon() -> None:
    """As many steps as are allowed, over as many lines: some ms, here with room for a slow machine."""
    test = " || ".join(["l.quantity * 2 > 1"] * 6)
    began = perf_counter()
    verdict = judged(f"event.lines.exists(l, {test})", {"event.lines": [{"quantity": Decimal("0.1")}] * LIST_MOST})
    assert verdict == (False, None)
    assert perf_counter() - began < 2
