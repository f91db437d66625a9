"""What a record may hide from its model: names said twice, ids that look alike, money that is none.

The model has accepted the record. Each look is paid only by records that give reason for it, since a good click must
cost no more than its validation. A look only doubts: what becomes of a doubtful record is decided by
`schemas.mending.records`.
"""

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson

from schemas.events.clicks import CART_TYPES, Click, ClickType, Line
from schemas.events.currencies import UNITS
from schemas.events.engagements import Engagement
from schemas.events.orders import Order, OrderLine
from schemas.ids import NO_CART_IDS, NO_IDS, is_clean, names_nothing
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.refusals import BLESSING

Note = Callable[[Oddity], None]
"""Told what was odd about a record that is used all the same."""

KNOWN: Final = 0
UNKNOWN: Final = 1
DOUBTFUL: Final = 2
"""What the names of a record are: all ours; some that we do not know; one that may contradict another."""

BACKSLASH: Final = 0x5C
DELETE: Final = 0x7F
AT: Final = 0x40
BLANK: Final = 0x20
CART_UPDATED: Final = ClickType.CART_UPDATED
OF_CARTS: Final = CART_TYPES
"""A member that is looked up of its enumeration costs as much as three of the looks."""

NAME_SETS_MAX: Final = 128
"""Producers send the same few sets of names again and again; what was found about one is remembered."""

LEAST: Final = Decimal("1e-9")
"""An amount nearer to zero than this was meant to be another."""

UNDERFLOW: Final = re.compile(rb'"(?:price|unit_price|total|subtotal|shipping|tax)"\s*:\s*"?-?[0-9.]+[eE]-')
"""An amount that is nothing may have been meant as this."""

GROUPED: Final = re.compile(rb'(?:price|total|shipping|tax)"\s*:\s*"[^"]*[_\\]')
GROUPED_PRICE: Final = re.compile(rb'price"\s*:\s*"[^"]*[_\\]')
"""An amount in a text that may have an underscore: Python alone reads a number of it. To look for one name is quicker
than for two."""

PLACEHOLDER: Final = re.compile(rb"\{[{%]|\$\{")
"""Where a template may stand that nobody has filled in."""

BOTH_PRICES: Final = frozenset({"price", "unit_price"})
"""The two names of a line's price."""

_LINES: Final = frozenset(Line.model_fields) | BOTH_PRICES


def names_in(click: Click) -> int:
    """How many names a click has at all depths, if it has none that its model does not know."""
    own = len(click.__pydantic_fields_set__) + _count((click.traits, click.properties, click.context))
    return own + sum([len(line.__pydantic_fields_set__) for line in click.lines or ()])


def look_at_names(value: bytes, known: frozenset[str]) -> int:
    """KNOWN, UNKNOWN or DOUBTFUL: a name that is said twice with different values, or both names of a price.

    To be asked when the record has not as many names as fields were set.
    """
    try:
        said: Any = orjson.loads(value)
    except orjson.JSONDecodeError:  # NaN in a field that nobody reads
        said = None
    if said is None or _count((said,)) != value.count(b'":'):
        try:
            said = json.loads(
                value, object_pairs_hook=_once, parse_int=_digits, parse_float=_digits, parse_constant=_digits
            )
        except _Twice:
            return DOUBTFUL
    found = _judge(tuple(said), known)
    # Where `lines` are a field they have been found to be lines; an engagement may say anything by that name.
    for line in (said.get("lines") or ()) if "lines" in known else ():
        found = max(found, _judge(tuple(line), _LINES))
    return found


def _digits(text: str) -> tuple[str]:
    """A number as it was written, which is no text of these digits."""
    return (text,)


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


@lru_cache(NAME_SETS_MAX)
def _judge(said: tuple[str, ...], known: frozenset[str]) -> int:
    names = frozenset(said)
    if BLESSING in names or (names & known >= BOTH_PRICES):
        return DOUBTFUL
    return UNKNOWN if names - known else KNOWN


