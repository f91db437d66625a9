"""How two memories of one person become one: a visitor turns out to be a customer."""

from schemas.rules.rulebook import CartMerge
from schemas.state.cart import Cart, CartNamed
from schemas.state.person import Person
from streams.limits import Cut, uncounted
from streams.person import orders
from streams.person.answers import join_answers
from streams.person.carts import merge_carts
from streams.person.consent import join_consent
from streams.person.memory import let_off, note_exit, note_gain, note_visitor
from streams.person.named_carts import join_named_carts
from streams.person.payments import merge_awaited
from streams.person.products import join_products
from streams.person.repeats import join_heard
from streams.person.responses import join_responses
from streams.person.rings import join_rings
from streams.person.send_log import join_sends
from streams.person.shelves import buying_of, carts_of, own_buying, own_carts, own_presence, presence_of, standing_of
from streams.person.subscriptions import join_subscriptions
from streams.person.times import first_of
from streams.person.traits import join_traits

PLACES_MAX = 2
"""Where the first record of an order stands, by the halves of a person that knew it: the earliest and the latest."""


def merge(person: Person, visitor: str, joining: Person, cut: Cut = uncounted, how: CartMerge = "add") -> None:
    """What a visitor was becomes the customer's (semantics: part 2, Whose), but for the occasions that wait: `how` says
    what becomes of two carts, what has fired stays fired, activity and orders move."""
    _merge_cart(person, joining, cut, how)
    _merge_orders(person, joining, cut)
    join_traits(person, joining)
    if joining.active is not None and (person.active is None or joining.active.at > person.active.at):
        person.active = joining.active
    person.visits.update(joining.visits)
    for left, at in presence_of(joining).exits.items():
        note_exit(person, left, at)
    person.viewed = joining.viewed or person.viewed
    person.fired = sorted((*person.fired, *joining.fired), key=lambda fired: fired.fired_at)
    join_answers(person, joining)
    join_rings(person, joining, cut)
    if not standing_of(person).by:
        person.standing = joining.standing
    join_sends(person, joining)
    join_responses(person, joining, cut)
    person.first_id = person.first_id or joining.first_id
    person.choice = max(person.choice, joining.choice)
    join_products(person, joining, cut)
    join_consent(person, joining)
    join_heard(person, joining)
    note_visitor(person, visitor)


def _merge_cart(person: Person, joining: Person, cut: Cut, how: CartMerge) -> None:
    brings_cart(person, joining.cart, joining.cart_changed_at, how)
    join_named_carts(person, joining, cut)
    person.added_at = max(person.added_at, joining.added_at)
    person.told = max(person.told, joining.told)
    for filled, at in carts_of(joining).gained.items():
        note_gain(person, filled, at)
    named = carts_of(joining).named
    if _named_at(named) > _named_at(carts_of(person).named):
        own_carts(person).named = named


def _merge_orders(person: Person, joining: Person, cut: Cut) -> None:
    for order_id, places in joining.orders.items():
        both = sorted({*places, *person.orders.get(order_id, ())})
        person.orders[order_id] = tuple(both if len(both) <= PLACES_MAX else (both[0], both[-1]))
    person.last_order_at = max(person.last_order_at, joining.last_order_at)
    if presence_of(joining).suspected:
        own_presence(person).suspected |= presence_of(joining).suspected
    let_off(person, buying_of(joining).paid_at)
    if joining.buying is None:
        return
    own = own_buying(person)
    own.first_order_at = first_of(own.first_order_at, joining.buying.first_order_at)
    for order_id, place in joining.buying.others.items():
        own.others[order_id] = min(place, own.others.get(order_id, place))
    orders.merge(person, joining)
    merge_awaited(person, joining)
    join_subscriptions(person, joining)


def _named_at(named: CartNamed) -> tuple[int, str]:
    return named.at, named.event_id


def brings_cart(person: Person, cart: Cart, changed_at: int, how: CartMerge) -> None:
    """A visitor's cart meets the customer's, unless the customer ordered after the visitor's last cart change."""
    if person.last_order_at <= changed_at:
        merge_carts(person.cart, cart, how, own_is_later=person.cart_changed_at > changed_at)
    person.cart_changed_at = max(person.cart_changed_at, changed_at)
