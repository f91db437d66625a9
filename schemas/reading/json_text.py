"""A record's bytes as plain objects that hide nothing: names that are said twice, and every digit of a number.

The parser of the contract is quicker; this one is for records that the contract does not take as they are.
"""

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from schemas.outcomes.dead_letters import Rejection
from schemas.reading.refusals import BYTE_ORDER_MARK, NOTHING_THERE, TOO_DEEP, Rejected, unreadable

DEPTH_MAX = 200
"""How many lists and objects may lie in one another: as many as the parser of the contract takes."""

DIGITS_MAX = 4300
"""A whole number of more digits is kept as a decimal: Python takes no longer ones for integers."""

NO_NUMBER = Decimal("NaN")


class Said(list[tuple[str, object]]):
    """A JSON object: its names and values as they were said, in their order, also those that were said twice.

    A value is None, a bool, an int, a Decimal, a str (perhaps with lone surrogates), a list, or another `Said`.
    """


def parse(value: bytes) -> Said | Rejected:
    """The object that the bytes say. Bytes that are no UTF-8 inside a text become lone surrogates there; a tab or a
    line break in a text is taken as it stands, though JSON would have it escaped."""
    if not value.strip():
        return NOTHING_THERE
    try:
        said = _loaded(value.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "surrogateescape"))
    except RecursionError:
        return TOO_DEEP
    except ValueError:
        return unreadable(value)
    if not isinstance(said, Said):
        return Rejected(Rejection.NOT_OBJECT, "the record is no JSON object")
    return TOO_DEEP if _is_deep(said) else said


def within(value: object) -> object:
    """The list or the object that a text says in JSON, as tables keep it in a column; anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        said = _loaded(value)
    except (RecursionError, ValueError):
        return value
    return said if isinstance(said, list) and not _is_deep(said) else value


def _loaded(text: str) -> object:
    said: object = json.loads(
        text, strict=False, object_pairs_hook=Said, parse_int=_whole, parse_float=_decimal, parse_constant=_decimal
    )
    return said


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= DIGITS_MAX else Decimal(digits)


def _decimal(digits: str) -> Decimal:
    """Exactly that number; none, where no computer holds its exponent."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return NO_NUMBER


def _inside(values: Iterable[object]) -> list[object]:
    """What lies in those of the values that are lists and objects."""
    found: list[object] = []
    for value in values:
        if isinstance(value, Said):
            found += [inner for _, inner in value]
        elif isinstance(value, list):
            found += value
    return found


def _is_deep(said: list[object] | Said) -> bool:
    depth, level = 0, _inside([said])
    while level:
        depth += 1
        holders = [value for value in level if isinstance(value, list)]
        if holders and depth > DEPTH_MAX:
            return True
        level = _inside(holders)
    return False


def is_text(value: object) -> bool:
    """Whether it is a text without lone surrogates, which are no characters."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
