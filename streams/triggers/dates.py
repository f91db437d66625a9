"""Dates that people tell of themselves: as they write them, and as days of a year.

Read are 1990-05-17, with or without a time behind it, and without a year 05-17 and --05-17. The year 0000 is none.
Where the year comes first, the day comes last: 1990/05/17, 1990.05.17, and the short forms of ISO 8601, 19900517 and
--0517, say the same.
"""

import re
from datetime import date
from typing import Any, Literal, NamedTuple

YEAR_MAX = 9990
"""Later years are nobody's, and too near to the last that can be written."""

_A_LEAP_YEAR = 2000
_WRITINGS = tuple(
    re.compile(writing + r"(?:[T ].*)?", re.ASCII)
    for writing in (
        r"(?P<year>\d{4})(?P<sign>[-/.]?)(?P<month>\d\d)(?P=sign)(?P<day>\d\d)",
        r"(?P<year>)(?:--)?(?P<month>\d\d)-(?P<day>\d\d)",
        r"(?P<year>)--(?P<month>\d\d)(?P<day>\d\d)",
    )
)


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


def read_date(value: Any) -> DateSaid | None:
    """What a trait says as a date; None if it is none."""
    text = value.strip() if isinstance(value, str) else ""
    match = next(filter(None, [writing.fullmatch(text) for writing in _WRITINGS]), None)
    if match is None:
        return None
    year, month, day = int(match["year"] or 0), int(match["month"]), int(match["day"])
    try:
        date(year or _A_LEAP_YEAR, month, day)
    except ValueError:
        return None
    return DateSaid(year or None, month, day) if year <= YEAR_MAX else None
