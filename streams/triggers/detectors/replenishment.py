"""Replenishment: what was bought is used up, and is bought again; each product for itself.

The wait counts from the last purchase of the product, and is its cycle less `lead`: the median of the person's own gaps
if they bought it on three days at least, else what the rule says of the product, else what products know of it: the
catalogue's `cycle_days`, else the median gap of all buyers; else what the rule says of all. Several lines of one order
are one purchase, and so are several orders of one day (UTC), for which the last stands. Where the history changes, the
due time moves. What products know comes some moments after the purchase. A product of which a subscription is active,
or was so since the purchase, is not waited for.
"""

from msgspec.structs import replace

from schemas.events.orders import Channel
from schemas.facts.product_facts import ProductKnown
from schemas.facts.profile_facts import FactInOrder, Inherited, OrderPlaced, OrderTold, SubscriptionTold
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import LINES
from schemas.rules.buying_again import CYCLE_MS_MAX, Replenishment
from schemas.state.order import Ordered
from schemas.state.person import NO_PURCHASE, Episode, Person
from schemas.state.shelves import Known
from streams.person.bought import Purchase, Turn, purchases_of
from streams.person.change import Change
from streams.person.orders import NOTHING
from streams.person.products import stand_ins
from streams.person.rhythm import last_of_days, median_gap
from streams.person.shelves import buying_of, goods_of
from streams.person.subscriptions import subscribed_until
from streams.person.waiting import place_of
from streams.triggers.case import Case
from streams.triggers.own_pace import ASKED, ASKING_MS, end_or_drop, is_asking, is_open, move, wait_from, why_none
from streams.triggers.row import Row

PURCHASES_MIN = 3
"""On how many days somebody has to buy a product for their own cycle to be known: two gaps."""

Bought = dict[str, list[Purchase]]


def observe(case: Case, rule: Replenishment, fact: FactInOrder, change: Change) -> None:
    """End what the order answers, wait for what was bought, and move what waits where the history has changed."""
    if isinstance(fact, SubscriptionTold):
        _subscribe(case, rule)
    elif isinstance(fact, Inherited):
        _join(case, rule)
    elif isinstance(fact, ProductKnown):
        bought = purchases_of(case.person)
        for episode in case.waiting(rule, fact.product):
            _look(case, rule, bought, episode, told=True)
    elif isinstance(fact, OrderPlaced | OrderTold) and (change.turn.got or change.turn.lost):
        _turn(case, rule, fact, change.turn)


def _join(case: Case, rule: Replenishment) -> None:
    """Two halves of a person have come together: the other's purchases and subscriptions count, for what is on its way,
    too."""
    bought = purchases_of(case.person)
    for episode in case.waiting(rule):
        _look(case, rule, bought, episode)
    for fired in case.person.fired:
        on_its_way = fired.rule_id == rule.id and not fired.settled
        if on_its_way and any(
            order_id != fired.origin and place[0] >= fired.anchor
            for product in (fired.same, *_stand_ins(case.person, rule, fired.same, asking=False))
            for place, order_id in bought.get(product, ())
        ):
            case.cancel(fired, Reason.ORDERED)
    _subscribe(case, rule)


def _turn(case: Case, rule: Replenishment, fact: OrderPlaced | OrderTold, turn: Turn) -> None:
    bought = purchases_of(case.person)
    for product in sorted(turn.lost):
        for episode in case.waiting(rule, product):
            _look(case, rule, bought, episode)
        for fired in case.person.fired:
            theirs = fired.rule_id == rule.id and (fired.same, fired.origin) == (product, fact.order_id)
            if theirs and not fired.settled:
                case.cancel(fired, why_none(case.person, fact.order_id))
    if turn.got:
        _answer(case, rule, fact.order_id, turn.got)
    for product in sorted(turn.got):
        _buy(case, rule, bought, fact, product)


def _subscribe(case: Case, rule: Replenishment) -> None:
    """What waits for a product that a subscription has had since its purchase is over."""
    for episode in case.waiting(rule):
        if subscribed_until(case.person, episode.same) > place_of(episode):
            end_or_drop(case, episode, Reason.SUBSCRIBED)
    for fired in case.person.fired:
        on_its_way = fired.rule_id == rule.id and not fired.settled
        if on_its_way and subscribed_until(case.person, fired.same)[0] > fired.anchor:
            case.cancel(fired, Reason.SUBSCRIBED)


def _answer(case: Case, rule: Replenishment, order_id: str, got: frozenset[str]) -> None:
    """What waits for these products, or for what they stand in for, from earlier on is over."""
    place = case.person.orders[order_id][0]
    for episode in case.waiting(rule):
        if (
            episode.origin != order_id
            and place_of(episode) < place
            and _does(case, rule, got, episode.same, asking=is_asking(episode))
        ):
            end_or_drop(case, episode, Reason.ORDERED)
    for fired in case.person.fired:
        earlier = fired.rule_id == rule.id and fired.origin != order_id and fired.anchor <= place[0]
        if earlier and not fired.settled and _does(case, rule, got, fired.same, asking=False):
            case.cancel(fired, Reason.ORDERED)


