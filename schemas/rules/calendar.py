"""Rules about a day of the year: when a person's own date comes, whatever else they do."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator

from schemas.rules.base import Ask
from schemas.rules.policy import MINUTES_A_DAY, Clock, clock_text
from schemas.rules.timed import TimedRule
from schemas.rules.words import DAY_MS, DurationOrNone, duration_words

TRAITS: Final = "traits."
FIRST_ORDER, SIGNUP = "first_order", "signup"

SIGNUPS = ("subscribed", "registered", "consent_given")
"""The events of which the first is the sign-up of a person."""

LEAD_MAX_MS = 180 * DAY_MS
"""Half a year: what comes earlier is nearer to the day of the year before."""

_TRAIT = re.compile(r"^traits\.[^\W\d]\w{0,63}$")
_DAYS_IN_WORDS: Mapping[str, str] = {FIRST_ORDER: "the day of their first order", SIGNUP: "the day of their sign-up"}


def date_name(said: str) -> str:
    """Where a person's date stands. Raises ValueError with the mend for what is none."""
    if said in (FIRST_ORDER, SIGNUP) or _TRAIT.match(said):
        return said
    near = get_close_matches(said.lower(), (FIRST_ORDER, SIGNUP, "traits.birthday"), n=1)
    mend = f"did you mean {near[0]}?" if near else f"write {FIRST_ORDER}, {SIGNUP} or traits.<name>"
    raise ValueError(f"{said!r} is no date of a person; {mend}")


def whole_days(ms: int) -> int:
    """Milliseconds of whole days. Raises ValueError with the mend for anything else, and for more than half a year."""
    if ms % DAY_MS:
        raise ValueError("a lead is counted in calendar days; write whole days, such as 7d")
    if ms > LEAD_MAX_MS:
        raise ValueError(f"a lead is at most {duration_words(LEAD_MAX_MS)}")
    return ms


def minute_of_the_day(minute: int) -> int:
    """A time of that very day. Raises ValueError with the mend for the day's end."""
    if minute == MINUTES_A_DAY:
        raise ValueError('24:00 is of the next day; write "00:00", and a lead that is a day shorter')
    return minute


if TYPE_CHECKING:
    DateName = str
    Lead = int
    Minute = int
else:
    DateName = Annotated[str, AfterValidator(date_name)]
    Lead = Annotated[DurationOrNone, AfterValidator(whole_days)]
    Minute = Annotated[Clock, AfterValidator(minute_of_the_day)]


class CalendarRule(TimedRule):
    """Every year, or once, when a date of the person comes: `lead` calendar days before it, `at` that time by the
    person's own clock. In years without a 29 February that is the 28th, with `leap: mar1` the 1 March."""

    date: DateName
    every: Literal["year", "once"] = "year"
    lead: Lead = 0
    at: Minute = 9 * 60
    leap: Literal["feb28", "mar1"] = "feb28"

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """What may be a sign-up."""
        return tuple(Ask(event, None, ("date",)) for event in SIGNUPS) if self.date == SIGNUP else ()

    @cached_property
    def traits(self) -> frozenset[str]:
        """The trait that is the date."""
        return frozenset({self.date.removeprefix(TRAITS)} if self.date.startswith(TRAITS) else ())

    @property
    def longest_wait(self) -> int:
        """From the day on: that it may be a year until then does not count. A version of the rule that the rulebook has
        no more is not kept for so long; what it opened is then judged by that of today."""
        return DAY_MS + super().longest_wait

    def occasion(self) -> str:
        """In plain language."""
        day = _DAYS_IN_WORDS.get(self.date, f"the day in {self.date}")
        when = f"{duration_words(self.lead)} before {day}" if self.lead else f"on {day}"
        often = "every year" if self.every == "year" else "once"
        leap = "" if self.leap == "feb28" else "; of 29 February in other years on 1 March"
        return f"{when[0].upper()}{when[1:]}, {often}, at {clock_text(self.at)} of their own time{leap}"


class Calendar(CalendarRule):
    """A date of the person's, by its name."""

    kind: Literal["calendar"]


class Birthday(CalendarRule):
    """The person's birthday."""

    kind: Literal["birthday"]
    date: DateName = "traits.birthday"


class Anniversary(CalendarRule):
    """So many years after the person's first order."""

    kind: Literal["anniversary"]
    date: DateName = FIRST_ORDER
