"""Times as programs write them that do not follow RFC 3339: read where they say their offset from UTC; nothing is
guessed.

The name of a zone is passed over beside an offset, which says it all. Alone only UTC's names say the same on every day
and on every machine.
"""

import re

from schemas.base import instant_from_text

CHARS_MAX = 100
"""No time is longer; to look for one in a longer text would take long."""

_UTC = r"Z|UTC?|GMT|ETC/UTC|ETC/GMT"
_OFFSET = r"[+-]\d\d(?::?\d\d)?"
_NAMED = rf"\s*(?P<name>{_UTC}|[A-Z]{{3,5}}|{_OFFSET}|\(.*\))"  # as Go has it; in round brackets as browsers do
_ZONED = re.compile(
    rf"(?P<moment>.*?\d)\s*(?:{_UTC}|(?:UTC|GMT)?(?P<offset>{_OFFSET})(?:{_NAMED})?)(?: M=\S+)?"  # M: Go, too
)
_BRACKETED = re.compile(r"(?P<rest>[^\[]*?)\s*\[(?P<zone>[A-Z0-9_+/-]+)\]")  # Java's
_NAMES_OF_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_NAMES_OF_MONTHS, 1)}
_DAY_OF_WEEK = r"(?:(?:MON|TUE|WED|THU|FRI|SAT|SUN),? )?"
_MONTH, _DAY, _YEAR = rf"(?P<month>{'|'.join(_MONTHS)})", r"(?P<day>\d\d?)", r"(?P<year>\d{4})"
_CLOCK = r"(?P<clock>\d\d:\d\d(?::\d\d)?)"
_OF_MAILS = re.compile(rf"{_DAY_OF_WEEK}{_DAY}[ -]{_MONTH}[ -]{_YEAR} {_CLOCK}")  # RFC 2822, and HTTP
_OF_BROWSERS = re.compile(rf"{_DAY_OF_WEEK}{_MONTH} {_DAY} {_YEAR} {_CLOCK}")


def instant_as_written(text: str) -> int:
    """Milliseconds since the epoch, UTC. Raises ValueError for what is no time, has no offset, or has two."""
    written = text.strip().upper()
    if len(written) > CHARS_MAX:
        raise ValueError("this is no time")
    try:
        return instant_from_text(written)
    except ValueError:
        return instant_from_text(_as_rfc3339(written))


def _as_rfc3339(written: str) -> str:
    zone = ""
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
    """Date and time in the order of ISO 8601. A month's name is taken for no other; a number might be a day."""
    named = _OF_MAILS.fullmatch(written) or _OF_BROWSERS.fullmatch(written)
    if named is None:
        return written
    day, month, year, clock = named.group("day", "month", "year", "clock")
    return f"{year}-{_MONTHS[month]:02}-{int(day):02}T{clock}"
