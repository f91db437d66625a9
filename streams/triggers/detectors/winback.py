"""Win-back: no purchase for as long as the rule waits, which may go by how often the person buys.

The wait counts from the last purchase that counts. What was bought between comes to light late, or is undone: the mean
gap is another, and the due time moves, be it to what has passed; then it is due at once.
"""

from schemas.facts.profile_facts import FactInOrder, Inherited, OrderPlaced, OrderTold
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.buying_again import Winback
from schemas.state.order import Ordered
from schemas.state.person import Person
from streams.person.bought import Purchase
from streams.person.change import Change
from streams.person.orders import counted, counts
from streams.person.rhythm import mean_gap_times
from streams.person.waiting import place_of
from streams.triggers.case import Case
from streams.triggers.own_pace import move, wait_from, why_none
from streams.triggers.row import Row

PURCHASES_MIN = 3
"""How many purchases say how often somebody buys: two gaps. One may be anything."""


def observe(case: Case, rule: Winback, fact: FactInOrder, change: Change) -> None:
    """Let the wait begin anew with every purchase, and move it where the history of purchases has changed."""
    if isinstance(fact, OrderPlaced | OrderTold) and change.turn.began:
        _begin(case, rule, fact)
    elif change.turn.ceased or isinstance(fact, Inherited):
        _look(case, rule)


def _begin(case: Case, rule: Winback, fact: OrderPlaced | OrderTold) -> None:
    """The purchase counts from now on, or from elsewhere. It is the last one, or lies between others."""
    last = max(counted(case.person))
    mine = [episode for episode in case.waiting(rule) if episode.origin == fact.order_id and episode.step == 1]
    if not mine and last[1] != fact.order_id:
        _look(case, rule)
        return
    for episode in case.waiting(rule):
        if episode.step == 1 and case.arms:
            case.person.episodes.remove(episode)
        elif place_of(episode) < last[0]:
            case.end(episode, Reason.ORDERED)
    wait_from(case, rule, last, wait_of(case.person, rule, last[0]), fact.visitor)


def _look(case: Case, rule: Winback) -> None:
    """Move what waits to where the person's purchases let it be, or end it."""
    person = case.person
    for episode in case.waiting(rule):
        if not counts(person, episode.origin):
            case.end(episode, why_none(person, episode.origin))
            continue
        last: Purchase = max(counted(person))
        if last[1] != episode.origin and last[0] > place_of(episode):
            case.end(episode, Reason.ORDERED)
        else:
            move(case, rule, episode, last, wait_of(person, rule, last[0]))


def wait_of(person: Person, rule: Winback, until: Ordered) -> int:
    """How long the rule waits after that purchase, ms: by the mean gap between those up to it, if there are enough."""
    wait = rule.wait
    if isinstance(wait, int):
        return wait
    times = sorted(place[0] for place, _ in counted(person) if place <= until)
    own = mean_gap_times(times, wait.thousandths) if len(times) >= PURCHASES_MIN else None
    return wait.default if own is None else min(max(own, wait.min), wait.max)


ROW: Row = Row(
    kind="winback",
    section=Winback,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact, Inherited.fact}),
    observe=observe,
    of_order=True,
    about=ORDER,
)
