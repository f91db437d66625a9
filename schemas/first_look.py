"""The quick way to read a click, which nearly all can take: msgspec decodes, and what may be odd is not taken."""

import re
from typing import Any

from msgspec import DecodeError
from msgspec.structs import astuple, force_setattr

from schemas.base import MONEY_MAX, instant_from_text
from schemas.clicks import CART_TYPES, ClickType
from schemas.currencies import UNITS
from schemas.plain_clicks import PlainClick, decode_plain
from schemas.second_look import may_hide_characters

PLACES = {name: place for place, name in enumerate(PlainClick.__struct_fields__)}
TIMES = [(name, PLACES[name]) for name in ("occurred_at", "sent_at")]
COLONS_IN = [PLACES[name] for name in ("url", "referrer", "occurred_at", "sent_at")]

_NAME = re.compile(rb'"\s*:')


def read_plain(value: bytes) -> PlainClick | None:
    """The click if it is a plain one; None of everything else, good or bad.

    It is plain if no second look has anything to look for: it has one object, no escape, each name once.
    """
    if value.find(b"{", 1) > 0 or may_hide_characters(value):
        return None
    try:
        click = decode_plain(value)
        said = astuple(click)
        if not _says_once(value, said):
            return None
        for name, place in TIMES:
            if isinstance(said[place], str):
                force_setattr(click, name, instant_from_text(said[place]))
        price = click.price
        if price is not None and (not 0 < price <= MONEY_MAX or price % UNITS[click.currency]):
            return None
    except (DecodeError, RecursionError, ValueError, ArithmeticError):  # an amount may be NaN
        return None
    if (click.product_id is None or click.type is ClickType.CART_UPDATED) and click.type in CART_TYPES:
        return None
    return click


def _says_once(value: bytes, said: tuple[Any, ...]) -> bool:
    """Whether the record has the names of the fields that are not None, each once, and no others."""
    told = 0
    for field in said:
        if field is not None:
            told += 1
    # Each name has a colon, and as a rule little else has: to count one character is quickest. There are at least as
    # many names as fields are told, but for the quantity, which is there unsaid; if not more, each is there once.
    colons = value.count(b":")
    for place in COLONS_IN:
        if isinstance(said[place], str):
            colons -= said[place].count(":")
    if colons == told - 1:
        return True
    named = told - (b'"quantity":' not in value)
    return colons == named or len(_NAME.findall(value)) == named
