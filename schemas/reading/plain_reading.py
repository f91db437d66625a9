"""The quick way to read a click: msgspec decodes it, and one that gives reason for a second look is not taken."""

import re
from decimal import Decimal
from typing import Any, Final

from msgspec import DecodeError
from msgspec.structs import astuple, force_setattr

from schemas.base import SECONDS_FROM, SECONDS_TO, instant_from_text
from schemas.events.currencies import UNITS
from schemas.events.plain_clicks import PlainClick, decode_plain
from schemas.ids import NO_CART_IDS, NO_IDS, UUID_CHARS, folded, folded_customer
from schemas.reading.second_look import (
    AT,
    BLANK,
    GROUPED_PRICE,
    UNDERFLOW,
    may_be_no_money,
    may_hide_characters,
    may_lack,
)

PLAIN_BYTES_MAX = 4096
"""No number in a longer record is plain: the contract takes no more than 4300 digits."""

PLAIN_MONEY_MAX = 1_000_000_000
"""Up to here an amount has so few digits that the contract, which reads a number as a float, reads the same one."""

PLACES = {name: place for place, name in enumerate(PlainClick.__struct_fields__)}
TIMES = [(name, PLACES[name]) for name in ("occurred_at", "sent_at")]
_IDS = ("event_id", "visitor_id", "customer_id", "product_id", "cart_id", "checkout_id", "order_id", "store")
IDS = [PLACES[name] for name in _IDS]
COLONS_IN = [PLACES[name] for name in ("url", "referrer", "restore_url", "occurred_at", "sent_at")]

QUOTE: Final = 0x22

_NAME = re.compile(rb'"\s*:')


def read_plain(value: bytes) -> PlainClick | None:  # noqa: C901  the hot path, in one place
    """The click if it is a plain one; None of everything else, good or bad. Never raises."""
    if len(value) > PLAIN_BYTES_MAX or may_hide_characters(value):
        return None
    # Nothing that has these is plain either; to ask costs less than to decode it in vain.
    if value.find(b"{", 1) > 0 or value.find(b"null") >= 0:  # `in` takes them for a number first
        return None
    try:
        click = decode_plain(value)
        said = astuple(click)
        if not _says_once(value, said):
            return None
        for name, place in TIMES:
            told = said[place]
            if told.__class__ is str:
                force_setattr(click, name, instant_from_text(told))
            elif told is not None and told <= SECONDS_TO and told >= SECONDS_FROM:
                raise ValueError("a time in seconds")
        if click.price is not None and not _is_plain_money(value, click.price, click.currency):
            return None
    except (DecodeError, ValueError, ArithmeticError):  # no click, no time, and a price that is NaN or endless
        return None
    if may_lack(click.type, click.product_id) or (BLANK in value and _is_padded(said)):
        return None
    # Those of the owners are looked at elsewhere.
    if click.event_id in NO_IDS or click.product_id in NO_IDS or click.order_id in NO_IDS:
        return None
    if click.cart_id in NO_CART_IDS or click.checkout_id in NO_CART_IDS or click.store in NO_IDS:
        return None
    customer = click.customer_id
    if AT in value or (customer is not None and len(customer) == UUID_CHARS and not customer.islower()):
        _fold_owners(click)
    return click


def _is_padded(said: tuple[Any, ...]) -> bool:
    """Whether an id has blanks around it."""
    for place in IDS:
        id_: str | None = said[place]
        if id_ is not None and (id_[0] == " " or id_[-1] == " "):
            return True
    return False


def _fold_owners(click: PlainClick) -> None:
    """E-mail addresses in lower case, and customers' UUIDs, in a click that nobody has seen yet."""
    force_setattr(click, "visitor_id", folded(click.visitor_id))
    if click.customer_id is not None:
        force_setattr(click, "customer_id", folded_customer(click.customer_id))


def _says_once(value: bytes, said: tuple[Any, ...]) -> bool:
    """Whether the record has the names of the fields that are not None, each once, and no others.

    It has at least as many names as it says fields. If it has no more, none is there twice, or says null. A count that
    is too high only sends the record to the contract; each name has a colon, so these counts are never too low.
    """
    told = 0
    for field in said:
        if field is not None:
            told += 1
    # To count one character is quickest, and few texts but these have a colon.
    colons = value.count(b":")
    for place in COLONS_IN:
        if isinstance(said[place], str):
            colons -= said[place].count(":")
    # The quantity is one where none is said.
    if colons == told - 1:
        return True
    named = told - (value.find(b'"quantity":') < 0)
    return colons == named or len(_NAME.findall(value)) == named


def _may_be_a_text(value: bytes) -> bool:
    """Whether the price of a click that has one may stand in quotes. It is found quickest from behind."""
    at = value.rfind(b'price":') + 7
    first = value[at]
    if first == BLANK:
        first = value[at + 1]
    return at < 7 or first <= QUOTE  # quotes, or one more blank


def _is_plain_money(value: bytes, price: Decimal, currency: str | None) -> bool:
    """Whether it is nothing, or a multiple of the currency's unit that the contract reads alike."""
    if _may_be_a_text(value) and GROUPED_PRICE.search(value) is not None:
        return False
    if may_be_no_money(price, UNITS[currency]):
        return not price and UNDERFLOW.search(value) is None
    return price <= PLAIN_MONEY_MAX
