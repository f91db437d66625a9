"""Dates that people tell of themselves: as they write them, and as days of a year.

Read are 1990-05-17, with or without a time behind it, and without a year 05-17 and --05-17. The year 0000 is none.
Where the year comes first, the day comes last: 1990/05/17, 1990.5.17, and the short forms of ISO 8601, 19900517 and
--0517, say the same. So do 17 May 1990 and May 17, 1990: a month's name is taken for no other.

Programs that know a day as the instant at which it begins write that in UTC, and the day before it may stand there:
1990-05-16T22:00:00Z is 17 May to whom it is midnight by the clock on the wall.
"""

import re
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

YEAR_MAX = 9990
"""Later years are nobody's, and too near to the last that can be written."""

_A_LEAP_YEAR = 2000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_WRITINGS = tuple(
    re.compile(writing + r"(?:[T ].*)?", re.ASCII | re.IGNORECASE)
    for writing in (
        r"(?P<year>\d{4})(?P<sign>[-/.]?)(?P<month>\d\d)(?P=sign)(?P<day>\d\d)",
        r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign)(?P<day>\d\d?)",
        r"(?P<year>)(?:--)?(?P<month>\d\d)-(?P<day>\d\d)",
        r"(?P<year>)--(?P<month>\d\d)(?P<day>\d\d)",
        rf"{_WEEKDAY}(?P<day>\d\d?)\.?[ -]{_NAMED}[ -](?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_NAMED} (?P<day>\d\d?),? (?P<year>\d{{4}})",
    )
)
_AN_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.0{1,9})?)?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)


class DateSaid(NamedTuple):
    """A day of the year, and the year if one was told."""

    year: int | None
    month: int
    day: int

    def in_year(self, year: int, leap: Literal["feb28", "mar1"]) -> date:
        """The day in that year: of 29 February, where there is none, what `leap` says."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, 2, 28) if leap == "feb28" else date(year, 3, 1)


def read_date(value: Any, zone: str) -> DateSaid | None:
    """What a trait of a person who is in that time zone says as a date; None if it is none."""
    text = value.strip() if isinstance(value, str) else ""
    if _AN_INSTANT.fullmatch(text):
        text = _beginning(text, zone)
    match = next(filter(None, [writing.fullmatch(text) for writing in _WRITINGS]), None)
    if match is None:
        return None
    year, month, day = int(match["year"] or 0), _month(match["month"]), int(match["day"])
    try:
        date(year or _A_LEAP_YEAR, month, day)
    except ValueError:
        return None
    return DateSaid(year or None, month, day) if year <= YEAR_MAX else None


def _month(said: str) -> int:
    return int(said) if said.isdecimal() else _MONTHS.index(said.lower()) + 1


def _beginning(text: str, zone: str) -> str:
    """The day that begins at that instant in the zone; where none does, the text as it is."""
    try:
        there = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        return text
    return there.date().isoformat() if (there.hour, there.minute, there.second) == (0, 0, 0) else text
