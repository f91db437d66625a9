"""Payments that are open: an order takes what is in the cart with it, and gives it back if nobody pays."""

from collections.abc import Iterator

from msgspec.structs import replace

from schemas.events.orders import Payment
from schemas.facts.order_facts import OVERDUE, OrderDetails
from schemas.facts.profile_facts import OrderTold
from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.shelves import Awaited
from streams.limits import Cut, size_of
from streams.person.carts import bought_after, buy, pour
from streams.person.shelves import buying_of, own_buying

DUE_AHEAD_MS_MAX = 400 * DAY_MS
"""How long a payment may be waited for. A date beyond is none: nobody is owed for longer, and nobody would ever be
forgotten."""

AWAITED_MAX = 20
"""Orders whose payment is waited for. The oldest go first: nobody is told that they were not paid."""

AWAITED_BYTES_MAX = 12 * 1024
"""These, with what they took out of the cart. That goes first."""


def waited_for(fact: OrderTold, wait: int | None) -> OrderTold | None:
    """The record with the time, that instant included, until which an open payment is waited for: what the record says,
    unless it has passed or is too far ahead; else for the rulebook's `wait`. None where nobody waits: until it is paid,
    the order is none. Any other record, and one that knows the time already, is as it is."""
    said, at = fact.details.due, fact.at
    if fact.details.payment != Payment.OPEN or fact.due:
        return fact
    if wait is None:
        return None
    return replace(fact, due=said if said is not None and at <= said <= at + DUE_AHEAD_MS_MAX else at + wait)


def open_payment(person: Person, fact: OrderTold) -> bool:
    """The payment of the order is open from the record on; whether the order is new by that. A later record
    of the same moves the deadline if it names one. What is told of long ago takes the cart, and nobody waits for it."""
    known = buying_of(person).awaited.get(fact.order_id)
    if known is not None:
        if fact.details.due == fact.due:
            own_buying(person).awaited[fact.order_id] = replace(known, due=fact.due)
        return False
    if fact.details.backfill:
        buy(person, fact.at)
        return fact.order_id not in person.orders
    if fact.order_id in person.orders:  # the site has said that it was placed: what was in the cart is bought
        own_buying(person).awaited[fact.order_id] = Awaited(person.orders[fact.order_id][0], fact.due, fact.visitor, {})
        return False
    at = fact.at
    taken = {product: held for product, held in person.cart.items() if held.changed_at <= at}
    buy(person, at)
    own_buying(person).awaited[fact.order_id] = Awaited(fact.place()[:3], fact.due, fact.visitor, taken)
    return True


def give_back(person: Person, order_id: str) -> None:
    """The payment of the order has failed: what it took is in the cart again, unless the cart was changed since, or
    another order came."""
    awaited = buying_of(person).awaited.pop(order_id, None)
    if awaited is None or not awaited.taken or person.cart_changed_at > awaited.place[0]:
        return
    if not bought_after(person, awaited.place):
        pour(person.cart, awaited.taken)


def overdue(person: Person) -> OrderTold | None:
    """The first of the payments that are waited for, as what will be told of it when its time has passed; None if there
    is none."""
    waited = buying_of(person).awaited
    if not waited:
        return None
    order_id, awaited = min(waited.items(), key=lambda one: (one[1].due, one[0]))
    details = OrderDetails(OVERDUE, Payment.FAILED)
    return OrderTold(awaited.due, awaited.place[2], awaited.visitor, order_id, details)


def merge_awaited(person: Person, joining: Person) -> None:
    """Payments of both halves are waited for, but for those of which the other half knows the end."""
    waited = own_buying(person).awaited
    for order_id, brought in buying_of(joining).awaited.items():
        own = waited.get(order_id)
        waited[order_id] = brought if own is None else _both(own, brought)
    for order_id in list(_over(person)):
        del waited[order_id]


def _both(one: Awaited, other: Awaited) -> Awaited:
    first = min(one, other, key=lambda awaited: awaited.place)
    return replace(first, due=max(one.due, other.due), taken={**one.taken, **other.taken})


def _over(person: Person) -> Iterator[str]:
    buying = buying_of(person)
    for order_id in buying.awaited:
        kept = buying.kept.get(order_id)
        if kept is None or kept.reversed or kept.payment != Payment.OPEN:
            yield order_id


def fit_awaited(person: Person, cut: Cut) -> None:
    """Cut what is waited for, in place."""
    awaited = buying_of(person).awaited
    if not awaited or (len(awaited) <= AWAITED_MAX and size_of(awaited) <= AWAITED_BYTES_MAX):
        return
    oldest = sorted(awaited, key=lambda order_id: awaited[order_id].place)
    for order_id in oldest:
        if size_of(awaited) > AWAITED_BYTES_MAX and awaited[order_id].taken:
            cut("cart_lines", len(awaited[order_id].taken))
            awaited[order_id] = replace(awaited[order_id], taken={})
    for order_id in oldest:
        if len(awaited) > AWAITED_MAX or size_of(awaited) > AWAITED_BYTES_MAX:
            del awaited[order_id]
            cut("awaited_payments", 1)
