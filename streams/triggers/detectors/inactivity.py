"""Inactivity: no click and no order for as long as the rule waits, once per silence.

The wait counts from the last activity. A session tells its first click when it opens and its last when it closes;
while one is open nobody is inactive.
"""

from typing import Final

from schemas.facts.profile_facts import (
    CLICK,
    ORDER,
    FactInOrder,
    OrderPlaced,
    OrderTold,
    SessionClosed,
    SessionOpened,
    VisitLeft,
)
from schemas.outcomes.decisions import Reason
from schemas.rules.kinds import Inactivity
from schemas.state.person import Episode
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: Inactivity, fact: FactInOrder, change: Change) -> None:
    """Let the silence begin anew after every activity."""
    active = case.person.active
    if change.active and active is not None:
        for run in case.waiting(rule):
            if run.step > 1 and active.at > run.anchor:
                case.end(run, Reason.RETURNED)
        # An order of the feed comes after the clicks of its instant, and stems from itself.
        class_ = CLICK if active.origin == active.visitor else ORDER
        case.arm(rule, active.at, active.event_id, active.origin, active.visitor, class_=class_)


def look_again(case: Case, episode: Episode, rule: Inactivity) -> Reason | None:
    """Why a due episode is no silence: there is a later activity, or a session still open."""
    person = case.person
    returned = person.visits or (person.active is not None and person.active.at > episode.anchor)
    return Reason.RETURNED if returned else None


ROW: Final[Row] = Row(
    kind="inactivity",
    section=Inactivity,
    hears=frozenset({SessionOpened.fact, SessionClosed.fact, VisitLeft.fact, OrderPlaced.fact, OrderTold.fact}),
    observe=observe,
    look_again=look_again,
)
