"""What a clock and a calendar show at a time: getHours, getDayOfWeek and their like, in UTC or in a zone that is named.

They count as CEL does: months, days of the month and of the year from 0, but getDate from 1; Sunday is 0.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from schemas.base import EPOCH
from streams.time.local_time import is_zone
from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.terms import Term

SHOWN: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda at: at.year,
    "getMonth": lambda at: at.month - 1,
    "getDate": lambda at: at.day,
    "getDayOfMonth": lambda at: at.day - 1,
    "getDayOfWeek": lambda at: at.isoweekday() % 7,
    "getDayOfYear": lambda at: at.timetuple().tm_yday - 1,
    "getHours": lambda at: at.hour,
    "getMinutes": lambda at: at.minute,
    "getSeconds": lambda at: at.second,
    "getMilliseconds": lambda at: at.microsecond // 1000,
}


def shown(node: Node, of: Term, arguments: list[Term]) -> Term:
    """`of.getHours()`, `of.getHours("Europe/Vienna")`; null of null. Raises Wrong."""
    if of.kind is not Kind.TIMESTAMP:
        raise Wrong(of.node.at, f"{of.is_called()}, and {node.word} is asked of times, such as episode.due")
    read, run_of, zone = SHOWN[node.word], of.run, _zone(arguments[0]) if arguments else UTC

    def run(given: Given, element: Value) -> int | None:
        at = run_of(given, element)
        if at is None:
            return None
        try:
            return read((EPOCH + timedelta(milliseconds=at)).astimezone(zone))
        except OverflowError:
            raise Fault(node.at, f"{of.node.text} is in no year that a calendar has") from None

    return Term(node, Type(Kind.WHOLE), run)


def _zone(named: Term) -> tzinfo:
    if not named.constant or not is_zone(named.literal):
        raise Wrong(named.node.at, f'{named.node.text} is no time zone; write one such as "Europe/Vienna"')
    return ZoneInfo(named.literal)
