"""Replenishment: what was bought is used up, and is bought again; each product for itself.

The wait counts from the last purchase of the product, and is its cycle less `lead`: the median of the person's own gaps
if they bought it on three days at least, else what the rule says. Several lines of one order are one purchase, and so
are several orders of one day (UTC), for which the last stands. Where the history changes, the due time moves.
"""

from schemas.decisions import Reason
from schemas.facts import FactInOrder, Inherited, OrderPlaced, OrderTold
from schemas.orders import Channel
from schemas.person import NO_PURCHASE, Episode, Ordered
from schemas.rules.buying_again import CYCLE_MS_MAX, Replenishment
from schemas.triggers import LINES
from streams.person.bought import Purchase, purchases_of
from streams.person.memory import Change
from streams.person.orders import NOTHING
from streams.person.rhythm import last_of_days, median_gap
from streams.triggers.case import Case
from streams.triggers.own_pace import move, wait_from, why_none
from streams.triggers.row import Row

PURCHASES_MIN = 3
"""On how many days somebody has to buy a product for their own cycle to be known: two gaps."""

Bought = dict[str, list[Purchase]]


def observe(case: Case, rule: Replenishment, fact: FactInOrder, change: Change) -> None:
    """End what the order answers, wait for what was bought, and move what waits where the history has changed."""
    if isinstance(fact, Inherited):
        bought = purchases_of(case.person)
        for episode in case.waiting(rule):
            _look(case, rule, bought, episode)
    elif isinstance(fact, OrderPlaced | OrderTold) and (change.turn.got or change.turn.lost):
        bought = purchases_of(case.person)
        for product in sorted(change.turn.lost):
            for episode in case.waiting(rule, product):
                _look(case, rule, bought, episode)
            for fired in case.person.fired:
                theirs = fired.rule_id == rule.id and (fired.same, fired.origin) == (product, fact.order_id)
                if theirs and not fired.settled:
                    case.cancel(fired, why_none(case.person, fact.order_id))
        if change.turn.got:
            _answer(case, rule, fact.order_id, change.turn.got)
        for product in sorted(change.turn.got):
            _buy(case, rule, bought, fact, product)


def _answer(case: Case, rule: Replenishment, order_id: str, got: frozenset[str]) -> None:
    """What waits for these products, or for what they stand in for, from earlier on is over."""
    place = case.person.orders[order_id][0]
    for episode in case.waiting(rule):
        if episode.origin != order_id and episode.place() < place and not got.isdisjoint(_enough(rule, episode.same)):
            case.end(episode, Reason.ORDERED)
    for fired in case.person.fired:
        earlier = fired.rule_id == rule.id and fired.origin != order_id and fired.anchor <= place[0]
        if earlier and not fired.settled and not got.isdisjoint(_enough(rule, fired.same)):
            case.cancel(fired, Reason.ORDERED)


def _buy(case: Case, rule: Replenishment, bought: Bought, fact: OrderPlaced | OrderTold, product: str) -> None:
    waiting = case.waiting(rule, product)
    for episode in waiting:
        _look(case, rule, bought, episode)
    last = bought[product][-1]
    if waiting or last[1] != fact.order_id or _is_answered(rule, bought, product, last):
        return
    wait = wait_of(rule, product, bought[product])
    subscribed = case.person.shelf.get(fact.order_id, NOTHING).channel == Channel.SUBSCRIPTION
    if wait is not None and not subscribed:
        wait_from(case, rule, last, wait, fact.visitor, start=NO_PURCHASE, same=product)


def _look(case: Case, rule: Replenishment, bought: Bought, episode: Episode) -> None:
    """Move what waits to where the purchases of its product let it be, or end it. What is not kept of its order any
    more says nothing."""
    product, purchases = episode.same, bought.get(episode.same, [])
    if episode.origin not in case.person.shelf:
        return
    if episode.origin not in [order_id for _, order_id in purchases]:
        case.end(episode, why_none(case.person, episode.origin))
        return
    last = purchases[-1]
    later = last[1] != episode.origin and last[0] > episode.place()
    wait = wait_of(rule, product, purchases)
    if later or _is_answered(rule, bought, product, last):
        case.end(episode, Reason.ORDERED)
    elif wait is None:
        case.end(episode, Reason.NO_CYCLE)
    else:
        move(case, rule, episode, last, wait)


def _enough(rule: Replenishment, product: str) -> tuple[str, ...]:
    """The products whose purchase ends the wait for that one."""
    return (product, *rule.substitutes.get(product, ()))


def _is_answered(rule: Replenishment, bought: Bought, product: str, last: Purchase) -> bool:
    """Whether a substitute was bought after that purchase of the product."""
    after: Ordered = last[0]
    return any(bought[other][-1][0] > after for other in rule.substitutes.get(product, ()) if other in bought)


def wait_of(rule: Replenishment, product: str, purchases: list[Purchase]) -> int | None:
    """How long the rule waits after the last of these purchases of the product, ms; None if nothing says how long it
    lasts, if that is not longer than `lead`, or longer than any cycle may be."""
    times = last_of_days(place[0] for place, _ in purchases)
    own = median_gap(times) if len(times) >= PURCHASES_MIN else None
    cycle = rule.cycles.get(product, rule.default_cycle) if own is None else own
    return cycle - rule.lead if cycle is not None and rule.lead < cycle <= CYCLE_MS_MAX else None


ROW: Row = Row(
    kind="replenishment",
    section=Replenishment,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact, Inherited.fact}),
    observe=observe,
    of_order=True,
    about=LINES,
)
