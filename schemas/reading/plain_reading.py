"""The quick way to read a click: msgspec decodes it, and one that gives reason for a second look is not taken."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from msgspec import DecodeError
from msgspec.structs import astuple

from schemas.base import SECONDS_FROM, SECONDS_TO, instant_from_text
from schemas.events.currencies import UNITS
from schemas.events.flat_clicks import FlatClick, decode_flat
from schemas.events.plain_clicks import PlainClick
from schemas.ids import NO_CART_IDS, NO_IDS, folded, folded_customer, may_be_folded
from schemas.reading.second_look import (
    BLANK,
    GROUPED_PRICE,
    UNDERFLOW,
    may_be_no_money,
    may_hide_characters,
    may_lack,
)

PLAIN_BYTES_MAX: Final = 4096
"""No number in a longer record is plain: the contract takes no more than 4300 digits."""

PLAIN_MONEY_MAX: Final = 1_000_000_000
"""Up to here an amount has so few digits that the contract, which reads a number as a float, reads the same one."""

DECODE: Final = decode_flat
ALL_OF: Final[Callable[[FlatClick], tuple[Any, ...]]] = astuple
NO_ID: Final = NO_IDS
NO_CART_ID: Final = NO_CART_IDS
UNIT: Final = UNITS
"""What belongs to this module is read ten times as fast as what it imports: here each hundredth of a microsecond is one
of a click."""

QUOTE: Final = 0x22

_NAME: Final = re.compile(r'"\s*:')


def read_plain(value: bytes) -> PlainClick | None:  # noqa: C901  the hot path, in one place
    """The click if it is a plain one; None of everything else, good or bad. Never raises."""
    if len(value) > PLAIN_BYTES_MAX or may_hide_characters(value):
        return None
    written = value.decode("ascii")  # to look for something in bytes costs three times as much
    # Nothing that has these is plain either; to ask costs less than to decode it in vain. A record begins with its only
    # brace, which is found quickest from behind.
    if written.rfind("{") != 0 or "null" in written:
        return None
    try:
        said = ALL_OF(DECODE(value))  # a field of it costs a fifth of one of the struct
        (event_id, type_, at, visitor, customer, sent_at, session, url, referrer, product, quantity, price, currency,
         category, query, cart, checkout, restore_url, order, store, exit_kind, name, version) = said  # fmt: skip
        # To count one character is quickest, and few texts but these have a colon.
        colons = written.count(":")
        for text in (url, referrer, restore_url, at, sent_at):
            if isinstance(text, str):
                colons -= text.count(":")
        told = 0
        for field in said:
            if field is not None:
                told += 1
        # The quantity is one where none is said.
        if colons != told - 1 and not _says_once(written, colons, told):
            return None
        if _is_text_or_seconds(at):
            at = instant_from_text(at)
        if sent_at is not None and _is_text_or_seconds(sent_at):
            sent_at = instant_from_text(sent_at)
        if price is not None and not _is_plain_money(written, price, currency):
            return None
    except (DecodeError, ValueError, ArithmeticError):  # no click, no time, and a price that is NaN or endless
        return None
    if may_lack(type_, product):
        return None
    # Those of the owners are looked at elsewhere.
    if event_id in NO_ID or (product is not None and product in NO_ID) or (order is not None and order in NO_ID):
        return None
    if (cart is not None or checkout is not None) and (cart in NO_CART_ID or checkout in NO_CART_ID):
        return None
    if store is not None and store in NO_ID:
        return None
    if " " in written and _is_padded((event_id, visitor, customer, product, cart, checkout, order, store)):
        return None
    if "@" in written or (customer is not None and may_be_folded(customer)):
        visitor, customer = folded(visitor), None if customer is None else folded_customer(customer)
    return PlainClick(
        event_id, type_, at, visitor, customer, sent_at, session, url, referrer, product, quantity, price, currency,
        category, query, cart, checkout, restore_url, order, store, exit_kind, name, version,
    )  # fmt: skip


def _is_text_or_seconds(told: int | str) -> bool:
    """Whether a time is a text. Raises ValueError of one in seconds."""
    if isinstance(told, str):
        return True
    if SECONDS_FROM <= told <= SECONDS_TO:
        raise ValueError("a time in seconds")
    return False


def _is_padded(ids: tuple[str | None, ...]) -> bool:
    """Whether an id has blanks around it."""
    return any(id_ is not None and (id_[0] == " " or id_[-1] == " ") for id_ in ids)


def _says_once(written: str, colons: int, told: int) -> bool:
    """Whether the record has the names of the fields that are not None, each once, and no others.

    It has at least as many names as it says fields, `told`. If it has no more, none is there twice, or says null. A
    count that is too high only sends the record to the contract; each name has a colon, so these counts are never too
    low.
    """
    named = told if '"quantity":' in written else told - 1
    return colons == named or len(_NAME.findall(written)) == named


def _may_be_a_text(written: str) -> bool:
    """Whether the price of a click that has one may stand in quotes. It is found quickest from behind."""
    at = written.rfind('price":') + 7
    first = ord(written[at])
    if first == BLANK:
        first = ord(written[at + 1])
    return at < 7 or first <= QUOTE  # quotes, or one more blank


def _is_plain_money(written: str, price: Decimal, currency: str | None) -> bool:
    """Whether it is nothing, or a multiple of the currency's unit that the contract reads alike."""
    if _may_be_a_text(written) and GROUPED_PRICE.search(written.encode()) is not None:
        return False
    if may_be_no_money(price, UNIT[currency]):
        return not price and UNDERFLOW.search(written.encode()) is None
    return price <= PLAIN_MONEY_MAX
