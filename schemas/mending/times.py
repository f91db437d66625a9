"""Times as programs write them that do not follow RFC 3339: read where they say their offset from UTC; nothing is
guessed.

The name of a zone is passed over beside an offset, which says it all. Alone only UTC's names say the same on every day
and on every machine.
"""

import re

from schemas.base import instant_from_text
from schemas.ids import cleaned

CHARS_MAX = 100
"""No time is longer; to look for one in a longer text would take long."""

_MINUS = "\u2212"  # as ISO 8601 would have it

_UTC = r"Z|UTC?|GMT|ETC/UTC|ETC/GMT"
_OFFSET = r"[+-]\d\d(?::?\d\d)?"
_NAMED = rf"\s*(?P<name>{_UTC}|[A-Z]{{3,5}}|{_OFFSET}|\(.*\))"  # as Go has it; in round brackets as browsers do
_ZONED = re.compile(
    rf"(?P<moment>.*?(?:\d|[AP]M))\s*(?:{_UTC}|(?:UTC|GMT)?(?P<offset>{_OFFSET})(?:{_NAMED})?)(?: M=\S+)?"  # M: Go, too
)
_BRACKETED = re.compile(r"(?P<rest>[^\[]*?)\s*\[(?P<zone>[A-Z0-9_+/-]+)\]")  # Java's
_NAMES_OF_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_NAMES_OF_MONTHS, 1)}
_DAY_OF_WEEK = r"(?:(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*,? )?"
_MONTH, _DAY, _YEAR = rf"(?P<month>{'|'.join(_MONTHS)})[A-Z]*", r"(?P<day>\d\d?)", r"(?P<year>\d{4})"
_CLOCK = r"(?P<hour>\d\d?)(?P<rest>:\d\d(?::\d\d(?:[.,]\d+)?)?)(?: ?(?P<half>[AP])M)?"
_WRITINGS = tuple(
    re.compile(writing, re.ASCII)
    for writing in (
        rf"{_YEAR}(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign){_DAY}[T ]{_CLOCK}",  # by number alone the year comes first
        rf"{_DAY_OF_WEEK}{_DAY}[ /-]{_MONTH}[ /-]{_YEAR}[ :]{_CLOCK}",  # mails (RFC 2822), HTTP, logs of servers
        rf"{_DAY_OF_WEEK}{_MONTH} {_DAY},? {_YEAR},?(?: AT)? {_CLOCK}",  # browsers, JavaScript's and Java's long forms
    )
)
_OF_UNIX = re.compile(rf"(?P<day>{_DAY_OF_WEEK}[A-Z]{{3}} \d\d?) (?P<clock>[\d:]+) (?P<zone>{_UTC}|{_OFFSET}) {_YEAR}")


def instant_as_written(text: str) -> int:
    """Milliseconds since the epoch, UTC. Raises ValueError for what is no time, has no offset, or has two."""
    if len(text) > CHARS_MAX:
        raise ValueError("this is no time")
    written = cleaned(text).upper()
    try:
        return instant_from_text(written)
    except ValueError:
        return instant_from_text(_as_rfc3339(" ".join(written.replace(_MINUS, "-").split())))


def _as_rfc3339(written: str) -> str:
    zone, of_unix = "", _OF_UNIX.fullmatch(written)
    if of_unix is not None:  # its zone stands before the year
        written = "{day} {year} {clock} {zone}".format_map(of_unix.groupdict())
    bracketed = _BRACKETED.fullmatch(written)
    if bracketed is not None:
        written, zone = bracketed.group("rest", "zone")
    zoned = _ZONED.fullmatch(written)
    if zoned is None and re.fullmatch(_UTC, zone):
        zoned = _ZONED.fullmatch(written + "Z")
    if zoned is None:
        raise ValueError("the time has no offset")
    offset, name = zoned.group("offset") or "Z", zoned.group("name") or ""
    if offset.strip("+-0:") not in ("", "Z") and (re.fullmatch(_UTC, zone) or re.fullmatch(_UTC, name)):
        raise ValueError("the time has two offsets")
    return _moment(zoned.group("moment")) + offset


def _moment(written: str) -> str:
    """Date and time in the order of ISO 8601. A month's name is taken for no other; a number might be a day, but behind
    the year."""
    found = next(filter(None, (writing.fullmatch(written) for writing in _WRITINGS)), None)
    if found is None:
        return written
    day, month, year, rest = found.group("day", "month", "year", "rest")
    number = _MONTHS.get(month) or int(month)
    return f"{year}-{number:02}-{int(day):02}T{_hour(int(found['hour']), found['half']):02}{rest}"


def _hour(said: int, half: str | None) -> int:
    """The hour of a day, of which twelve make a half."""
    if half is None:
        return said
    if not 1 <= said <= 12:
        raise ValueError("a half of a day has twelve hours")
    return said % 12 + (12 if half == "P" else 0)
