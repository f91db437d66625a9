"""What the value of one field says, whatever it is: the value as the contract has it, what was odd about it, or why it
is none.

Each of these takes any plain object of `schemas.reading.json_text`. Absent is what is null, or an empty text.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, NamedTuple

from schemas.base import INSTANT_MS_MAX, MONEY_MAX, QUANTITY_MAX, QUANTITY_PLACES, TEXT_CHARS_MAX, are_seconds
from schemas.events.currencies import DIGITS
from schemas.ids import cleaned, text_of
from schemas.mending.times import instant_as_written
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.json_text import Said, is_text, within
from schemas.reading.second_look import LEAST

_VERSION = re.compile(r"1(\.[0-9]+)?")
_VERSION_LONG = re.compile(r"v?1([.+-]\w+)*", re.IGNORECASE)  # 1.0.0, 1-0-0, v1, 1.2.0-beta

_THOUSANDTH = Decimal(1).scaleb(-QUANTITY_PLACES)


class Read(NamedTuple):
    """What a field says. `said` is None where it is absent, or cannot be used: then `wrong` says why. `odd` is what to
    count if the record is used."""

    said: Any = None
    odd: Oddity | None = None
    wrong: Rejection | None = None


Reader = Callable[[object], Read]
ABSENT = Read()


def dropped(wrong: Rejection) -> Read:
    """A value that cannot be used."""
    return Read(None, Oddity.FIELD_DROPPED, wrong)


def word_of(value: object) -> str:
    """The word that a text says, in lower case, without what nobody sees; "" of what is no text."""
    return cleaned(value).lower() if isinstance(value, str) else ""


def is_number(value: object) -> bool:
    """A bool is a number to Python, and none to us."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def read_type(value: object) -> Read:
    """What the record tells of, without what nobody sees: what is no text is none."""
    if value is None:
        return ABSENT
    if not isinstance(value, str):
        return dropped(Rejection.TYPE)
    return Read(cleaned(value)) if is_text(value) else dropped(Rejection.ENCODING)


def read_version(value: object) -> Read:
    """The major version by which a producer writes, which has to be 1."""
    if value is None or value in ("", [], Said()):
        return ABSENT
    if isinstance(value, str):
        if _VERSION.fullmatch(value):
            return Read(value)
        return Read(1) if _VERSION_LONG.fullmatch(value) else dropped(Rejection.VERSION)
    major = int(value) if isinstance(value, int | Decimal) and value < QUANTITY_MAX else 0
    return Read(1) if major == 1 else dropped(Rejection.VERSION)


def read_text(value: object) -> Read:
    """A text, cut where it is too long."""
    if value is None:
        return ABSENT
    if not isinstance(value, str):
        return dropped(Rejection.TYPE)
    if not is_text(value):
        return dropped(Rejection.ENCODING)
    if len(value) > TEXT_CHARS_MAX:
        return Read(value[:TEXT_CHARS_MAX], Oddity.FIELD_DROPPED)
    return Read(value)


def read_session(value: object) -> Read:
    """A session's id, which is as long as a text may be."""
    return read_text(text_of(value) if isinstance(value, int | Decimal) and is_number(value) else value)


