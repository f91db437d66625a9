"""Welcome: the first sign of a person who wants to be known; what they looked at before goes with it."""

from schemas.facts.profile_facts import FactInOrder, Happened
from schemas.outcomes.decisions import Reason
from schemas.rules.calendar import SIGNUPS
from schemas.rules.kinds import Welcome
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.change import Change
from streams.person.shelves import account_of, dealings_of
from streams.person.waiting import place_of
from streams.triggers.absence import arm_after, seen_of
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: Welcome, fact: FactInOrder, change: Change) -> None:
    """Arm at the first of what may be a sign-up; once a person. Where two become one both may wait: the first stays."""
    is_first = isinstance(fact, Happened) and fact.event in SIGNUPS and fact.at == account_of(case.person).signed_up_at
    if not is_first or rule.id in dealings_of(case.person).spoke:
        return
    waiting = case.episode(rule)
    if waiting is not None:
        if place_of(waiting) < fact.place():
            return
        case.person.episodes.remove(waiting)  # an earlier one has come to light
    assert isinstance(fact, Happened)
    arm_after(case, rule, fact, start=NO_PURCHASE, products=seen_of(case, fact), several=True)


def look_again(case: Case, episode: Episode, rule: Welcome) -> Reason | None:
    """Why a due episode is none: the person turned out to have signed up before, or to have been welcomed."""
    is_welcomed = episode.step == 1 and rule.id in dealings_of(case.person).spoke
    return Reason.SIGNED_UP_BEFORE if is_welcomed or account_of(case.person).signed_up_at < episode.anchor else None


ROW: Row = Row(
    kind="welcome",
    section=Welcome,
    hears=frozenset({Happened.fact}),
    observe=observe,
    look_again=look_again,
)
