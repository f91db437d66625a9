"""What the value of one field says, whatever it is: the value as the contract has it, what was odd about it, or why it
is none.

Each of these takes any plain object of `schemas.json_text`. Absent is what is null, or an empty text.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, NamedTuple

from schemas.base import (
    INSTANT_MS_MAX,
    MONEY_MAX,
    QUANTITY_MAX,
    QUANTITY_PLACES,
    TEXT_CHARS_MAX,
    are_seconds,
    instant_from_text,
)
from schemas.currencies import DIGITS
from schemas.dead_letters import Oddity, Rejection
from schemas.ids import cleaned, flaw_of, folded, text_of
from schemas.json_text import Said, is_text
from schemas.orders import PaymentState
from schemas.second_look import LEAST

PAYMENT_STATES = frozenset(map(str, PaymentState))

_VERSION = re.compile(r"1(\.[0-9]+)?")
_VERSION_LONG = re.compile(r"v?1([.-][0-9]+)*")  # 1.0.0, 1-0-0, v1
_ZONE_APART = re.compile(r"\s*UTC$|\s+(?=(?:Z|[+-]\d\d:?\d\d)$)")
_THOUSANDTH = Decimal(1).scaleb(-QUANTITY_PLACES)


class Read(NamedTuple):
    """What a field says. `said` is None where it is absent, or cannot be used: then `wrong` says why. `odd` is what to
    count if the record is used."""

    said: Any = None
    odd: Oddity | None = None
    wrong: Rejection | None = None


Reader = Callable[[object], Read]
ABSENT = Read()


def _dropped(wrong: Rejection) -> Read:
    return Read(None, Oddity.FIELD_DROPPED, wrong)


def is_number(value: object) -> bool:
    """A bool is a number to Python, and none to us."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def read_as_is(value: object) -> Read:
    """The type: what is no text is none."""
    if value is None:
        return ABSENT
    if not isinstance(value, str):
        return _dropped(Rejection.TYPE)
    return Read(value) if is_text(value) else _dropped(Rejection.ENCODING)


def read_version(value: object) -> Read:
    """The major version by which a producer writes, which has to be 1."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, str):
        if _VERSION.fullmatch(value):
            return Read(value)
        return Read(1) if _VERSION_LONG.fullmatch(value) else _dropped(Rejection.VERSION)
    return Read(1) if value == 1 else _dropped(Rejection.VERSION)


def read_id(value: object) -> Read:
    """An id that identifies the record: a number becomes its text, nothing is cleaned."""
    if value is None:
        return ABSENT
    id_ = text_of(value) if isinstance(value, int | Decimal) and is_number(value) else value
    if id_ is None:
        return _dropped(Rejection.BAD_ID)
    if not isinstance(id_, str):
        return _dropped(Rejection.TYPE)
    if not is_text(id_):
        return _dropped(Rejection.ENCODING)
    flaw = flaw_of(id_)
    return Read(id_) if flaw is None else _dropped(flaw)


def read_owner(value: object) -> Read:
    """The id of a customer or a visitor. An empty one is none, and nothing odd."""
    read = Read(None, None, Rejection.BAD_ID) if value == "" else read_id(value)
    return read if read.said is None else Read(folded(read.said))


def read_detail_id(value: object) -> Read:
    """An id without which the record still says something: it is cleaned of what nobody sees."""
    return _cleaned(value, trimmed=False)


def read_product(value: object) -> Read:
    """The id of a product: cleaned, and without outer blanks."""
    return _cleaned(value, trimmed=True)


def _cleaned(value: object, *, trimmed: bool) -> Read:
    if isinstance(value, str) and not value.strip():
        return ABSENT
    if not is_text(value):
        return read_id(value)
    assert isinstance(value, str)
    id_ = cleaned(value)
    if trimmed:
        id_ = id_.strip()
    flaw = flaw_of(id_)
    if flaw is not None:
        return _dropped(flaw)
    return Read(id_, None if id_ == value else Oddity.ID_CLEANED)


def read_text(value: object) -> Read:
    """A text, cut where it is too long."""
    if value is None:
        return ABSENT
    if not isinstance(value, str):
        return _dropped(Rejection.TYPE)
    if not is_text(value):
        return _dropped(Rejection.ENCODING)
    if len(value) > TEXT_CHARS_MAX:
        return Read(value[:TEXT_CHARS_MAX], Oddity.FIELD_DROPPED)
    return Read(value)


def read_session(value: object) -> Read:
    """A session's id, which is as long as a text may be."""
    return read_text(text_of(value) if isinstance(value, int | Decimal) and is_number(value) else value)


