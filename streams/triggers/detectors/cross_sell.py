"""Cross-sell: who has bought one thing, and not what goes with it, hears of that.

The wait counts from the purchase, of each order with one of `bought`, a product or a category of the catalogue; which
that is products tell some moments later. One of `offer` ends it, be it in the same order;
so does that the order, or all that matters of it, is given back. What was bought of `offer` before is no matter.
"""

from schemas.facts.product_facts import ProductKnown
from schemas.facts.profile_facts import FactInOrder, Inherited, OrderPlaced, OrderTold
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.buying_again import CrossSell
from schemas.state.order import Ordered
from schemas.state.person import NO_PURCHASE, Episode, Person
from streams.person.bought import NONE, Turn, bought_with
from streams.person.change import Change
from streams.person.orders import counted
from streams.person.products import names_of
from streams.person.waiting import place_of
from streams.triggers.case import Case
from streams.triggers.occasions import begun
from streams.triggers.own_pace import ASKED, ASKING_MS, end_or_drop, is_asking, why_none
from streams.triggers.row import Row
from streams.triggers.spoken import has_spoken


def observe(case: Case, rule: CrossSell, fact: FactInOrder, change: Change) -> None:
    """End what the order answers, and what counts from it no more; arm for it."""
    if isinstance(fact, Inherited):
        _join(case, rule)
    elif isinstance(fact, ProductKnown):
        _know(case, rule, fact)
    elif isinstance(fact, OrderPlaced | OrderTold):
        _turn(case, rule, fact, change.turn)


def _turn(case: Case, rule: CrossSell, fact: OrderPlaced | OrderTold, turn: Turn) -> None:
    person, order_id = case.person, fact.order_id
    before, after = names_of(person, turn.before or NONE), names_of(person, turn.after or NONE)
    if not names_of(person, turn.got).isdisjoint(rule.offer):
        _answer(case, rule, order_id)
    still, is_new = not after.isdisjoint(rule.bought), before.isdisjoint(rule.bought)
    if not still and not is_new:
        for episode in _own(case, rule, order_id):
            end_or_drop(case, episode, why_none(person, order_id))
        for fired in person.fired:
            if fired.rule_id == rule.id and fired.origin == order_id and not fired.settled:
                case.cancel(fired, why_none(person, order_id))
    first = [episode for episode in _own(case, rule, order_id) if episode.step == 1]
    if still and (is_new or (turn.moved and first)):
        _arm(case, rule, fact, first)
    elif not still and turn.got:
        _ask(case, rule, fact, first, turn.got)


def _own(case: Case, rule: CrossSell, order_id: str) -> list[Episode]:
    return [episode for episode in case.waiting(rule) if episode.origin == order_id]


def _know(case: Case, rule: CrossSell, fact: ProductKnown) -> None:
    """The category of a product that was bought with the order is known since now."""
    person, order_id = case.person, fact.order_id
    is_bought = fact.product in (bought_with(person, order_id) or NONE)
    names = names_of(person, (fact.product,)) if is_bought else NONE
    if not names.isdisjoint(rule.offer):
        _answer(case, rule, order_id)
    for asking in [one for one in _own(case, rule, order_id) if is_asking(one)]:
        if not names.isdisjoint(rule.bought):
            _arm(case, rule, fact, [asking])
        else:
            _ask(case, rule, fact, [asking], frozenset(asking.products) - {fact.product})


def _ask(
    case: Case,
    rule: CrossSell,
    fact: OrderPlaced | OrderTold | ProductKnown,
    instead: list[Episode],
    products: frozenset[str],
) -> None:
    """Nothing of the order is known to be of `bought`; wait until these products have told their categories."""
    person = case.person
    for episode in instead:
        person.episodes.remove(episode)
    at, class_, event_id = person.orders[fact.order_id][0]
    of = at, at + ASKING_MS, event_id, fact.order_id, fact.visitor, NO_PURCHASE, tuple(sorted(products))
    asking = begun(rule, *of, several=True, class_=class_, said=ASKED)
    if products and case.arms and not has_spoken(person, asking):
        person.episodes.append(asking)


def _arm(case: Case, rule: CrossSell, fact: OrderPlaced | OrderTold | ProductKnown, instead: list[Episode]) -> None:
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
        if episode.origin == order_id or place_of(episode) < place:
            end_or_drop(case, episode, Reason.ORDERED)
    for fired in case.person.fired:
        concerned = fired.rule_id == rule.id and (fired.origin == order_id or fired.anchor < place[0])
        if concerned and not fired.settled:
            case.cancel(fired, Reason.ORDERED)


def _join(case: Case, rule: CrossSell) -> None:
    """Two halves of a person have come together: the other's purchases count, for what is on its way, too, and what
    both knew is one."""
    seen: set[str] = set()
    for episode in case.waiting(rule):
        place = case.person.orders.get(episode.origin, (place_of(episode),))[0]
        if is_answered(case.person, rule, episode.origin, place):
            end_or_drop(case, episode, Reason.ORDERED)
        elif episode.origin in seen or (episode.step == 1 and place_of(episode) != place):
            end_or_drop(case, episode, Reason.MERGED)
        else:
            seen.add(episode.origin)
    for fired in case.person.fired:
        on_its_way = fired.rule_id == rule.id and not fired.settled and fired.origin in case.person.orders
        if on_its_way and is_answered(case.person, rule, fired.origin, case.person.orders[fired.origin][0]):
            case.cancel(fired, Reason.ORDERED)


def is_answered(person: Person, rule: CrossSell, order_id: str, place: Ordered) -> bool:
    """Whether something of the offer was bought with the order, or after it."""
    return any(
        not names_of(person, bought_with(person, other) or NONE).isdisjoint(rule.offer)
        for at, other in counted(person)
        if other == order_id or at > place
    )


def look_again(case: Case, episode: Episode, rule: CrossSell) -> Reason | None:
    """Why a due occasion is none: products have never told of which category they are."""
    return Reason.NOT_TOLD if is_asking(episode) else None


ROW: Row = Row(
    kind="cross_sell",
    section=CrossSell,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact, Inherited.fact, ProductKnown.fact}),
    observe=observe,
    look_again=look_again,
    of_order=True,
    about=ORDER,
)
