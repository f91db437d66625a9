"""Bytes to models: what a source record says, or why it cannot be used. Bad input is a value, never an exception."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.clicks import Click, ClickType
from schemas.dead_letters import Rejection
from schemas.engagements import Engagement
from schemas.facts import Fact, FactOnWire
from schemas.orders import Order

CLICK_BYTES_MAX = 64 * 1024
ORDER_BYTES_MAX = 256 * 1024
CART_TYPES = frozenset({ClickType.CART_ITEM_ADDED, ClickType.CART_ITEM_REMOVED, ClickType.CART_UPDATED})


@dataclass(slots=True, frozen=True)
class Rejected:
    """A record that cannot be used. `detail` names the field and the rule, and never quotes the content."""

    reason: Rejection
    detail: str


@dataclass(slots=True, frozen=True)
class Unknown:
    """A well-formed record of a type that this version does not know: ignored and counted."""


validate_click: Callable[[bytes], Click] = TypeAdapter(Click).validate_json
"""The bare validation of a click; raises pydantic's ValidationError. The hot path, and what the bench compares with."""

_order: TypeAdapter[Order] = TypeAdapter(Order)
_engagement: TypeAdapter[Engagement] = TypeAdapter(Engagement)
_fact: TypeAdapter[Fact] = TypeAdapter(FactOnWire)


def read_click(value: bytes) -> Click | Rejected | Unknown:
    """The click that `value` says."""
    if len(value) > CLICK_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"a click has at most {CLICK_BYTES_MAX} bytes")
    try:
        click = validate_click(value)
    except ValidationError as error:
        return _why_not(value, error)
    return _lacks(click) or click if click.type in CART_TYPES else click


def _lacks(click: Click) -> Rejected | None:
    """What a click about the cart needs beyond the fields of every click."""
    if click.type is ClickType.CART_UPDATED:
        return Rejected(Rejection.MISSING, "lines: a cart_updated has the whole cart") if click.lines is None else None
    if click.product_id is None:
        return Rejected(Rejection.MISSING, f"product_id: a {click.type} needs it")
    return None


def read_order(value: bytes) -> Order | Rejected | Unknown:
    """The order record that `value` says."""
    if len(value) > ORDER_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"an order has at most {ORDER_BYTES_MAX} bytes")
    try:
        return _order.validate_json(value)
    except ValidationError as error:
        return _why_not(value, error)


def read_engagement(value: bytes) -> Engagement | Rejected | Unknown:
    """The engagement that `value` says."""
    if len(value) > CLICK_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"an engagement has at most {CLICK_BYTES_MAX} bytes")
    try:
        return _engagement.validate_json(value)
    except ValidationError as error:
        return _why_not(value, error)


def read_fact(value: bytes) -> Fact:
    """A fact from `profile-inbox`. Only our own stages write there: anything else is a broken invariant and raises."""
    return _fact.validate_json(value)


def write_fact(fact: Fact) -> bytes:
    """The fact as it stands on `profile-inbox`."""
    return orjson.dumps(fact)


_REASONS: dict[str, Rejection] = {
    "missing": Rejection.MISSING,
    "json_invalid": Rejection.MALFORMED,
    "model_type": Rejection.NOT_OBJECT,
    "model_attributes_type": Rejection.NOT_OBJECT,
    "string_too_short": Rejection.BAD_ID,
    "string_too_long": Rejection.TOO_LARGE,
    "too_long": Rejection.TOO_LARGE,
    "string_unicode": Rejection.ENCODING,
    "finite_number": Rejection.NUMBER,
    "greater_than_equal": Rejection.NUMBER,
    "less_than_equal": Rejection.NUMBER,
    "decimal_parsing": Rejection.NUMBER,
}
_BY_FIELD: dict[str, Rejection] = {
    "occurred_at": Rejection.TIME,
    "sent_at": Rejection.TIME,
    "currency": Rejection.CURRENCY,
}


def _why_not(value: bytes, error: ValidationError) -> Rejected | Unknown:
    """The first mistake that pydantic found, in our closed set. The slow path: only bad records take it."""
    if not value.strip():
        return Rejected(Rejection.EMPTY, "the record is empty")
    mistakes: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    if all(mistake["type"] == "enum" and mistake["loc"] == ("type",) for mistake in mistakes):
        return Unknown()
    mistake = mistakes[0]
    field = ".".join(str(step) for step in mistake["loc"])
    if mistake["type"] == "json_invalid":
        return Rejected(*_unreadable(value))
    if mistake["type"] == "string_pattern_mismatch" and field not in _BY_FIELD:
        return Rejected(Rejection.BAD_ID, f"{field}: control characters are not allowed")
    reason = _REASONS.get(mistake["type"], Rejection.TYPE if mistake["type"].endswith("_type") else Rejection.INVALID)
    if reason is not Rejection.MISSING:
        reason = _BY_FIELD.get(str(mistake["loc"][0]) if mistake["loc"] else "", reason)
    return Rejected(reason, f"{field}: {mistake['type']}" if field else mistake["type"])


def _unreadable(value: bytes) -> tuple[Rejection, str]:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return Rejection.ENCODING, "the record is not UTF-8"
    return Rejection.MALFORMED, "the record is not one JSON document"
