"""Local times as instants. A local time that a change of clocks leaves out is the first that there is after it; one
that a change brings twice is its first. All instants in ms, UTC."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

INSTANTS_MAX = 4096
"""How many instants are kept at hand: some days and windows of a shop in many zones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)


_FROM_UTC = re.compile(r"(?:utc|gmt)?(?P<sign>[+-])(?P<hours>0?\d|1[0-4])(?::?(?P<minutes>[0-5]\d))?", re.ASCII)

_AGAINST = {"+": "-", "-": "+"}
"""Zones are named after POSIX, which counts hours to the west of Greenwich: UTC+2 is `Etc/GMT-2`."""

_OF_NO_WHOLE_HOURS: Mapping[tuple[str, int, int], str] = {
    ("+", 3, 30): "Asia/Tehran",
    ("+", 4, 30): "Asia/Kabul",
    ("+", 5, 30): "Asia/Kolkata",
    ("+", 5, 45): "Asia/Kathmandu",
    ("+", 6, 30): "Asia/Yangon",
    ("+", 8, 45): "Australia/Eucla",
    ("+", 9, 30): "Australia/Darwin",
    ("-", 9, 30): "Pacific/Marquesas",
}
"""Where the clock shows so much more or less than in UTC, all year."""


@cache
def _zones() -> Mapping[str, str]:
    """The names of all time zones, and each in small letters."""
    names = sorted(available_timezones())
    return {name.casefold(): name for name in names} | {name: name for name in names}


def is_zone(name: Any) -> bool:
    """Whether it is the name of a time zone, as it is written."""
    return isinstance(name, str) and _zones().get(name) == name


def zone_named(said: Any) -> str | None:
    """The time zone that programs call so: by its name, in any case and with blanks, or by how far it is from UTC
    (`+02:00`, `GMT-3`, `+05:30`), where some clock is so far from it all year. None of what is none."""
    if not isinstance(said, str):
        return None
    plain = "_".join(said.split())
    named = _zones().get(plain) or _zones().get(plain.casefold())
    if named is not None:
        return named
    fixed = _FROM_UTC.fullmatch(plain.casefold())
    if fixed is None:
        return None
    sign, hours, minutes = fixed["sign"], int(fixed["hours"]), int(fixed["minutes"] or 0)
    if minutes:
        return _OF_NO_WHOLE_HOURS.get((sign, hours, minutes))
    return _zones().get(f"Etc/GMT{_AGAINST[sign]}{hours}")


def local_day(at: int, zone: str) -> date:
    """Which day it is in the zone at that instant."""
    return (_EPOCH + at * _MS).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=INSTANTS_MAX)
def instant_of(day: date, minute: int, zone: str) -> int:
    """When it is so many minutes after that day's midnight, by the clock on the wall in the zone; 1440 is the next
    midnight."""
    clock = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    local = clock.replace(tzinfo=ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) != clock:
        instant = _change_of_clocks(local.replace(fold=1).astimezone(UTC), instant, zone)
    return (instant - _EPOCH) // _MS


def _change_of_clocks(before: datetime, after: datetime, zone: str) -> datetime:
    """The first second after `before`, not later than `after`, at which the zone's offset is that of `after`."""
    there = ZoneInfo(zone)
    offset = after.astimezone(there).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(there).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