def read_instant(value: object) -> Read:
    """A time in ms: a text that says its offset, or milliseconds, of which what is finer is cut off. Never a guess:
    without an offset it is none, and seconds are none."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, str):
        try:
            return Read(instant_as_written(value))
        except ValueError:
            return dropped(Rejection.TIME)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return dropped(Rejection.TIME)
    if isinstance(value, Decimal) and not abs(float(value)) < float("inf"):
        return dropped(Rejection.NUMBER)
    if not 1 <= value <= INSTANT_MS_MAX or are_seconds(int(value)):
        return dropped(Rejection.TIME)
    return Read(int(value))


def read_amount(value: object) -> Read:
    """An amount, exactly as it is told; whether it is fine enough for its currency is seen later."""
    exact = _exact(value)
    if exact is None:
        return ABSENT if is_empty(value) else Read(None, Oddity.AMOUNT_DROPPED, Rejection.TYPE)
    if not exact.is_finite() or exact.copy_abs() > MONEY_MAX or 0 < exact.copy_abs() < LEAST:
        return Read(None, Oddity.AMOUNT_DROPPED, Rejection.NUMBER)
    return Read(exact)


def read_quantity(value: object) -> Read:
    """A quantity, rounded half to even to three decimals."""
    exact = _exact(value)
    if exact is None:
        return ABSENT if is_empty(value) else dropped(Rejection.TYPE)
    if not exact.is_finite() or exact.copy_abs() > QUANTITY_MAX:
        return dropped(Rejection.NUMBER)
    rounded = exact.quantize(_THOUSANDTH, ROUND_HALF_EVEN)
    if isinstance(value, str):
        return Read(rounded, Oddity.QUANTITY_TEXT)
    return Read(rounded, None if rounded == exact else Oddity.QUANTITY_ROUNDED)


def is_empty(value: object) -> bool:
    """Whether a value is none, or a text of blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def _exact(value: object) -> Decimal | None:
    """The number that a value says, or a text; None where it is none. `1_000` is none: Python alone reads it."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str) or (isinstance(value, str) and "_" in value):
        return None
    try:
        return Decimal(cleaned(value) if isinstance(value, str) else value)
    except InvalidOperation:
        return None


def read_currency(value: object) -> Read:
    """A currency of ISO 4217, in upper case."""
    if is_empty(value) or value in ([], Said()):
        return ABSENT
    code = word_of(value).upper()
    if code not in DIGITS:
        return Read(None, Oddity.AMOUNT_DROPPED, Rejection.TYPE)
    return Read(code, None if code == value else Oddity.CURRENCY_FOLDED)


def read_several(value: object, read: Reader, most: int) -> Read:
    """The items of a list that can be read, each an entry, and no more than so many; what cannot is dropped. A single
    one may stand alone. PHP writes a list with gaps as an object, by its numbers, and an empty one too; tables keep it
    as a text."""
    value = within(value)
    if value is None or value == "":
        return ABSENT
    if isinstance(value, Said) and all(name.isdecimal() for name, _ in value):
        items = [item for _, item in value]
    else:
        items = value if isinstance(value, list) and not isinstance(value, Said) else [value]
    reads = [read(item) for item in items[:most]]
    said = tuple(one.said for one in reads if one.said is not None)
    whole = len(items) <= most and all(one.odd is not Oddity.FIELD_DROPPED for one in reads)
    return Read(said, None if whole else Oddity.FIELD_DROPPED)


def read_lines(value: object) -> Read:
    """The list of the lines, each still to be read. PHP writes an empty one as an object, too, and one with gaps by its
    numbers or keys; a single line may stand for itself, and tables keep all of it as a text."""
    value = within(value)
    if value is None or value == "":
        return ABSENT
    if isinstance(value, Said):
        if not value:
            return ABSENT
        return Read([value] if any(name == "product_id" for name, _ in value) else [line for _, line in value])
    return Read(value) if isinstance(value, list) else dropped(Rejection.TYPE)


def read_map(value: object) -> Read:
    """An object with whatever is in it. PHP writes an empty one as a list, and tables keep it as a text."""
    value = within(value)
    if not isinstance(value, Said):
        return ABSENT if value is None or value in ("", []) else dropped(Rejection.NOT_OBJECT)
    try:
        return Read(_plain(value))
    except UnicodeEncodeError:
        return dropped(Rejection.ENCODING)


def _plain(value: object) -> Any:
    """As the contract's parser gives it. Raises UnicodeEncodeError for a text with lone surrogates."""
    if isinstance(value, Said):
        return {_plain(name): _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        value.encode()
    return float(value) if isinstance(value, Decimal) else value
