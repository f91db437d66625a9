"""Lapse: no order for as long as the rule waits, counted from the last order, once per silence.

Where a late record says that the last order was earlier than it was known to be, the wait counts from there.
"""

from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.rules.kinds import Lapse
from schemas.state.person import Episode
from streams.person.change import Change
from streams.person.memory import own_orders
from streams.triggers.absence import is_answered
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: Lapse, fact: FactInOrder, change: Change) -> None:
    """Let the wait begin anew with every order."""
    if isinstance(fact, OrderPlaced) and change.ordered:
        for run in case.waiting(rule):
            if run.step > 1 and fact.at > run.anchor:
                case.end(run, Reason.ORDERED)
        at, class_, event_id = change.place or fact.place()[:3]
        case.arm(rule, at, event_id, fact.order_id, fact.visitor, class_=class_)
    elif change.moved is not None:
        waiting = case.episode(rule)
        if waiting is not None and waiting.anchor == change.moved[0] > case.person.last_order_at:
            case.person.episodes.remove(waiting)
            last, order_id = max((max(places), id_) for id_, places in case.person.orders.items())
            at, class_, event_id = last
            case.arm(rule, at, event_id, order_id, waiting.visitor, class_=class_)


def look_again(case: Case, episode: Episode, rule: Lapse) -> Reason | None:
    """Why a due episode is no lapse: there is a later order."""
    return Reason.ORDERED if is_answered(episode, own_orders(case.person)) else None


ROW: Row = Row(
    kind="lapse",
    section=Lapse,
    hears=frozenset({OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
)