def _buy(case: Case, rule: Replenishment, bought: Bought, fact: OrderPlaced | OrderTold, product: str) -> None:
    """Wait for the product, by what is known so far; products, which are asked, tell more in a moment."""
    waiting = case.waiting(rule, product)
    for episode in waiting:
        _look(case, rule, bought, episode)
    if waiting or product not in bought:
        return
    last = bought[product][-1]
    if last[1] != fact.order_id or _is_answered(case.person, rule, bought, product, last, asking=True):
        return
    subscribed = buying_of(case.person).kept.get(fact.order_id, NOTHING).channel == Channel.SUBSCRIPTION
    if not subscribed and subscribed_until(case.person, product) < last[0]:
        wait = wait_of(rule, product, bought[product], goods_of(case.person).known.get(product))
        wait = ASKING_MS if wait is None else wait
        wait_from(case, rule, last, wait, fact.visitor, start=NO_PURCHASE, same=product, said=ASKED)


def _look(case: Case, rule: Replenishment, bought: Bought, episode: Episode, *, told: bool = False) -> None:
    """Move what waits to where the purchases of its product let it be, or end it. What is not kept of its order any
    more says nothing. Once products have `told`, what waited for that and still has no cycle never was an occasion."""
    product, purchases = episode.same, bought.get(episode.same, [])
    if episode.origin not in buying_of(case.person).kept:
        return
    if episode.origin not in [order_id for _, order_id in purchases]:
        end_or_drop(case, episode, why_none(case.person, episode.origin))
        return
    last = purchases[-1]
    later = last[1] != episode.origin and last[0] > place_of(episode)
    if told and is_asking(episode):
        episodes = case.person.episodes
        place = episodes.index(episode)
        episode = episodes[place] = replace(episode, said={})
    asking = is_asking(episode)
    wait = wait_of(rule, product, purchases, goods_of(case.person).known.get(product))
    if later or _is_answered(case.person, rule, bought, product, last, asking=asking):
        end_or_drop(case, episode, Reason.ORDERED)
    elif subscribed_until(case.person, product) > last[0]:
        end_or_drop(case, episode, Reason.SUBSCRIBED)
    elif wait is None and asking:
        move(case, rule, episode, last, ASKING_MS)
    elif wait is None:
        end_or_drop(case, episode, Reason.NO_CYCLE)
    else:
        move(case, rule, episode, last, wait)


def _does(case: Case, rule: Replenishment, got: frozenset[str], product: str, *, asking: bool) -> bool:
    """Whether buying these ends the wait for that product."""
    return product in got or not got.isdisjoint(_stand_ins(case.person, rule, product, asking=asking))


def _stand_ins(person: Person, rule: Replenishment, product: str, *, asking: bool) -> tuple[str, ...]:
    """What does as well as the product. Of what is `asking` nobody knows yet what the catalogue says now."""
    return (*rule.substitutes.get(product, ()), *(() if asking else stand_ins(person, product)))


def _is_answered(
    person: Person, rule: Replenishment, bought: Bought, product: str, last: Purchase, *, asking: bool
) -> bool:
    """Whether a substitute was bought after that purchase of the product."""
    after: Ordered = last[0]
    others = _stand_ins(person, rule, product, asking=asking)
    return any(bought[other][-1][0] > after for other in others if other in bought)


def wait_of(rule: Replenishment, product: str, purchases: list[Purchase], known: Known | None) -> int | None:
    """How long the rule waits after the last of these purchases of the product, ms; None if nothing says how long it
    lasts, if that is not longer than `lead`, or longer than any cycle may be. `known` is what products have told."""
    times = last_of_days(place[0] for place, _ in purchases)
    own = median_gap(times) if len(times) >= PURCHASES_MIN else None
    said = (own, rule.cycles.get(product), *((known.cycle, known.gap) if known is not None else ()), rule.default_cycle)
    cycle = next((one for one in said if one is not None), None)
    return cycle - rule.lead if cycle is not None and rule.lead < cycle <= CYCLE_MS_MAX else None


def look_again(case: Case, episode: Episode, rule: Replenishment) -> Reason | None:
    """Why a due occasion is none: products have never told how long it lasts."""
    return Reason.NO_CYCLE if is_open(episode) else None


ROW: Row = Row(
    kind="replenishment",
    section=Replenishment,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact, SubscriptionTold.fact, Inherited.fact, ProductKnown.fact}),
    observe=observe,
    look_again=look_again,
    of_order=True,
    about=LINES,
)
