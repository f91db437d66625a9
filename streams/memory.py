"""What a person remembers of a fact, before any rule looks at it; and how two memories become one."""

from dataclasses import dataclass

from schemas.facts import (
    CartChanged,
    CheckoutReached,
    FactInOrder,
    Inherited,
    Linked,
    OrderPlaced,
    SessionClosed,
    SessionOpened,
    VisitLeft,
)
from schemas.person import Episode, Person
from schemas.triggers import Kind
from streams.carts import buy, change_cart, pour

ORDERS_MAX = 200
VISITORS_MAX = 100
MANY_WAIT = frozenset({Kind.BROWSE_ABANDONMENT})


@dataclass(slots=True, frozen=True)
class Change:
    """What is new: the `cart` changed, the person `ordered` (the first record of an order), a later `active` time."""

    cart: bool = False
    ordered: bool = False
    active: bool = False


NOTHING = Change()


def remember(person: Person, fact: FactInOrder) -> Change:
    """Take the fact into the person's memory. Late facts may be older than what is remembered."""
    if isinstance(fact, CartChanged):
        return _cart(person, fact)
    if isinstance(fact, OrderPlaced):
        return _order(person, fact)
    if isinstance(fact, SessionOpened):
        known = person.visits.get(fact.visitor)
        person.visits[fact.visitor] = fact.at if known is None else min(known, fact.at)
        return Change(active=_active(person, fact.at))
    if isinstance(fact, SessionClosed):
        person.visits.pop(fact.visitor, None)
        person.viewed = fact.products or person.viewed
        # The last click may be the one that opened the visit: its silence is counted from here all the same.
        _active(person, fact.end)
        return Change(active=person.active_at == fact.end)
    if isinstance(fact, VisitLeft):
        person.visits.pop(fact.visitor, None)
        return Change(active=fact.last > 0 and (_active(person, fact.last) or person.active_at == fact.last))
    assert isinstance(fact, CheckoutReached | Linked | Inherited)
    return NOTHING


def _cart(person: Person, fact: CartChanged) -> Change:
    changed = change_cart(person.cart, fact)
    if changed:
        person.cart_changed_at = max(person.cart_changed_at, fact.at)
    if fact.change == "add":
        person.added_at = max(person.added_at, fact.at)
    return Change(cart=changed)


def _order(person: Person, fact: OrderPlaced) -> Change:
    active = _active(person, fact.at)
    if fact.order_id in person.orders:
        return Change(active=active)
    person.orders[fact.order_id] = fact.place()[:3]
    if len(person.orders) > ORDERS_MAX:
        del person.orders[min(person.orders, key=person.orders.__getitem__)]
    person.last_order_at = max(person.last_order_at, fact.at)
    buy(person.cart, fact.at)
    return Change(ordered=True, active=active)


def _active(person: Person, at: int) -> bool:
    later = at > person.active_at
    if later:
        person.active_at = at
    return later


def merge(person: Person, visitor: str, joining: Person) -> None:
    """What a visitor was becomes the customer's (semantics: part 2, Whose).

    The cart's lines are added unless the customer ordered after the visitor's last cart change; the later armed
    anchor stays; what has fired stays fired; activity, orders and waiting browses move.
    """
    if person.last_order_at <= joining.cart_changed_at:
        pour(person.cart, joining.cart)
    person.cart_changed_at = max(person.cart_changed_at, joining.cart_changed_at)
    person.added_at = max(person.added_at, joining.added_at)
    for order_id, ordered in joining.orders.items():
        person.orders[order_id] = min(ordered, person.orders.get(order_id, ordered))
    person.last_order_at = max(person.last_order_at, joining.last_order_at)
    person.active_at = max(person.active_at, joining.active_at)
    person.visits.update(joining.visits)
    person.exits.update(joining.exits)
    person.viewed = joining.viewed or person.viewed
    for episode in joining.episodes:
        _inherit(person, episode)
    if not person.cart:
        person.episodes = [episode for episode in person.episodes if episode.kind is not Kind.CART_ABANDONMENT]
    person.fired += joining.fired
    for rule_id, spoke in joining.spoke.items():
        own = person.spoke.get(rule_id)
        if own is None or own.at < spoke.at:
            person.spoke[rule_id] = spoke
    person.opted_out = person.opted_out or joining.opted_out
    if visitor not in person.visitors and len(person.visitors) < VISITORS_MAX:
        person.visitors.append(visitor)


def _inherit(person: Person, episode: Episode) -> None:
    if episode.kind not in MANY_WAIT:
        own = next((waiting for waiting in person.episodes if waiting.rule_id == episode.rule_id), None)
        if own is not None:
            if own.anchor >= episode.anchor:
                return
            person.episodes.remove(own)
    person.episodes.append(episode)
