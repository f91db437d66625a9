"""A state record, told to a person: what is known, what waits, what it waits for, and when it is forgotten."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from schemas.profile import CUSTOMER, VISITOR, Profile
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from streams.profile import summary
from streams.profile_record import decode as decode_profile
from streams.profile_record import encode
from streams.seen import HASH_BYTES
from streams.visitor_record import decode as decode_visitor
from streams.visitor_record import version_of
from streams.visitors import Visitor, next_due, unpack_times
from streams.walk import expires_at

VISITS = "visitor:"
"""What a key of the first stage is called: there it is the bare visitor id."""

Json = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Timer:
    """Something that will happen to the key unless something else happens first. `event_id` is the event that armed
    it, `anchor` that event's time; `rule` is empty for the end of a visit."""

    key: str
    kind: str
    rule: str
    rule_version: str
    due: int
    anchor: int
    event_id: str
    origin: str
    visitor: str | None


@dataclass(slots=True, frozen=True)
class Inspected:
    """One record. `version` and `size`, bytes, are those of the changelog; `expires_at` is when it is forgotten if
    nothing else happens, None for a known customer; `journal` holds the facts that time has not passed, each with the
    customer `to` whom it was forwarded; `links` say since when the visitor is whom; times in ms, UTC."""

    key: str
    version: int
    size: int
    expires_at: int | None
    timers: list[Timer]
    journal: list[Json]
    links: list[Json]
    handed_over: bool
    fired: list[Json]
    record: Json


class NoSuchKind(Exception):
    """A key that names no kind of record; the text says how to write one."""


def place_of(key: str) -> tuple[Topic, bytes]:
    """The changelog that holds the key, and what the key is called there. Raises NoSuchKind."""
    if key.startswith(VISITS) and key != VISITS:
        return Topic.SESSIONS_CHANGELOG, key.removeprefix(VISITS).encode()
    if key.startswith((VISITOR, CUSTOMER)) and len(key) > len(VISITOR):
        return Topic.CUSTOMERS_CHANGELOG, key.encode()
    raise NoSuchKind(
        f"{key!r} is no key of the state; write visitor:ID for a visitor's visits, v:ID for the profile of an unknown "
        "visitor, c:ID for a customer's"
    )


def inspect(key: str, value: bytes, rulebook: Rulebook) -> Inspected:
    """Describe the record that the changelog holds under that key. Raises NewerState."""
    if key.startswith(VISITS):
        return _visits(key, value, decode_visitor(value), rulebook)
    return _profile(key, value, decode_profile(value), rulebook)


def timers(key: str, profile: Profile) -> Iterator[Timer]:
    """The waiting episodes of a profile, the first due first."""
    for episode in sorted(profile.person.episodes, key=lambda e: (e.due, e.rule_id, e.anchor, e.origin)):
        yield Timer(
            key=key,
            kind=episode.kind.value,
            rule=episode.rule_id,
            rule_version=episode.rule_version,
            due=episode.due,
            anchor=episode.anchor,
            event_id=episode.event_id,
            origin=episode.origin,
            visitor=episode.visitor,
        )


def waits_for(key: str, mark: Mapping[str, Any]) -> tuple[int, str]:
    """How far time has come for the key by its stage's mark, ms, and by what it is held back."""
    if key.startswith(VISITS):
        return mark["watermark"], Topic.CLICKSTREAM.value
    everybody = key.startswith(CUSTOMER)
    vector = {
        name: at
        for name, at in mark["vector"].items()
        if everybody or not name.startswith(f"{Topic.PROFILE_INBOX.value}-")
    }
    slowest = min(vector, key=lambda name: (vector[name], name))
    return vector[slowest], slowest


def _profile(key: str, value: bytes, profile: Profile, rulebook: Rulebook) -> Inspected:
    waiting = list(timers(key, profile))
    expiry = None
    if not key.startswith(CUSTOMER):
        last = max([profile.touched, *(timer.due for timer in waiting)])
        expiry = expires_at(summary(profile)._replace(touched=last), rulebook.retention)
    return Inspected(
        key=key,
        version=orjson.loads(value)["version"],
        size=len(value),
        expires_at=expiry,
        timers=waiting,
        journal=[{"to": entry.to, **asdict(entry.fact)} for entry in profile.journal],
        links=[{"at": place[0], "event_id": place[2], "customer": customer} for place, customer in profile.links],
        handed_over=profile.handed_over,
        fired=[asdict(fired) for fired in profile.person.fired],
        record=orjson.loads(encode(profile)),
    )


def _visits(key: str, value: bytes, visitor: Visitor, rulebook: Rulebook) -> Inspected:
    gap, retention = rulebook.session_gap, rulebook.retention
    last = max([visitor.last_at, *(visit.end + gap for visit in visitor.visits)])
    record = asdict(visitor)
    del record["turn"]  # of the process, not of the visitor
    record["seen"] = len(record["seen"]) // HASH_BYTES
    record["older"] = len(record["older"]) // HASH_BYTES
    for visit in record["visits"]:
        visit["clicks"] = unpack_times(visit["clicks"])
        visit["products"] = list(visit["products"])
    return Inspected(
        key=key,
        version=version_of(value),
        size=len(value),
        expires_at=max(last, visitor.last_at + retention) if visitor.visits else next_due(visitor, gap, retention),
        timers=list(_ends(key, visitor, gap)),
        journal=[],
        links=[],
        handed_over=False,
        fired=[],
        record=record,
    )


def _ends(key: str, visitor: Visitor, gap: int) -> Iterator[Timer]:
    name = key.removeprefix(VISITS)
    for visit in visitor.visits:
        yield Timer(key, "visit_over", "", "", visit.end + gap, visit.end, visit.last_id, name, name)
