"""Cross-sell: who has bought one thing, and not what goes with it, hears of that.

The wait counts from the purchase, of each order with one of `bought`. One of `offer` ends it, be it in the same order;
so does that the order, or all that matters of it, is given back. What was bought of `offer` before is no matter.
"""

from schemas.decisions import Reason
from schemas.facts import FactInOrder, Inherited, OrderPlaced, OrderTold
from schemas.person import NO_PURCHASE, Episode, Ordered, Person
from schemas.rules.buying_again import CrossSell
from schemas.triggers import ORDER
from streams.person.bought import NONE, bought_with
from streams.person.memory import Change
from streams.person.orders import counted
from streams.triggers.case import Case
from streams.triggers.own_pace import why_none
from streams.triggers.row import Row


def observe(case: Case, rule: CrossSell, fact: FactInOrder, change: Change) -> None:
    """End what the order answers, and what counts from it no more; arm for it."""
    if isinstance(fact, Inherited):
        _join(case, rule)
    elif isinstance(fact, OrderPlaced | OrderTold):
        turn = change.turn
        if not turn.got.isdisjoint(rule.offer):
            _answer(case, rule, fact.order_id)
        own = [episode for episode in case.waiting(rule) if episode.origin == fact.order_id]
        still = not (turn.after or NONE).isdisjoint(rule.bought)
        if not still and not (turn.before or NONE).isdisjoint(rule.bought):
            for episode in own:
                case.end(episode, why_none(case.person, fact.order_id))
            for fired in case.person.fired:
                if fired.rule_id == rule.id and fired.origin == fact.order_id and not fired.settled:
                    case.cancel(fired, why_none(case.person, fact.order_id))
        first = [episode for episode in own if episode.step == 1]
        is_new = (turn.before or NONE).isdisjoint(rule.bought)
        if still and (is_new or (turn.moved and first)):
            _arm(case, rule, fact, first)


def _arm(case: Case, rule: CrossSell, fact: OrderPlaced | OrderTold, instead: list[Episode]) -> None:
    person = case.person
    place = person.orders[fact.order_id][0]
    for episode in instead:
        person.episodes.remove(episode)
    if not is_answered(person, rule, fact.order_id, place):
        at, class_, event_id = place
        case.arm(rule, at, event_id, fact.order_id, fact.visitor, start=NO_PURCHASE, several=True, class_=class_)


def _answer(case: Case, rule: CrossSell, order_id: str) -> None:
    """Something of the offer is bought: whatever counts from earlier is over, and from the order itself."""
    place = case.person.orders[order_id][0]
    for episode in case.waiting(rule):
        if episode.origin == order_id or episode.place() < place:
            case.end(episode, Reason.ORDERED)
    for fired in case.person.fired:
        concerned = fired.rule_id == rule.id and (fired.origin == order_id or fired.anchor < place[0])
        if concerned and not fired.settled:
            case.cancel(fired, Reason.ORDERED)


def _join(case: Case, rule: CrossSell) -> None:
    """Two halves of a person have come together: the other's purchases count, and what both knew is one."""
    seen: set[str] = set()
    for episode in case.waiting(rule):
        place = case.person.orders.get(episode.origin, (episode.place(),))[0]
        if is_answered(case.person, rule, episode.origin, place):
            case.end(episode, Reason.ORDERED)
        elif episode.origin in seen or (episode.step == 1 and episode.place() != place):
            case.end(episode, Reason.MERGED)
        else:
            seen.add(episode.origin)


def is_answered(person: Person, rule: CrossSell, order_id: str, place: Ordered) -> bool:
    """Whether something of the offer was bought with the order, or after it."""
    return any(
        not (bought_with(person, other) or NONE).isdisjoint(rule.offer)
        for at, other in counted(person)
        if other == order_id or at > place
    )


ROW: Row = Row(
    kind="cross_sell",
    section=CrossSell,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact, Inherited.fact}),
    observe=observe,
    of_order=True,
    about=ORDER,
)
