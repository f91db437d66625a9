"""What is kept of visits and of old purchases: each for itself for as long as there are few, the older ones by days.

A ring is in the order of time. Where it has too many entries, those of one day, UTC, become one, the oldest day first;
it counts at the last of them. Where that is not enough, the oldest are forgotten, which is counted.
"""

from bisect import insort
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeVar

from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.standing import Bought, Visited
from streams.limits import Cut, size_of, too_many
from streams.person.numbers import bought
from streams.person.orders import counts, shut_some
from streams.person.rhythm import day_of
from streams.person.shelves import buying_of, own_buying

VISITED_MAX: Final = 400
"""Visits, or days with visits: more days than a year has, so that a window of a year is whole."""

VISITED_KEPT_MS: Final = 400 * DAY_MS
"""How long they are remembered: no condition about visits looks back further than a year and a month."""

OLDER_MAX: Final = 200
"""Days with purchases that are older than the orders which are kept for themselves."""

KEPT_ORDERS_MAX: Final = 200
"""Orders of which more is known than that they were placed."""

KEPT_ORDERS_BYTES_MAX: Final = 26 * 1024
"""Orders that nobody waits for go first, the oldest of them: of the last ones rules count on the products. Of the
others first all goes but what they come to, some 80 bytes; then that."""

_KEPT_ORDERS_FEW: Final = 2

Kept = TypeVar("Kept", Visited, Bought)


def visited(person: Person, end: int, views: int, cut: Cut) -> None:
    """A visit is over; its last click was at `end`, ms."""
    ring, visit = person.visited, Visited(end, 1, views)
    if not ring or ring[-1].at <= end:
        ring.append(visit)  # as a rule
    else:
        insort(ring, visit, key=_at)
    oldest = ring[-1].at - VISITED_KEPT_MS
    while ring[0].at < oldest:
        del ring[0]
    if len(ring) > VISITED_MAX:
        _keep(ring, VISITED_MAX, _visits_of_a_day, "visited", cut)


def let_go(person: Person, order_id: str, cut: Cut) -> None:
    """No more will be known of the order than when it was bought and what for."""
    if not counts(person, order_id):
        return
    older = own_buying(person).older
    insort(older, bought(person, order_id), key=_at)
    _keep(older, OLDER_MAX, _purchases_of_a_day, "older_orders", cut)


def fit_kept_orders(person: Person, cut: Cut) -> None:
    """Cut what is known of orders, in place."""
    kept, awaited = buying_of(person).kept, buying_of(person).awaited
    if len(kept) <= KEPT_ORDERS_MAX and (len(kept) < _KEPT_ORDERS_FEW or size_of(kept) <= KEPT_ORDERS_BYTES_MAX):
        return
    oldest = sorted(kept.items(), key=lambda one: (one[0] in awaited, one[1].payment_by, one[0]))
    more = sum([size_of(one) + 1 for one in oldest]) - KEPT_ORDERS_BYTES_MAX
    if short := shut_some(kept, [order_id for order_id, _ in oldest if order_id not in awaited], more):
        cut("order_lines", short)
        oldest = [(order_id, kept[order_id]) for order_id, _ in oldest]
    gone = max(0, len(oldest) - KEPT_ORDERS_MAX, too_many(oldest, KEPT_ORDERS_BYTES_MAX))
    for order_id, _ in oldest[:gone]:
        del kept[order_id]
    if gone:
        cut("order_details", gone)


def join_rings(person: Person, joining: Person, cut: Cut) -> None:
    """Two become one: what both have seen and bought."""
    if joining.visited:
        person.visited = sorted((*person.visited, *joining.visited), key=_at)
        _keep(person.visited, VISITED_MAX, _visits_of_a_day, "visited", cut)
    if buying_of(joining).older:
        own = own_buying(person)
        own.older = sorted((*own.older, *buying_of(joining).older), key=_at)
        _keep(own.older, OLDER_MAX, _purchases_of_a_day, "older_orders", cut)


def _at(one: Visited | Bought) -> int:
    return one.at


def _keep(ring: list[Kept], most: int, join: Callable[[Kept, Kept], Kept | None], name: str, cut: Cut) -> None:
    """Keep at most so many entries, in place."""
    while len(ring) > most:
        for place, (one, other) in enumerate(pairwise(ring)):
            if day_of(one.at) == day_of(other.at) and (both := join(one, other)) is not None:
                ring[place : place + 2] = [both]
                break
        else:
            del ring[0]
            cut(name, 1)


def _visits_of_a_day(one: Visited, other: Visited) -> Visited:
    return Visited(other.at, one.visits + other.visits, one.views + other.views)


def _purchases_of_a_day(one: Bought, other: Bought) -> Bought | None:
    """None if their amounts cannot be added."""
    if one.currency != other.currency or (one.amount is None) != (other.amount is None):
        return None
    amount = None if one.amount is None or other.amount is None else one.amount + other.amount
    return Bought(other.at, one.orders + other.orders, amount, other.currency)
