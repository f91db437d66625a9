"""A state record, told to a person: what is known, what waits, what it waits for, and when it is forgotten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict as fields_of

from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER, VISITOR, Entry, Profile
from schemas.topics import Topic
from streams.profiles.aside import is_note
from streams.profiles.profile import summary
from streams.profiles.profile_record import decode as decode_profile
from streams.profiles.profile_record import version_of as profile_version
from streams.profiles.walk import expires_at
from streams.visits.fresh_clicks import as_namings, as_places
from streams.visits.seen import HASH_BYTES
from streams.visits.visitor_record import decode as decode_visitor
from streams.visits.visitor_record import version_of
from streams.visits.visitors import Visit, Visitor, unpack_times

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
    nothing else happens; `journal` holds the facts that time has not passed, each with the
    customer `to` whom it was forwarded; `links` say since when the visitor is whom; times in ms, UTC."""

    key: str
    version: int
    size: int
    expires_at: int
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
    if len(key) > len(VISITOR):
        name = key[len(VISITOR) :].encode()
        if key.startswith(VISITOR):
            return Topic.SESSIONS_CHANGELOG, name
        if key.startswith(CUSTOMER):
            return Topic.CUSTOMERS_CHANGELOG, name
    raise NoSuchKind(f"{key!r} is no key of the state; write v:ID for a visitor, c:ID for a customer")


def inspect(key: str, value: bytes, rulebook: Rulebook) -> Inspected:
    """Describe the record that the changelog holds under that key. Raises UnreadableState."""
    if key.startswith(VISITOR):
        return _visitor(key, value, decode_visitor(value), rulebook)
    profile = decode_profile(value)
    return _inspected(key, profile_version(value), len(value), profile, 0, list(timers(key, profile)), rulebook, {})


def timers_of(topic: Topic, name: bytes, value: bytes) -> Iterator[Timer]:
    """The waiting episodes of a record of that changelog, the first due first. Raises UnreadableState."""
    if is_note(value):
        return
    if topic is Topic.CUSTOMERS_CHANGELOG:
        yield from timers(CUSTOMER + name.decode(), decode_profile(value))
    elif (held := decode_visitor(value).profile) is not None:
        yield from timers(VISITOR + name.decode(), _live(held))


def timers(key: str, profile: Profile) -> Iterator[Timer]:
    """The waiting episodes of a profile, the first due first."""
    for episode in sorted(profile.person.episodes, key=lambda e: (e.due, e.rule_id, e.anchor, e.origin)):
        yield Timer(
            key=key,
            kind=episode.kind,
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
    vector = dict(mark["vector"])
    if key.startswith(VISITOR):
        vector[Topic.CLICKSTREAM.value] = mark["watermark"]
    slowest = min(vector, key=lambda name: (vector[name], name))
    return vector[slowest], slowest


def _visitor(key: str, value: bytes, visitor: Visitor, rulebook: Rulebook) -> Inspected:
    gap = rulebook.session_gap
    profile = Profile() if visitor.profile is None else _live(visitor.profile)
    last = max([visitor.last_at, *(visit.end + gap for visit in visitor.visits)])
    visits = {of.name: getattr(visitor, of.name) for of in fields(visitor)}
    del visits["turn"]  # of the process, not of the visitor
    del visits["profile"]
    visits["visits"] = [_visit(visit) for visit in visitor.visits]
    visits["seen"] = len(visits["seen"]) // HASH_BYTES
    visits["older"] = len(visits["older"]) // HASH_BYTES
    waiting = [*_ends(key, visitor, gap), *timers(key, profile)]
    return _inspected(key, version_of(value), len(value), profile, last, waiting, rulebook, visits)


def _visit(visit: Visit) -> Json:
    said: Json = {of.name: getattr(visit, of.name) for of in fields(visit)}
    for times in ("clicks", "beyond", "carts"):
        said[times] = unpack_times(said[times])
    return said | {
        "products": list(visit.products),
        "fresh": as_places(visit.fresh),
        "namings": as_namings(visit.namings),
    }


def _live(held: Profile | bytes) -> Profile:
    return decode_profile(held) if isinstance(held, bytes) else held


def _inspected(
    key: str,
    version: int,
    size: int,
    profile: Profile,
    last: int,
    waiting: list[Timer],
    rulebook: Rulebook,
    visits: Json,
) -> Inspected:
    """`last` is the last that is known beside the profile, ms; `visits` what the record holds beside it."""
    touched = max([last, profile.touched, *(timer.due for timer in waiting)])
    return Inspected(
        key=key,
        version=version,
        size=size,
        expires_at=expires_at(key, summary(profile)._replace(touched=touched), rulebook),
        timers=waiting,
        journal=[{"to": entry.to, "fact": entry.fact.fact, **told(entry.fact)} for entry in profile.journal],
        links=[{"at": place[0], "event_id": place[2], "customer": customer} for place, customer in profile.links],
        handed_over=profile.handed_over,
        fired=[told(fired) for fired in profile.person.fired],
        record=visits | told(profile),
    )


def told(kept: Any) -> Any:
    """A record of state with the names of its fields, at all depths; bytes, such as hashes, in hexadecimal."""
    if isinstance(kept, bytes):
        return kept.hex()
    if isinstance(kept, Profile):
        return {of.name: told(getattr(kept, of.name)) for of in fields(kept)}
    if isinstance(kept, Entry):
        return {"fact": told(kept.fact), "to": kept.to, "size": kept.size}
    if isinstance(kept, Struct):
        return {name: told(inner) for name, inner in fields_of(kept).items()}
    if isinstance(kept, dict):
        return {name: told(inner) for name, inner in kept.items()}
    return [told(inner) for inner in kept] if isinstance(kept, list | tuple) else kept


def _ends(key: str, visitor: Visitor, gap: int) -> Iterator[Timer]:
    name = key.removeprefix(VISITOR)
    for visit in visitor.visits:
        yield Timer(key, "visit_over", "", "", visit.end + gap, visit.end, visit.last_id, name, name)
