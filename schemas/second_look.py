"""What a record may hide from its model: names said twice, ids that look alike, money that is none.

The model has accepted the record. Each look is paid only by records that give reason for it, since a good click must
cost no more than its validation.
"""

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from unicodedata import is_normalized

import orjson

from schemas.clicks import CART_TYPES, Click, ClickType, Line
from schemas.currencies import UNITS
from schemas.dead_letters import Oddity, Rejection
from schemas.engagements import Engagement
from schemas.orders import Order, OrderLine
from schemas.refusals import BLESSED, BLESSING, Rejected

Note = Callable[[Oddity], None]
"""Told what was odd about a record that is used all the same."""

BACKSLASH, DELETE = 0x5C, 0x7F
NAME_SETS_MAX = 128
"""Producers send the same few sets of names again and again; what was found about one is remembered."""

LEAST = Decimal("1e-9")
"""An amount nearer to zero than this was meant to be another."""

UNDERFLOW = re.compile(rb'"(?:price|unit_price|total)"\s*:\s*"?-?[0-9.]+[eE]-')
"""An amount that is nothing may have been meant as this."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Bidirectional overrides, and what has no width: two ids that look like one.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LINES = frozenset(Line.model_fields) | {"price"}


def names_in(click: Click) -> int:
    """How many names a click has at all depths, if it has none that its model does not know."""
    own = len(click.__pydantic_fields_set__) + _count((click.traits, click.properties))
    return own + sum([len(line.__pydantic_fields_set__) for line in click.lines or ()])


def look_at_names(value: bytes, known: frozenset[str], note: Note) -> Rejected | None:
    """A name that is said twice with different values, or in two spellings. An unknown name is noted.

    To be asked when the record has not as many names as fields were set.
    """
    try:
        said: Any = orjson.loads(value)
    except orjson.JSONDecodeError:  # NaN in a field that nobody reads
        said = None
    if said is None or _count((said,)) != value.count(b'":'):
        try:
            said = json.loads(value, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)
        except _Twice:
            return Rejected(Rejection.DUPLICATE_KEY, "a name is there twice, with different values")
    return _look_at_sets(said, known, note)


class _Twice(Exception):
    """A name with two different values."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs) and any(said[name] != value for name, value in pairs):
        raise _Twice
    return said


def _count(values: Iterable[Any]) -> int:
    """How many names there are in these values, at all depths."""
    names = 0
    for value in values:
        if value.__class__ is dict:
            names += len(value) + _count(value.values())
        elif value.__class__ is list:
            names += _count(value)
    return names


def _look_at_sets(said: Any, known: frozenset[str], note: Note) -> Rejected | None:
    found = _judge(tuple(said), known)
    for line in said.get("lines") or ():
        found |= _judge(tuple(line), _LINES)
    if not found:
        return None
    if Rejection.WRONG_FORMAT in found:
        return BLESSED
    if Rejection.AMBIGUOUS in found:
        return Rejected(Rejection.AMBIGUOUS, "one field is there in two spellings")
    note(Oddity.UNKNOWN_FIELD)
    return None


@lru_cache(NAME_SETS_MAX)
def _judge(said: tuple[str, ...], known: frozenset[str]) -> frozenset[Rejection | Oddity]:
    names = frozenset(said)
    found: set[Rejection | Oddity] = {Oddity.UNKNOWN_FIELD} if names - known else set()
    plain = {_plain(name) for name in names & known}
    if any(_plain(name) in plain for name in names - known) or {"price", "unit_price"} <= names:
        found.add(Rejection.AMBIGUOUS)
    if BLESSING in names:
        found.add(Rejection.WRONG_FORMAT)
    return frozenset(found)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def may_hide_characters(value: bytes) -> bool:
    """Whether a text of the record may hold a control character, or one that nobody sees: it has an escape, or is not
    plain ASCII."""
    return BACKSLASH in value or DELETE in value or not value.isascii()


def may_lack(click_type: ClickType, product_id: str | None) -> bool:
    """Whether a click about the cart may not say what is in it."""
    return (product_id is None or click_type is ClickType.CART_UPDATED) and click_type in CART_TYPES


def may_be_no_money(price: Decimal, unit: Decimal) -> bool:
    """Whether an amount is finer than its currency, or below the unit: then it may be too small to be divided, and if
    it is nothing, may have been meant as more."""
    return price < unit or bool(price % unit)


def look_at_ids(said: Click | Order | Engagement) -> Rejected | None:
    """Control characters, and what makes two ids look like one. To be asked when the record may hide some."""
    ids: list[str | None] = [said.event_id, said.visitor_id, said.customer_id]
    if isinstance(said, Click | Order):
        ids += [said.cart_id, said.order_id, *(line.product_id for line in said.lines or ())]
    if isinstance(said, Click):
        ids.append(said.product_id)
    if isinstance(said, Engagement):
        ids.append(said.trigger_id)
    for id_ in ids:
        if id_ is None:
            continue
        if _CONTROL.search(id_):
            return Rejected(Rejection.CONTROL_CHAR, "an id has a control character")
        if not is_normalized("NFC", id_) or _UNSEEN.search(id_):
            return Rejected(Rejection.BAD_ID, "an id is not in NFC, or has characters that nobody sees")
    return None


def look_at_money(value: bytes, said: Click | Order) -> Rejected | None:
    """Money finer than its currency, or in two currencies, or too small to be held."""
    price = said.price if isinstance(said, Click) else said.total
    lines: tuple[Line | OrderLine, ...] = said.lines or ()
    currency = said.currency
    for line in lines:
        if line.currency is not None and line.currency != (currency or line.currency):
            return Rejected(Rejection.CURRENCY, "currency: a record has one")
        currency = currency or line.currency
    unit = UNITS[currency]
    for amount in (price, *[line.unit_price for line in lines]):
        if amount is None:
            continue
        if abs(amount) < LEAST and (amount or UNDERFLOW.search(value)):
            return Rejected(Rejection.NUMBER, "an amount is smaller than a number can be")
        if amount % unit:
            return Rejected(Rejection.CURRENCY, "an amount is finer than its currency")
    return None


def totals_differ(order: Order) -> bool:
    """Whether an order names a total that is not the sum of its lines, all of which have a price."""
    if order.total is None or not order.lines:
        return False
    sums = [line.unit_price * line.quantity for line in order.lines if line.unit_price is not None]
    return len(sums) == len(order.lines) and sum(sums) != order.total
