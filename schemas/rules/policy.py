"""What a rulebook says about whom it may speak to, when and how often."""

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from schemas.rules.base import Category, ChannelName, Section, channel_name
from schemas.rules.words import DAY_MS, Duration, duration_brief

CAP_PER_MAX_MS = 90 * DAY_MS
"""What was sent is remembered for so long."""

CAP_MAX = 100
"""Half of what is remembered of one person (`SENDS_MAX`), so that a cap can always be counted."""

CONSENT = ("opt_out", "soft_opt_in", "opt_in")
"""What a channel may need: nothing but that nobody has refused; a purchase or consent; consent."""

MINUTES_A_DAY = 24 * 60

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CLOCK = re.compile(r"^([01]?\d|2[0-4]):([0-5]\d)$")


def clock_minute(said: object) -> int:
    """Minutes since midnight of `21:30`; `24:00` is the day's end. Raises ValueError with the mend for all else."""
    match = CLOCK.match(said) if isinstance(said, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match is not None else -1
    if not 0 <= minute <= MINUTES_A_DAY:
        raise ValueError(f"{said!r} is no time of day; write hours and minutes, such as 21:30 or 09:00")
    return minute


def clock_text(minute: int) -> str:
    """As `clock_minute` reads it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def zone_name(said: object) -> str:
    """A time zone by its name. Raises ValueError with the mend for anything else."""
    if isinstance(said, str) and said in available_timezones():
        return said
    near = get_close_matches(said, available_timezones(), n=1) if isinstance(said, str) else []
    mend = f"did you mean {near[0]!r}?" if near else "write one such as Europe/Vienna or UTC"
    raise ValueError(f"{said!r} is no time zone; {mend}")


def consent_said(said: object) -> object:
    """`opt_out`, `ignore`, or what each channel needs. Raises ValueError with the mend for anything else."""
    if said in ("opt_out", "ignore"):
        return said
    if isinstance(said, dict):
        for channel, needs in said.items():
            if needs not in CONSENT:
                near = get_close_matches(str(needs), CONSENT, n=1)
                mend = f"did you mean {near[0]!r}?" if near else f"write {', '.join(CONSENT)}"
                raise ValueError(f"{channel} cannot need {needs!r}; {mend}")
        return {channel_name(channel): needs for channel, needs in said.items()}
    raise ValueError(
        f"{said!r} is no consent; write opt_out, ignore, or what each channel needs: opt_out, soft_opt_in or opt_in, "
        "such as {email: soft_opt_in, sms: opt_in}"
    )


if TYPE_CHECKING:
    Consent = str | dict[str, str]
    Clock = int
    Zone = str
else:
    Consent = Annotated[str | dict[str, str], BeforeValidator(consent_said)]
    Clock = Annotated[int, BeforeValidator(clock_minute), PlainSerializer(clock_text, when_used="json")]
    Zone = Annotated[str, BeforeValidator(zone_name)]


class Holdout(Section):
    """Of all persons so many per cent, with up to two decimals, are sent nothing, so that it can be seen what the rest
    makes of being answered. Another `salt` draws other persons."""

    percent: Annotated[float, Field(gt=0, lt=100)]
    salt: str = ""

    @model_validator(mode="after")
    def _is_not_too_fine(self) -> Self:
        if abs(self.percent * 100 - self.buckets) > 1e-6:
            raise ValueError(f"{self.percent} per cent is finer than can be drawn; write at most two decimals")
        return self

    @property
    def buckets(self) -> int:
        """How many of 10,000 equal groups of persons are held out."""
        return round(self.percent * 100)


class QuietHours(Section):
    """When a channel is silent: on days that begin it, from one local time, inclusive, to another, exclusive. A window
    whose end is not after its begin lasts over midnight, into the next day. Without `channel` all are silent."""

    model_config = ConfigDict(serialize_by_alias=True)

    channel: ChannelName | None = None
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.begins == MINUTES_A_DAY:
            raise ValueError('quiet hours cannot begin at 24:00; write "00:00", and the next day')
        if self.begins == self.ends:
            raise ValueError(
                f"quiet hours from {clock_text(self.begins)} to the same time are none; "
                'for the whole day write from "00:00" to "24:00"'
            )
        return self


class Cap(Section):
    """At most `max` triggers to one person in any stretch of `per`, of all rules together: those of one `channel` or
    one `category`, or of all. One that is too many is dropped, or deferred until there is room."""

    max: Annotated[int, Field(ge=1, le=CAP_MAX)]
    per: Duration
    channel: ChannelName | None = None
    category: Category | None = None
    on_cap: Literal["drop", "defer"] = "drop"

    @model_validator(mode="after")
    def _is_remembered(self) -> Self:
        if self.per > CAP_PER_MAX_MS:
            raise ValueError(
                f"a cap per {duration_brief(self.per)} looks back too far; "
                f"what was sent is remembered for {duration_brief(CAP_PER_MAX_MS)}, so write at most that"
            )
        return self

    @property
    def words(self) -> str:
        """As evidence shows it: `1 per 16h of email, marketing`."""
        of = ", ".join(name for name in (self.channel, self.category) if name is not None)
        return f"{self.max} per {duration_brief(self.per)}" + (f" of {of}" if of else "")
