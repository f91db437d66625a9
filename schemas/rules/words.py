"""How a rulebook writes durations, shares, times, amounts and currencies, and what they are inside.

Durations are written `90s`, `60m`, `36h`, `30d`; `off` or `never` switches off what can be off. Inside, all are ms.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from schemas.events.currencies import DIGITS

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
UNITS_MS = {"ms": 1, "s": 1000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
LONGEST_MS = 100 * 366 * DAY_MS
"""A hundred years."""

DIGITS_MAX = 15
"""Of the number of a duration: more are longer than that in any unit."""

UNITS_IN_WORDS = (
    (DAY_MS, "a day", "days"),
    (HOUR_MS, "an hour", "hours"),
    (MINUTE_MS, "a minute", "minutes"),
    (1000, "a second", "seconds"),
)

OTHER_DURATION = re.compile(
    r"(\d{1,9}(?:\.\d{1,3})?)\s*"
    r"(ms|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?)(?![a-z])"
)
"""How people write durations elsewhere."""

DURATION = re.compile(r"^(\d+)(ms|s|m|h|d)$")
SHARE = re.compile(r"^(\d{1,2}(?:\.\d{1,2})?)\s?%$")
BARE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:%|€|[A-Za-z]{3})\s*$")
"""An amount with what it is of."""

SHARE_WHOLE = 10_000
"""All, in ten-thousandths."""


def duration_ms(text: object) -> int:
    """Milliseconds of `90s`, `60m`, `36h`, `30d`. Raises ValueError with the mend for anything else, and for more than
    a hundred years."""
    match = DURATION.match(text) if isinstance(text, str) else None
    if match is None:
        near = _meant(str(text))
        mend = f"did you mean {near}?" if near else "write a whole number and a unit, such as 90s, 60m, 36h or 30d"
        raise ValueError(f"{text!r} is no duration; {mend}")
    ms = int(match[1]) * UNITS_MS[match[2]] if len(match[1]) <= DIGITS_MAX else LONGEST_MS + 1
    if ms > LONGEST_MS:
        raise ValueError(f"{text!r} is longer than a hundred years; write less")
    return ms


def _meant(text: str) -> str | None:
    """The duration that was most likely meant by `1 hour`, `1.5h` or `1h30m`, as a rulebook writes it."""
    if text == "0":
        return "0s"
    parts = OTHER_DURATION.findall(text.lower())
    if not parts or OTHER_DURATION.sub("", text.lower()).strip():
        return None
    units = {**UNITS_MS, "w": 7 * DAY_MS}
    ms = sum((Decimal(number) * units["ms" if word == "ms" else word[0]] for number, word in parts), Decimal(0))
    return duration_brief(int(ms)) if 0 < ms <= LONGEST_MS and ms == ms.to_integral_value() else None


def duration_or_off(text: object) -> int | None:
    """As `duration_ms`; `off`, `never` and YAML's false are None. A nought is not false."""
    return None if text is None or text is False or text in ("off", "never") else duration_ms(text)


def some_duration_or_off(text: object) -> int | None:
    """As `duration_or_off`, of what is longer than nothing. Raises ValueError with the mend for a bare nought."""
    if text == "0" or (text == 0 and text is not False):
        raise ValueError(f"{text!r} is too small; write more than 0, or off")
    return duration_or_off(text)


def duration_text(ms: int | None) -> str | None:
    """As `duration_or_off` reads it."""
    return None if ms is None else f"{ms}ms"


def duration_words(ms: int) -> str:
    """The duration as it is said in a sentence: `an hour`, `90 minutes`, `30 days`."""
    for unit_ms, one, many in UNITS_IN_WORDS:
        if ms % unit_ms == 0:
            return one if ms == unit_ms else f"{ms // unit_ms} {many}"
    return f"{ms} ms"


def begun(wait: int) -> str:
    """The wait as a sentence begins with it; nothing to wait for is `At once,`."""
    words = duration_words(wait) if wait else "at once"
    return words[0].upper() + words[1:]


def duration_brief(ms: int) -> str:
    """The duration as a rulebook writes it, with the largest unit that goes into it: `90s`, `36h`, `30d`."""
    largest = max((in_ms, unit) for unit, in_ms in UNITS_MS.items() if ms % in_ms == 0)
    return f"{ms // largest[0]}{largest[1]}"


def share(text: object) -> int:
    """Ten-thousandths of a share such as `10%` or `0.5%`. Raises ValueError with the mend for anything else, and for
    what is not above 0 and below 100 percent."""
    match = SHARE.match(text) if isinstance(text, str) else None
    number = Decimal(match[1]) * 100 if match is not None else Decimal(0)
    if not 0 < number < SHARE_WHOLE or number != number.to_integral_value():
        raise ValueError(f"{text!r} is no share; write percent above 0% and below 100%, such as 10% or 0.5%")
    return int(number)


def share_text(share_: int | None) -> str | None:
    """As `share` reads it."""
    return None if share_ is None else f"{Decimal(share_) / 100:f}%"


def moment_ms(said: object) -> int:
    """Milliseconds, UTC, of a date (its first instant) or of a time with its offset, as YAML or a text says them.
    Raises ValueError with the mend for anything else."""
    when = _time_of(said) if isinstance(said, str) else said
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime.combine(when, time(), UTC)
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise ValueError(f"{said!r} is no time; write a date, or a time with its offset, such as 2026-11-01T09:00:00Z")
    return round(when.timestamp() * 1000)


def _time_of(text: str) -> date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        with suppress(ValueError):
            return read(text)
    return None


def moment_text(ms: int | None) -> str | None:
    """As `moment_ms` reads it."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def moment_words(ms: int) -> str:
    """As it is said in a sentence: the date alone if it is its first instant."""
    when = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{when:%Y-%m-%d}" if not ms % DAY_MS else when.isoformat(timespec="seconds").replace("+00:00", "Z")


def amount(said: object) -> Decimal:
    """The number that is meant. Raises ValueError with the mend for anything else."""
    try:
        number = Decimal(str(said)) if isinstance(said, int | float | str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(said, bool) or not number.is_finite():
        bare = BARE.match(said) if isinstance(said, str) else None
        mend = "write a number, such as 50 or 9.90" if bare is None else f"did you mean {bare[1]}?"
        raise ValueError(f"{said!r} is no amount; {mend}")
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
    Pause = int | None
    Amount = Decimal
    Share = int | None
    Moment = int | None
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
        BeforeValidator(some_duration_or_off),
        PlainSerializer(duration_text, when_used="json"),
    ]
    Share = Annotated[Annotated[int, BeforeValidator(share)] | None, PlainSerializer(share_text, when_used="json")]
    Moment = Annotated[
        Annotated[int, BeforeValidator(moment_ms)] | None, PlainSerializer(moment_text, when_used="json")
    ]
    Pause = Annotated[
        Annotated[int, Field(ge=0)] | None,
        BeforeValidator(duration_or_off),
        PlainSerializer(duration_text, when_used="json"),
    ]
    Currency = Annotated[str | None, BeforeValidator(currency_code)]
    Amount = Annotated[Decimal, BeforeValidator(amount)]