def read_instant(value: object) -> Read:
    """A time in ms: what RFC 3339 allows, or ends in ` UTC`; whole milliseconds, also with a point. Never a guess:
    without a zone it is none, and seconds are none."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, str):
        try:
            return Read(instant_from_text(_ZONE_APART.sub(_zone, value.strip().upper())))
        except ValueError:
            return _dropped(Rejection.TIME)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return _dropped(Rejection.TIME)
    if isinstance(value, Decimal) and not abs(float(value)) < float("inf"):
        return _dropped(Rejection.NUMBER)
    if not 0 < value <= INSTANT_MS_MAX or value != int(value) or are_seconds(int(value)):
        return _dropped(Rejection.TIME)
    return Read(int(value))


def _zone(found: re.Match[str]) -> str:
    return "Z" if found.group().endswith("UTC") else ""


def read_amount(value: object) -> Read:
    """An amount, exactly as it is told; whether it is fine enough for its currency is seen later."""
    exact = _exact(value)
    if exact is None:
        return ABSENT if _is_empty(value) else Read(None, Oddity.AMOUNT_DROPPED, Rejection.TYPE)
    if not exact.is_finite() or exact.copy_abs() > MONEY_MAX or 0 < exact.copy_abs() < LEAST:
        return Read(None, Oddity.AMOUNT_DROPPED, Rejection.NUMBER)
    return Read(exact)


def read_quantity(value: object) -> Read:
    """A quantity, rounded half to even to three decimals."""
    exact = _exact(value)
    if exact is None:
        return ABSENT if _is_empty(value) else _dropped(Rejection.TYPE)
    if not exact.is_finite() or exact.copy_abs() > QUANTITY_MAX:
        return _dropped(Rejection.NUMBER)
    rounded = exact.quantize(_THOUSANDTH, ROUND_HALF_EVEN)
    if isinstance(value, str):
        return Read(rounded, Oddity.QUANTITY_TEXT)
    return Read(rounded, None if rounded == exact else Oddity.QUANTITY_ROUNDED)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _exact(value: object) -> Decimal | None:
    """The number that a value says, or a text; None where it is none."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def read_currency(value: object) -> Read:
    """A currency of ISO 4217, in upper case."""
    if _is_empty(value):
        return ABSENT
    code = value.strip().upper() if isinstance(value, str) else None
    if code not in DIGITS:
        return Read(None, Oddity.AMOUNT_DROPPED, Rejection.TYPE)
    return Read(code, None if code == value else Oddity.CURRENCY_FOLDED)


def read_payment(value: object) -> Read:
    """How a payment stands, in any case."""
    if _is_empty(value):
        return ABSENT
    state = value.strip().lower() if isinstance(value, str) else None
    return Read(PaymentState(state)) if state in PAYMENT_STATES else _dropped(Rejection.TYPE)


def read_lines(value: object) -> Read:
    """The list of the lines, each still to be read. PHP writes an empty one as an object, too."""
    if value is None or value == "" or (isinstance(value, Said) and not value):
        return ABSENT
    return Read(value) if isinstance(value, list) and not isinstance(value, Said) else _dropped(Rejection.TYPE)


def read_map(value: object) -> Read:
    """An object with whatever is in it. PHP writes an empty one as a list."""
    if not isinstance(value, Said):
        return ABSENT if value is None or value in ("", []) else _dropped(Rejection.NOT_OBJECT)
    try:
        return Read(_plain(value))
    except UnicodeEncodeError:
        return _dropped(Rejection.ENCODING)


def _plain(value: object) -> Any:
    """As the contract's parser gives it. Raises UnicodeEncodeError for a text with lone surrogates."""
    if isinstance(value, Said):
        return {_plain(name): _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        value.encode()
    return float(value) if isinstance(value, Decimal) else value
