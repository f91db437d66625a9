"""Inactivity: no click and no order for as long as the rule waits, once per silence.

The wait counts from the last activity. A session tells its first click when it opens and its last when it closes;
while one is open nobody is inactive.
"""

from schemas.decisions import Reason
from schemas.person import Episode, Person
from schemas.rulebook import Inactivity
from schemas.triggers import Kind
from streams.memory import Change
from streams.triggers.case import Case


def observe(case: Case, rule: Inactivity, change: Change) -> None:
    """Let the silence begin anew after every activity."""
    active = case.person.active
    if change.active and active is not None:
        case.arm(rule, Kind.INACTIVITY, active.at, active.event_id, active.origin, active.visitor)


def look_again(person: Person, episode: Episode) -> Reason | None:
    """Why a due episode is no silence: there is a later activity, or a session still open."""
    returned = person.visits or (person.active is not None and person.active.at > episode.anchor)
    return Reason.RETURNED if returned else None
