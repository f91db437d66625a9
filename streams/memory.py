"""What a person remembers of a fact, before any rule looks at it; and how two memories become one."""

from collections.abc import Iterator
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
from schemas.person import Activity, Episode, Ordered, Person
from schemas.triggers import Kind
from streams.carts import buy, change_cart, pour

PLACES_MAX = 2
"""Where the first record of an order stands, by the halves of a person that knew it: the earliest and the latest."""

MANY_WAIT = frozenset({Kind.BROWSE_ABANDONMENT})


@dataclass(slots=True, frozen=True)
class Change:
    """What is new: the `cart` changed, the person `ordered` (the first record of an order), the person was
    `active` and the silence begins anew."""

    cart: bool = False
    ordered: bool = False
    active: bool = False


NOTHING = Change()
VISIT_OVER = Change(active=True)
"""While the visit ran nobody could be inactive: now the silence counts, from the last sign of life."""


def remember(person: Person, fact: FactInOrder) -> Change:
    """Take the fact into the person's memory. Late facts may be older than what is remembered."""
    if isinstance(fact, CartChanged):
        return _cart(person, fact)
    if isinstance(fact, OrderPlaced):
        return _order(person, fact)
    if isinstance(fact, SessionOpened):
        known = person.visits.get(fact.visitor)
        person.visits[fact.visitor] = fact.at if known is None else min(known, fact.at)
        return Change(active=fact.seen and _active(person, fact.at, fact.event_id, fact.visitor, fact.visitor))
    if isinstance(fact, SessionClosed):
        person.visits.pop(fact.visitor, None)
        person.viewed = fact.products or person.viewed
        _active(person, fact.end, fact.event_id, fact.visitor, fact.visitor)
        return VISIT_OVER
    if isinstance(fact, VisitLeft):
        person.visits.pop(fact.visitor, None)
        if fact.last:
            _active(person, fact.last, fact.event_id, fact.visitor, fact.visitor)
        return VISIT_OVER
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
    origin = fact.visitor if fact.on_site and fact.visitor is not None else fact.order_id
    active = _active(person, fact.at, fact.event_id, origin, fact.visitor)
    if fact.order_id in person.orders:
        return Change(active=active)
    person.orders[fact.order_id] = (fact.place()[:3],)
    person.last_order_at = max(person.last_order_at, fact.at)
    buy(person.cart, fact.at)
    return Change(ordered=True, active=active)


def _active(person: Person, at: int, event_id: str, origin: str, visitor: str | None) -> bool:
    """Remember the sign of life if there was none later."""
    known = person.active
    later = known is None or at > known.at
    if later:
        person.active = Activity(at, event_id, origin, visitor)
    return later


def note_exit(person: Person, visitor: str, at: int) -> None:
    """An exit intent was fired in the visitor's session at that time."""
    person.exits[visitor] = at


def order_places(person: Person) -> Iterator[Ordered]:
    """Where the person's orders stand among the person's events."""
    for places in person.orders.values():
        yield from places


def merge(person: Person, visitor: str, joining: Person) -> None:
    """What a visitor was becomes the customer's (semantics: part 2, Whose).

    The cart's lines are added unless the customer ordered after the visitor's last cart change; the later armed
    anchor stays; what has fired stays fired; activity, orders and waiting browses move.
    """
    if person.last_order_at <= joining.cart_changed_at:
        pour(person.cart, joining.cart)
    person.cart_changed_at = max(person.cart_changed_at, joining.cart_changed_at)
    person.added_at = max(person.added_at, joining.added_at)
    for order_id, places in joining.orders.items():
        both = sorted({*places, *person.orders.get(order_id, ())})
        person.orders[order_id] = tuple(both if len(both) <= PLACES_MAX else (both[0], both[-1]))
    person.last_order_at = max(person.last_order_at, joining.last_order_at)
    if joining.active is not None and (person.active is None or joining.active.at > person.active.at):
        person.active = joining.active
    person.visits.update(joining.visits)
    for left, at in joining.exits.items():
        note_exit(person, left, at)
    person.viewed = joining.viewed or person.viewed
    for episode in joining.episodes:
        _inherit(person, episode)
    if not person.cart:
        person.episodes = [episode for episode in person.episodes if episode.kind is not Kind.CART_ABANDONMENT]
    person.fired = sorted((*person.fired, *joining.fired), key=lambda fired: fired.fired_at)
    for rule_id, spoke in joining.spoke.items():
        own = person.spoke.get(rule_id)
        if own is None or own.at < spoke.at:
            person.spoke[rule_id] = spoke
    person.opted_out = person.opted_out or joining.opted_out
    if visitor not in person.visitors:
        person.visitors.append(visitor)


def _inherit(person: Person, episode: Episode) -> None:
    if episode.kind not in MANY_WAIT:
        own = next((waiting for waiting in person.episodes if waiting.rule_id == episode.rule_id), None)
        if own is not None:
            if own.anchor >= episode.anchor:
                return
            person.episodes.remove(own)
    person.episodes.append(episode)
