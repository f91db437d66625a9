"""What a person is: in which segments, stage and tier, and when that is looked at."""

from collections.abc import Iterable

from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.standing import Standing
from streams.ids import hash64
from streams.person.shelves import buying_of, standing_of
from streams.profiles.profile import NOT_AT_ALL
from streams.time.watermarks import UNKNOWN
from streams.triggers.case import Case
from streams.triggers.conditions.condition import Condition
from streams.triggers.given import OfPerson
from streams.triggers.in_force import InForce

DAILY = "daily_look"
"""What kinds hear that look at a person day by day, beside facts."""


def next_look(key: str, looked: int, in_force: InForce) -> int | None:
    """When the profile of that key is looked at next for time alone, ms: at the first of its instants after it was
    `looked` at, and after the rulebook began to ask; None if none does, or nobody is known there. The instant is the
    hash of the key over the 24 hours of a day, UTC."""
    after = max(looked, in_force.looks_since)
    if not in_force.looks or looked == NOT_AT_ALL or after <= 0:
        return None
    instant = int.from_bytes(hash64(key.encode())) % DAY_MS
    return after + DAY_MS - (after - instant) % DAY_MS


def is_new(case: Case) -> bool:
    """Whether nothing is known of the person, who is about to hear a first fact. Where the rulebook has looked from the
    beginning that is whoever was not looked at."""
    person = case.person
    if standing_of(person).by:
        return False
    return case.in_force.looks_since == UNKNOWN or not _is_known(person)


def _is_known(person: Person) -> bool:
    return person.active is not None or bool(person.orders or person.visits or person.cart or buying_of(person).others)


def find(case: Case, at: int) -> Standing:
    """What the person is as of `at`, put in the place of what they were, which comes back. Time does not go back for
    what comes late."""
    person, groups = case.person, case.opened.groups
    before = standing_of(person)
    now = max(at, before.at)
    of = OfPerson(person, now, case.rulebook, rates=case.shop.rates)
    person.standing = Standing(
        by=groups.version,
        at=now,
        looked=before.looked or now,
        segments=tuple([id_ for id_, condition in groups.segments if condition.judge(of).held]),
        stage=_first(groups.stages, of),
        tier=_first(groups.tiers, of),
        marks=before.marks if before.by == groups.version else {},
    )
    return before


def tier_at(case: Case, at: int) -> str:
    """The tier in which the person will be at `at`, ms, if nothing happens until then; "" for none."""
    return _first(case.opened.groups.tiers, OfPerson(case.person, at, case.rulebook, rates=case.shop.rates))


def _first(groups: Iterable[tuple[str, Condition]], of: OfPerson) -> str:
    return next((id_ for id_, condition in groups if condition.judge(of).held), "")


def event_id(case: Case, name: str, value: str, at: int) -> str:
    """The id of what has become of the person at that time. It says whose it is: others may become the same."""
    return f"{name}:{value}:{hash64(case.key.encode()).hex()}:{at}"
