"""Looking at a person, after every fact and once a day: what has changed since the last look is told to the rules.

It is told at once, as events of the person: `segment_left`, `segment_entered`, `stage_changed`, `tier_left`,
`tier_entered`, in this order, those of segments in the rulebook's.

Of somebody new there was nothing before, so the first look tells of all that they are. Of somebody who is known, but
was never looked at by the groups of today's rulebook, the first look tells nothing: a rulebook changes nobody, and what
people have long been is no news.
"""

from collections.abc import Iterator
from typing import Any

from schemas.facts.profile_facts import Became, FactInOrder
from schemas.rules.events import BECOMES
from schemas.state.standing import Standing
from streams.person.change import NOTHING
from streams.person.shelves import own_standing, standing_of
from streams.triggers.case import Case
from streams.triggers.kinds import ROWS
from streams.triggers.row import shown
from streams.triggers.standing import DAILY, event_id, find, is_new


def before(case: Case, fact: FactInOrder) -> bool:
    """Before a fact is folded: whether it is the first of somebody new. Who is known, and was not looked at by today's
    groups, is found to be what they are."""
    if is_new(case):
        return True
    if standing_of(case.person).by != case.opened.groups.version:
        find(case, fact.at)
    return False


def look(case: Case, at: int, *, new: bool = False) -> None:
    """Look at the person as of `at`, ms."""
    then = find(case, at)
    if then.by == case.opened.groups.version or (new and not then.by):
        for name, value in _changes(case, then, standing_of(case.person)):
            _tell(case, name, value)


def look_daily(case: Case, at: int) -> None:
    """The daily look: the same, and what kinds look for themselves that look day by day."""
    look(case, at)
    standing = own_standing(case.person)
    standing.looked = at
    rules = case.opened.hearing(DAILY, case.key)
    for rule in rules:
        if (daily := ROWS[rule.kind].look_daily) is not None:
            daily(case, rule, at)
    if standing.marks:
        ids = {rule.id for rule in rules}
        standing.marks = {id_: mark for id_, mark in standing.marks.items() if id_ in ids}


def _changes(case: Case, then: Standing, now: Standing) -> Iterator[tuple[str, str]]:
    if then.segments != now.segments:
        ids = [id_ for id_, _ in case.opened.groups.segments]
        yield from (("segment_left", id_) for id_ in ids if id_ in then.segments and id_ not in now.segments)
        yield from (("segment_entered", id_) for id_ in now.segments if id_ not in then.segments)
    if then.stage != now.stage:
        yield "stage_changed", now.stage
    if then.tier != now.tier:
        if then.tier:
            yield "tier_left", then.tier
        if now.tier:
            yield "tier_entered", now.tier


def _tell(case: Case, name: str, value: str) -> None:
    """Show the rules what the person has become."""
    at = standing_of(case.person).at
    said: dict[str, Any] = {"occurred_at": at} | ({BECOMES[name]: value} if value else {})
    fact = Became(at, event_id(case, name, value, at), None, name, on_site=False, said=said)
    for rule in case.opened.hearing(Became.fact, case.key):
        shown(ROWS[rule.kind], case, rule, fact, NOTHING)
