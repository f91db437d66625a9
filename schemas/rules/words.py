"""How a rulebook writes durations, amounts and currencies, and what they are inside.

Durations are written `90s`, `60m`, `36h`, `30d`; `off` or `never` switches off what can be off. Inside, all are ms.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from schemas.currencies import DIGITS

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
UNITS_MS = {"ms": 1, "s": 1000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
DURATION = re.compile(r"^(\d+)(ms|s|m|h|d)$")


def duration_ms(text: object) -> int:
    """Milliseconds of `90s`, `60m`, `36h`, `30d`. Raises ValueError with the mend for anything else."""
    match = DURATION.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and a unit, such as 90s, 60m, 36h or 30d")
    return int(match[1]) * UNITS_MS[match[2]]


def duration_or_off(text: object) -> int | None:
    """As `duration_ms`; `off`, `never` and YAML's false are None."""
    return None if text in ("off", "never", False, None) else duration_ms(text)


def duration_text(ms: int | None) -> str | None:
    """As `duration_or_off` reads it."""
    return None if ms is None else f"{ms}ms"


def amount(said: object) -> Decimal:
    """The number that is meant. Raises ValueError with the mend for anything else."""
    try:
        number = Decimal(str(said)) if isinstance(said, int | float | str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(said, bool) or not number.is_finite():
        raise ValueError(f"{said!r} is no amount; write a number, or a number and a currency, such as 50 EUR")
    return number


def currency_code(text: object) -> str | None:
    """The currency of three letters, in any case; None for none. Raises ValueError with the mend for anything else."""
    code = text.strip().upper() if isinstance(text, str) else text
    if code is not None and code not in DIGITS:
        raise ValueError(f"{text!r} is no currency; write its three letters, such as EUR")
    return code


if TYPE_CHECKING:
    Duration = int
    DurationOrNone = int
    DurationOrOff = int | None
    Amount = Decimal
    Currency = str | None
else:
    Duration = Annotated[
        int, BeforeValidator(duration_ms), Field(gt=0), PlainSerializer(duration_text, when_used="json")
    ]
    DurationOrNone = Annotated[
        int, BeforeValidator(duration_ms), Field(ge=0), PlainSerializer(duration_text, when_used="json")
    ]
    DurationOrOff = Annotated[
        Annotated[int, Field(gt=0)] | None,
        BeforeValidator(duration_or_off),
        PlainSerializer(duration_text, when_used="json"),
    ]
    Currency = Annotated[str | None, BeforeValidator(currency_code)]
    Amount = Annotated[Decimal, BeforeValidator(amount)]
