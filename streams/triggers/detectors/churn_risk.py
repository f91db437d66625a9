"""Churn risk: the probability that somebody still buys has fallen through a threshold, and enough is at stake.

It is asked at each daily look, and falls through if it was not below at the look before. What is at stake counts at the
look at which it falls; then nothing more is said until it has been above again. A purchase ends it.
"""

from schemas.facts.profile_facts import BECOMING, FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.rules.groups import ChurnRisk
from schemas.state.person import Episode
from streams.person.change import Change
from streams.person.memory import own_orders
from streams.person.shelves import own_standing
from streams.triggers.absence import end_answered, is_answered
from streams.triggers.case import Case
from streams.triggers.given import OfPerson, at_risk
from streams.triggers.row import Row
from streams.triggers.standing import DAILY, event_id

ABOVE = "above"


def observe(case: Case, rule: ChurnRisk, fact: FactInOrder, change: Change) -> None:
    """A purchase ends it."""
    if isinstance(fact, OrderPlaced) and change.ordered:
        end_answered(case, rule, fact.place(), Reason.ORDERED)


def look_daily(case: Case, rule: ChurnRisk, at: int) -> None:
    """Arm at the look at which it has fallen."""
    of, marks = OfPerson(case.person, at, case.rulebook, rates=case.shop.rates), own_standing(case.person).marks
    alive = of.alive()
    if alive is None:
        return
    if alive >= rule.below:
        marks[rule.id] = ABOVE
    elif marks.pop(rule.id, "") == ABOVE:
        worth = at_risk(of)
        if worth is not None and worth >= rule.min_value:
            case.arm(rule, at, event_id(case, rule.kind, "", at), case.key, None, class_=BECOMING)


def look_again(case: Case, episode: Episode, rule: ChurnRisk) -> Reason | None:
    """Why a due episode is none after all: a merge has brought a purchase."""
    return Reason.ORDERED if is_answered(episode, own_orders(case.person)) else None


ROW: Row = Row(
    kind="churn_risk",
    section=ChurnRisk,
    hears=frozenset({OrderPlaced.fact, DAILY}),
    observe=observe,
    look_again=look_again,
    look_daily=look_daily,
)
