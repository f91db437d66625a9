"""The fields of an event that rules ask of it: out of its record, and as conditions see them.

A record may say anything in its properties and traits. What travels is bounded: what cannot be held is unknown to
rules, and so is what is too large, which is counted.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from schemas.events.clicks import Click, Line
from schemas.events.engagements import Engagement
from schemas.events.orders import Order, OrderLine, order_of_store
from schemas.events.plain_clicks import PlainClick
from schemas.rules.base import plain_name
from schemas.rules.events import MAPS
from streams.ids import hash64
from streams.limits import Cut, size_of
from streams.person.named_carts import token_of

FIELDS_BYTES_MAX = 8 * 1024
"""All that one event tells rules: two long addresses, and what a shop has of its own."""

ANCHOR_BYTES_MAX = 1024
"""What an episode keeps of its anchor, for its condition."""

DEPTH_MAX = 4
"""How deep properties are read."""

ABOUT = ("channel", "category")
"""What messages an engagement is about, as rulebooks write it."""

OF_CARTS = ("cart_id", "checkout_id")

SAME_CHARS_MAX = 60
"""A longer value is known by its hash."""

WHOLE_MAX = 2**63
DIGITS_MAX = 19
"""Digits of a number of 64 bits: of 1E+999999 nobody makes a whole number."""

NUMBERS = frozenset(
    {"price", "price_before", "total", "subtotal", "shipping", "tax", "quantity", "stock", "stock_before"}
)
"""Fields that hold decimals: they travel as texts, so that nothing of them is lost."""

OF_LINES = ("product_id", "quantity", "unit_price", "currency")

Said = dict[str, Any]
AnyRecord = Click | PlainClick | Order | Engagement


def said_of(record: AnyRecord, at: int, paths: Collection[str], cut: Cut) -> Said:
    """The fields at these paths, such as `url` and `properties.plan`, that the record has; `at` is when it counts."""
    said: Said = {}
    for path in paths:
        first, *rest = path.split(".")
        value = at if first == "occurred_at" else getattr(record, first, None)
        for step in rest:
            value = value.get(step) if isinstance(value, Mapping) else None
        if path in ABOUT and isinstance(record, Engagement) and isinstance(value, str):
            value = plain_name(value)  # `SMS` is what consent takes for sms, too
        if value is not None and value != ():  # a list that a record leaves out is not said
            put(said, path, str(value) if path in NUMBERS else held(value))
    fit(said, FIELDS_BYTES_MAX, cut)
    return said


def put(said: Said, path: str, value: Any) -> None:
    """Put the value there; nothing if it is none."""
    if value is None:
        return
    *outer, last = path.split(".")
    for step in outer:
        said = said.setdefault(step, {})
    said[last] = value


def at_path(said: Said, path: str) -> Any:
    """What is said there; None if nothing is."""
    value: Any = said
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def part_of(said: Said, paths: Collection[str], cut: Cut) -> Said:
    """What an episode keeps: these paths alone."""
    kept: Said = {}
    for path in paths:
        put(kept, path, at_path(said, path))
    fit(kept, ANCHOR_BYTES_MAX, cut)
    return kept


def fit(said: Said, bytes_max: int, cut: Cut) -> None:
    """Cut the largest fields until the rest takes at most so many bytes, in place."""
    while said and size_of(said) > bytes_max:
        del said[max(said, key=lambda name: size_of(said[name]))]
        cut("event_fields", 1)


def held(value: Any, depth: int = DEPTH_MAX) -> Any:
    """The value as a fact holds it; None for what none can: numbers without an end or of more than 64 bits, characters
    that are none, what lies too deep."""
    if isinstance(value, str):
        return _text(value)
    if value is True or value is False:
        return value
    if isinstance(value, int):
        return value if -WHOLE_MAX <= value < WHOLE_MAX else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        is_whole = value.adjusted() < DIGITS_MAX and value == value.to_integral_value()
        return held(int(value) if is_whole else float(value))
    if isinstance(value, Line | OrderLine):
        return {name: str(told) for name in OF_LINES if (told := getattr(value, name)) is not None}
    if depth and isinstance(value, Mapping):
        told = ((_text(name), held(inner, depth - 1)) for name, inner in value.items() if isinstance(name, str))
        return {name: inner for name, inner in told if name is not None and inner is not None}
    if depth and isinstance(value, list | tuple):
        return [held(inner, depth - 1) for inner in value]
    return None


def _text(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return str(value)


def same_value(said: Said, path: str) -> str:
    """The value by which occasions are told apart, as a text: 5, 5.0 and "5" are the same, and so are true and "true";
    an order and a cart are known by any of their names. "" where there is none."""
    value = at_path(said, path)
    if value is None:
        return ""
    text = value if isinstance(value, str) else _as_text(value)
    if path == "order_id":
        text = order_of_store(text, None)
    elif path in OF_CARTS:
        text = token_of(text)
    return text if len(text) <= SAME_CHARS_MAX else f"#{hash64(text.encode()).hex()}"


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class OfEvent:
    """An event as conditions see it."""

    __slots__ = ("said",)

    def __init__(self, said: Said) -> None:
        self.said = said

    def value(self, path: str) -> Any:
        """What is behind `event.url`, `event.properties`."""
        name = path.partition(".")[2]
        value = self.said.get(name)
        if value is None or name in MAPS:
            return value
        if name == "lines":
            return [_with_numbers(line) for line in value]
        return _number(value) if name in NUMBERS else value

    def answer(self, path: str, argument: str | int) -> Any:
        """Nothing is asked of an event with an argument."""
        raise AssertionError(path)


def _with_numbers(line: Said) -> Said:
    return {name: value if name in ("product_id", "currency") else _number(value) for name, value in line.items()}


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value
