"""What was wrong or odd about a line, in words for whoever has the file at hand: which field, what it should be, and
which name was perhaps meant.

A stage says no more than which field it is, and never quotes what it says: that goes into dead letters and logs. Here
names of fields and types of events are quoted, ids and times are not.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any

import orjson

from agents.replay.no_record import seen_as
from schemas.mending.catalog import CATALOG
from schemas.mending.lines import LINE
from schemas.mending.records import CLICK, CLICK_TYPES, ENGAGEMENT, ENGAGEMENT_TYPES, ORDER, ORDER_TYPES
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.json_text import Said, parse
from schemas.topics import Topic

NAMES_MAX = 20
"""So many details of one reason are told apart. In a feed whose names are data there is no end of them."""

QUOTED_CHARS_MAX = 40
WRITE_A_TIME = "write it as 2026-01-31T09:30:00Z, or in milliseconds as 1769851800000"

_NAMES = {
    topic: frozenset(shape.names)
    for topic, shape in (
        (Topic.CLICKSTREAM, CLICK),
        (Topic.ORDERS, ORDER),
        (Topic.ENGAGEMENTS, ENGAGEMENT),
        (Topic.CATALOG, CATALOG),
    )
}
_TYPES = {Topic.CLICKSTREAM: CLICK_TYPES, Topic.ORDERS: ORDER_TYPES, Topic.ENGAGEMENTS: ENGAGEMENT_TYPES}
_WITH_LINES = (Topic.CLICKSTREAM, Topic.ORDERS)
OPTIONS = {
    Topic.CLICKSTREAM: "--clicks",
    Topic.ORDERS: "--orders",
    Topic.ENGAGEMENTS: "--engagements",
    Topic.CATALOG: "--catalog",
}
"""By which option the records of a topic are given."""

_MEANT = {
    "lines": "a list",
    "traits": "an object",
    "properties": "an object",
    "context": "an object",
    "quantity": "a number",
}
_TEXT_WITHOUT_OFFSET = re.compile(r"\s*\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d(:\d\d([.,]\d+)?)?)?\s*", re.IGNORECASE)


def refused(topic: Topic, reason: str, detail: str, value: bytes) -> str:
    """Why the line was refused that says `value`, the stage having said `detail` for that reason."""
    if reason in (Rejection.MALFORMED, Rejection.NOT_OBJECT):
        return seen_as(value) or detail
    if reason not in (Rejection.TIME, Rejection.TYPE, Rejection.MISSING):
        return detail
    said = _object(value)
    elsewhere = _topic_of(said.get("type"))
    if elsewhere is not None and elsewhere is not topic:
        return f"{detail}; it is a record of {elsewhere}: give the file by {OPTIONS[elsewhere]}"
    return _refused_for(detail, reason, said, topic)


def _refused_for(detail: str, reason: str, said: dict[str, Any], topic: Topic) -> str:
    """The same where a field of the record is at fault."""
    field = detail.partition(":")[0]
    if not re.fullmatch(r"\w+( or \w+)*", field):
        return detail
    told = said.get(field)
    wrong = detail
    if told is None and " or " not in field:
        wrong = f"{field}: is missing{_within(field, said) or _meant_by(field, said, topic)}"
    elif reason == Rejection.MISSING:
        wrong = f"{detail}{_meant_by(field.partition(' or ')[0], said, topic)}"
    elif reason == Rejection.TYPE:
        wrong = f"{field}: is {_kind_of(told)}, and has to be {_MEANT.get(field, 'a text')}"
    elif isinstance(told, list | dict | bool):
        wrong = f"{field}: is {_kind_of(told)}, and has to be a time"
    elif isinstance(told, str):
        wrong = f"{field}: {'has no offset from UTC' if _TEXT_WITHOUT_OFFSET.fullmatch(told) else 'is no time'}"
    elif "seconds" in detail:
        wrong = f"{field}: is in seconds since the epoch"
    if reason != Rejection.TIME:
        return wrong
    return f"{wrong} {WRITE_A_TIME[0].upper()}{WRITE_A_TIME[1:]}" if wrong.endswith("?") else f"{wrong}; {WRITE_A_TIME}"


def unknown_type(topic: Topic, value: bytes) -> Iterator[str]:
    """Which type it is, and which may have been meant."""
    told = _object(value).get("type")
    known = _TYPES[topic]
    elsewhere = _topic_of(told)
    if elsewhere is not None:
        yield f"{_quoted(told)}: ignored, a type of {elsewhere}; give such records by {OPTIONS[elsewhere]}"
        return
    near = get_close_matches(str(told).lower(), known, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(sorted(known))}"
    yield f"{_quoted(told)}: ignored, a type that this version does not know; {mend}"


def _topic_of(told: object) -> Topic | None:
    """The topic that has records of that type."""
    return next((topic for topic, types in _TYPES.items() if isinstance(told, str) and told in types), None)


def unknown_field(topic: Topic, value: bytes) -> Iterator[str]:
    """Which fields nobody knows, and which may have been meant: one that the record does not have."""
    said = _object(value)
    yield from _unknown(said, _NAMES[topic], "")
    lines = said.get("lines")
    if topic in _WITH_LINES and isinstance(lines, list):
        of_lines = [
            each for line in lines if isinstance(line, dict) for each in _unknown(line, LINE.names, " of a line")
        ]
        yield from dict.fromkeys(of_lines)


EXPLAINED: dict[Oddity, Callable[[Topic, bytes], Iterator[str]]] = {
    Oddity.UNKNOWN_TYPE: unknown_type,
    Oddity.UNKNOWN_FIELD: unknown_field,
}
"""The oddities of which there is more to say than their name."""


def _unknown(said: dict[str, Any], known: Iterable[str], where: str) -> Iterator[str]:
    known = frozenset(known)
    for name in said:
        if name not in known:
            near = _nearest(name, known - said.keys())
            mend = f"; did you mean {near!r}?" if near else ""
            yield f"{_quoted(name)}{where}: applied without this field, which this version does not know{mend}"


def _within(field: str, said: dict[str, Any]) -> str:
    """Where the field stands, if the record lies in another one."""
    for name, value in said.items():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str) and first.startswith("{"):
            first = _object(first.encode())
        if isinstance(first, dict) and field in first:
            return f"; it stands within {_quoted(name)}, and a record has to stand for itself"
    return ""


def _meant_by(field: str, said: dict[str, Any], topic: Topic) -> str:
    near = _nearest(field, [name for name in said if name not in _NAMES[topic]])
    return f"; did you mean it by {_quoted(near)}?" if near else ""


def _nearest(name: str, names: Iterable[str]) -> str | None:
    plain = {_plain(known): known for known in names}
    near = get_close_matches(_plain(name), plain, n=1, cutoff=0.85)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _quoted(text: object) -> str:
    told = text if isinstance(text, str) else orjson.dumps(text).decode()
    return repr(told if len(told) <= QUOTED_CHARS_MAX else told[:QUOTED_CHARS_MAX] + "…")


def _kind_of(value: object) -> str:
    for kind, word in ((bool, "true or false"), (int | float, "a number"), (list, "a list"), (dict, "an object")):
        if isinstance(value, kind):
            return word
    return "a text"


def _object(value: bytes) -> dict[str, Any]:
    """The object that the line says; nothing of one that says none, or was cut."""
    try:
        said = orjson.loads(value)
    except orjson.JSONDecodeError:  # perhaps good, and only not the usual
        told = parse(value)
        said = dict(told) if isinstance(told, Said) else None
    return said if isinstance(said, dict) else {}
