"""The ground that every wire model stands on: frozen models, ids, instants and money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints

from schemas.events.currencies import DIGITS

ID_CHARS_MAX = 256
TEXT_CHARS_MAX = 4096
LINES_MAX = 500
QUANTITY_MAX = 1_000_000_000
QUANTITY_PLACES = 3
"""A kilogram in grams, a metre in millimetres: what shops weigh and measure."""

MONEY_MAX = 10_000_000_000_000
"""The largest amount: with two decimals it has the 15 digits that every JSON reader holds, and in the smallest unit of
any currency it fits 64 bits. 1,200,000,000 IRR is a price."""

SECONDS_FROM: Final = 946_684_800
SECONDS_TO: Final = 4_102_444_800
"""The years 2000 to 2100 in seconds. As milliseconds they are days of early 1970, so such a whole number is seconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_OF_NO_ZONE = EPOCH.replace(tzinfo=None)  # a time without a zone is written in two thirds of the time
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
INSTANT_MS_MAX = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last that RFC 3339 can write


class Wire(BaseModel):
    """A record as it stands on a topic: frozen, strict about types, lenient about fields it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", ser_json_inf_nan="null")


def ms_from_rfc3339(text: str) -> int:
    """Milliseconds since the epoch, UTC, of an RFC 3339 time; what is finer than a millisecond is cut off.

    Raises ValueError for a text that is no time, or a time without an offset: a guess would be hours wrong. An hour 24
    and a leap second are no times either.
    """
    moment = datetime.fromisoformat(text)
    if moment.hour == 0 and text[11:13] == "24":
        raise ValueError("there is no hour 24; write 00:00 of the next day")  # newer Pythons read it
    if moment.tzinfo is None:
        raise ValueError("the time has no offset; write 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00")
    return (moment - EPOCH) // MILLISECOND


def instant_from_text(text: str) -> int:
    """As `ms_from_rfc3339`, and refuses what is not after 1970-01-01T00:00:00Z, or beyond the year 9999."""
    ms = ms_from_rfc3339(text)
    if not 0 < ms <= INSTANT_MS_MAX:
        raise ValueError("the time is not after 1970-01-01T00:00:00Z, or beyond the year 9999")
    return ms


def are_seconds(instant: int) -> bool:
    """Whether a time that was told as a whole number is one of our days in seconds, and not in milliseconds."""
    return SECONDS_FROM <= instant <= SECONDS_TO


def pieces(quantity: float | Decimal) -> int | Decimal:
    """The quantity that a number with a point says: a whole one as an integer. Raises ValueError where it has more
    than three decimals."""
    exact = Decimal(repr(quantity)) if isinstance(quantity, float) else quantity
    if exact == exact.to_integral_value():
        return int(exact)
    if exact != round(exact, QUANTITY_PLACES):
        raise ValueError("a quantity has at most three decimals")
    return exact


def instant_of(said: object) -> int:
    """The milliseconds of a time as the contract has it: RFC 3339, or a whole number of milliseconds. Raises ValueError
    for all else, also for what is mended elsewhere."""
    if isinstance(said, str):
        return instant_from_text(said)
    if not isinstance(said, int) or said is True or not 0 < said <= INSTANT_MS_MAX or are_seconds(said):
        raise ValueError("this is no time")
    return said


def rfc3339_from_ms(ms: int) -> str:
    """The UTC time in RFC 3339 with exactly three decimals, for example `2026-01-31T12:00:00.000Z`."""
    hour, rest = divmod(ms, 3_600_000)
    return f"{_hour(hour)}:{rest // 60_000:02}:{rest // 1000 % 60:02}.{rest % 1000:03}Z"


@lru_cache(100)
def _hour(number: int) -> str:
    """Date and hour, counted from the epoch. Those of triggers are few."""
    return (_EPOCH_OF_NO_ZONE + number * HOUR).isoformat(timespec="hours")


if TYPE_CHECKING:
    # A field of one of these types *is* the plain type once validated; mypy need not know how it was spelt.
    Instant = int
    Money = Decimal
    SignedMoney = Decimal
    Currency = str
    Quantity = int | Decimal
    SignedQuantity = int | Decimal
else:
    Instant = Annotated[
        Annotated[int, Strict(), Field(gt=SECONDS_TO, le=INSTANT_MS_MAX)]
        | Annotated[int, Strict(), Field(gt=0, lt=SECONDS_FROM)]
        | Annotated[str, AfterValidator(instant_from_text)],
        Field(description="RFC 3339 with offset, or milliseconds since the epoch; seconds are refused"),
    ]
    Money = Annotated[
        Decimal, Field(strict=False, ge=0, le=MONEY_MAX, description="a decimal, as JSON number or string")
    ]
    SignedMoney = Annotated[Decimal, Field(strict=False, ge=-MONEY_MAX, le=MONEY_MAX)]
    Currency = Literal[tuple(sorted(DIGITS))]

    def _quantity(least: int) -> object:
        bounds = Field(ge=least, le=QUANTITY_MAX)
        told = Field(description="whole pieces, or up to three decimals of a kilogram, a metre …")
        return Annotated[
            Annotated[int, Strict(), bounds] | Annotated[float, Strict(), bounds, AfterValidator(pieces)], told
        ]

    Quantity = _quantity(0)
    SignedQuantity = _quantity(-QUANTITY_MAX)

# Control characters would travel into Kafka keys, headers and log lines. JSON can say most of them only by an escape,
# so `schemas.reading.wire` looks for them where there is one, and the contract says what is refused.
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=ID_CHARS_MAX),
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$"}),
]
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARS_MAX)]
Version = Annotated[str, StringConstraints(pattern=r"^1(\.[0-9]+)?$")] | Literal[1]
"""The major version of a contract that a producer writes by; minor ones only add fields."""
Extras = dict[str, Any]