def may_hide_characters(value: bytes) -> bool:
    """Whether a text of the record may hold a control character, or one that nobody sees: it has an escape, or is not
    plain ASCII."""
    return BACKSLASH in value or DELETE in value or not value.isascii()


def may_name_mailboxes(value: bytes) -> bool:
    """Whether an id may be an e-mail address."""
    return AT in value or BACKSLASH in value


def are_padded(ids: list[str | None]) -> bool:
    """Whether one of them has blanks around it, which are cut off. To be asked when the record has a blank at all."""
    return any(id_ is not None and id_ != id_.strip() for id_ in ids)


def may_lack(click_type: ClickType, product_id: str | None) -> bool:
    """Whether a click about the cart may not say what is in it."""
    return (product_id is None or click_type is CART_UPDATED) and click_type in OF_CARTS


def may_be_no_money(price: Decimal, unit: Decimal) -> bool:
    """Whether an amount is finer than its currency, or below the unit: then it may be too small to be divided, and if
    it is nothing, may have been meant as more."""
    return price < unit or bool(price % unit)


def ids_are_doubtful(value: bytes, said: Click | Order | Engagement) -> bool:
    """Whether an id says that there is none, or has blanks around it, or what nobody sees: what makes two ids look like
    one."""
    ids: list[str | None] = [said.event_id, said.visitor_id, said.customer_id]
    if isinstance(said, Click | Order):
        if said.cart_id in NO_CART_IDS or said.checkout_id in NO_CART_IDS:
            return True
        ids += [said.cart_id, said.checkout_id, said.order_id, said.store]
        ids += [line.product_id for line in said.lines or ()]
    if isinstance(said, Click):
        ids.append(said.product_id)
    if isinstance(said, Order):
        ids += [said.parcel_id, *said.parcels]
    if isinstance(said, Engagement):
        ids += [said.trigger_id, said.rule_id, said.channel, said.category]
    if not NO_IDS.isdisjoint(ids):
        return True
    if PLACEHOLDER.search(value) is not None and any(id_ is not None and names_nothing(id_) for id_ in ids):
        return True
    may_hide = may_hide_characters(value)
    if not may_hide and BLANK not in value:
        return False
    return any(id_ is not None and not is_clean(id_) for id_ in ids) if may_hide else are_padded(ids)


def lines_are_doubtful(value: bytes, said: Click | Order) -> bool:
    """Money finer than its currency, in two currencies, too small to be held, or in a text that is no number."""
    amounts = (said.price,) if isinstance(said, Click) else (said.total, said.subtotal, said.shipping, said.tax)
    lines: tuple[Line | OrderLine, ...] = said.lines or ()
    currency = said.currency
    for line in lines:
        if (line.currency or currency) != (currency or line.currency):
            return True
        currency = currency or line.currency
    unit = UNITS[currency]
    for price in (*amounts, *[line.unit_price for line in lines]):
        if price is not None and (
            (abs(price) < LEAST and (price or UNDERFLOW.search(value) is not None)) or price % unit
        ):
            return True
    return (GROUPED_PRICE if isinstance(said, Click) else GROUPED).search(value) is not None


def totals_differ(order: Order) -> bool:
    """Whether an order names a total that is not the sum of its lines, all of which have a price."""
    if order.total is None or not order.lines:
        return False
    sums = [line.unit_price * line.quantity for line in order.lines if line.unit_price is not None]
    currency = order.currency or next((line.currency for line in order.lines if line.currency is not None), None)
    return len(sums) == len(order.lines) and sums_differ(order.total, sum(sums, Decimal(0)), UNITS[currency])


def sums_differ(total: Decimal, added: Decimal, unit: Decimal) -> bool:
    """Whether a total and what its lines come to differ by more than their rounding: 0.3 kg at 9.99 is 3.00."""
    return abs(total - added) * 2 > unit
