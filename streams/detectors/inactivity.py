"""Inactivity: no click and no order for as long as the rule waits, once per silence.

The wait counts from the last activity. A session tells its first click when it opens and its last when it closes;
while one is open nobody is inactive.
"""

from schemas.decisions import Reason
from schemas.facts import FactInOrder, OrderPlaced, SessionClosed, SessionOpened, VisitLeft
from schemas.person import Episode, Person
from schemas.rulebook import Inactivity
from schemas.triggers import Kind
from streams.case import Case
from streams.memory import Change


def observe(case: Case, rule: Inactivity, fact: FactInOrder, change: Change) -> None:
    """Let the silence begin anew after every activity."""
    if not change.active:
        return
    if isinstance(fact, SessionOpened | SessionClosed | VisitLeft):
        origin, visitor = fact.visitor, fact.visitor
    elif isinstance(fact, OrderPlaced):
        origin, visitor = fact.visitor if fact.on_site and fact.visitor else fact.order_id, fact.visitor or ""
    else:
        return
    case.arm(rule, Kind.INACTIVITY, case.person.active_at, fact.event_id, origin, visitor or None)


def look_again(person: Person, episode: Episode) -> Reason | None:
    """Why a due episode is no silence: there is a later activity, or a session still open."""
    return Reason.RETURNED if person.visits or person.active_at > episode.anchor else None
