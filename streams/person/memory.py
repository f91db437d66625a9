"""What a person remembers of a fact, before any rule looks at it; and how two memories become one."""

from collections.abc import Iterator

from msgspec.structs import replace

from schemas.events.engagements import RESPONSES
from schemas.events.orders import Payment
from schemas.facts.product_facts import PriceChanged, ProductKnown, Released, StockChanged
from schemas.facts.profile_facts import (
    CLICK,
    CartBought,
    CartChanged,
    CheckoutReached,
    FactInOrder,
    Happened,
    Inherited,
    Linked,
    OrderPlaced,
    OrderTold,
    SessionClosed,
    SessionOpened,
    SubscriptionTold,
    TraitsTold,
    VisitLeft,
)
from schemas.rules.calendar import SIGNUPS
from schemas.rules.rulebook import CartMerge
from schemas.state.person import Activity, Cart, CartNamed, Ordered, Person
from streams.limits import Cut, uncounted
from streams.person import orders as shelf
from streams.person.answers import join_answers
from streams.person.bought import Turn, bought_with
from streams.person.carts import buy, change_cart, merge_carts, name_cart
from streams.person.change import NOTHING as NOTHING
from streams.person.change import Change as Change
from streams.person.consent import join_consent
from streams.person.named_carts import join_named_carts, lose, sell, tell_cart, tell_checkout
from streams.person.orders import News
from streams.person.payments import give_back, merge_awaited, open_payment
from streams.person.products import join_products, note_known, note_shown
from streams.person.repeats import join_heard
from streams.person.responses import join_responses, note_beginning, note_response
from streams.person.rings import join_rings, visited
from streams.person.send_log import join_sends
from streams.person.subscriptions import hear_subscription, join_subscriptions
from streams.person.traits import join_traits, remember_traits

GAINED_MAX = 100
"""Visitors of a person whose running visit has filled the cart, the latest."""

PLACES_MAX = 2
"""Where the first record of an order stands, by the halves of a person that knew it: the earliest and the latest."""


MESSAGES = frozenset(RESPONSES.values())
"""What somebody does with a message."""


def remember(person: Person, fact: FactInOrder, cut: Cut = uncounted) -> Change:  # noqa: C901  one turn a fact
    """Take the fact into the person's memory. Late facts may be older than what is remembered."""
    if type(fact) is CartChanged:
        return _cart(person, fact, cut)
    if type(fact) is OrderPlaced and fact.by is not None:
        return _order_of_another(person, fact, cut)
    if type(fact) is CartBought:
        return Change(bought=lose(person, fact, cut))
    if type(fact) is OrderPlaced or type(fact) is OrderTold:
        before = bought_with(person, fact.order_id)
        change = _order(person, fact, cut) if isinstance(fact, OrderPlaced) else _told(person, fact, cut)
        change.turn = Turn(before, bought_with(person, fact.order_id), change.moved is not None)
        return change
    if type(fact) is SessionOpened:
        note_visitor(person, fact.visitor)
        known = person.visits.get(fact.visitor)
        person.visits[fact.visitor] = fact.at if known is None else min(known, fact.at)
        note_beginning(person, fact.at, cut)
        return Change(active=fact.seen and _active(person, fact.at, fact.event_id, fact.visitor, fact.visitor))
    if type(fact) is SessionClosed:
        person.visits.pop(fact.visitor, None)
        person.viewed = fact.products or person.viewed
        visited(person, fact.end, fact.views, cut)
        _active(person, fact.end, fact.event_id, fact.visitor, fact.visitor)
        return _visit_over(gained=person.gained.pop(fact.visitor, -1) >= fact.start)
    if type(fact) is VisitLeft:
        person.visits.pop(fact.visitor, None)
        person.gained.pop(fact.visitor, None)
        if fact.last:
            visited(person, fact.last, 0, cut)
            _active(person, fact.last, fact.event_id, fact.visitor, fact.visitor)
        return _visit_over()
    if type(fact) is PriceChanged:
        return Change(shown=note_shown(person, fact))
    if type(fact) is ProductKnown:
        note_known(person, fact, cut)
        return NOTHING
    if type(fact) is TraitsTold:
        remember_traits(person, fact)
    elif type(fact) is SubscriptionTold:
        hear_subscription(person, fact)
    elif isinstance(fact, Happened) and fact.event in MESSAGES:
        note_response(person, fact, cut)
    elif isinstance(fact, Happened) and fact.event in SIGNUPS:
        person.signed_up_at = first_of(person.signed_up_at, fact.at)
    elif type(fact) is CheckoutReached:
        tell_checkout(person, fact, cut)
    else:
        assert isinstance(fact, Happened | Linked | Inherited | StockChanged | Released)
    return NOTHING


def _visit_over(*, gained: bool = False) -> Change:
    """While the visit ran nobody could be inactive: now the silence counts, from the last sign of life."""
    return Change(active=True, gained=gained)


def _cart(person: Person, fact: CartChanged, cut: Cut) -> Change:
    """A whole cart that has more in it is an item added, to the person and to the visit. What is told of a bought cart,
    unchanged, is nothing."""
    if fact.carts and not tell_cart(person, fact, cut):
        return NOTHING
    changed, grew, emptied = change_cart(person, fact)
    name_cart(person, fact)
    if grew and fact.change == "set":
        person.added_at = max(person.added_at, fact.at)
        note_gain(person, fact.visitor, fact.at)
    return Change(cart=changed, added=grew, emptied=emptied)


def note_gain(person: Person, visitor: str, at: int) -> None:
    """A whole cart of the visitor had more in it at that time; of many visitors the latest are remembered."""
    person.gained[visitor] = max(at, person.gained.get(visitor, 0))
    if len(person.gained) > GAINED_MAX:
        del person.gained[min(person.gained, key=person.gained.__getitem__)]


def _order(person: Person, fact: OrderPlaced, cut: Cut) -> Change:
    """The first record of an order is the purchase; one that comes late and says that it was earlier moves it back. A
    payment that was open, and is no more, makes a purchase of the record since which it was."""
    order_id = fact.order_id
    if fact.on_site and order_id in person.awaited:
        return Change(active=_active(person, fact.at, fact.event_id, fact.visitor or order_id, fact.visitor))
    if not fact.on_site:
        let_off(person, fact.at)
    news = shelf.take(person, fact)
    opened = None
    if (kept := person.shelf.get(order_id)) is not None:
        opened = kept.opened
        if kept.payment != Payment.OPEN:
            person.awaited.pop(order_id, None)
    place, known = fact.place()[:3], person.orders.get(order_id)
    origin = fact.visitor if fact.on_site and fact.visitor is not None else order_id
    lives = (known is None and opened is None) or not fact.news
    active = lives and _active(person, fact.at, fact.event_id, origin, fact.visitor)
    if opened is not None and opened < place:
        place = opened
    if known is not None:
        if known[0] <= place:
            return Change(active=active, news=news)
        person.orders[order_id] = (place, *known[1:])
        person.first_order_at = first_of(person.first_order_at, place[0])
        person.last_order_at = max(at for at, _, _ in own_orders(person))
        return Change(bought=True, moved=known[0], active=active, place=place, news=news)
    person.orders[order_id] = (place,)
    person.last_order_at = max(person.last_order_at, place[0])
    person.first_order_at = first_of(person.first_order_at, place[0])
    sell(person, fact.carts, order_id, place[0], cut)
    buy(person, place[0])
    return Change(bought=True, ordered=True, active=active, place=place, news=news)


def _told(person: Person, fact: OrderTold, cut: Cut) -> Change:
    """A record of an order that shows no purchase."""
    news, held, active = shelf.take(person, fact), False, False
    if news is News.OPENED:
        sell(person, fact.carts, fact.order_id, fact.at, cut)
        held = open_payment(person, fact)
        active = held and _active(person, fact.at, fact.event_id, fact.order_id, fact.visitor)
    elif news is News.FAILED:
        give_back(person, fact.order_id)
    elif news is News.REVERSED:
        person.awaited.pop(fact.order_id, None)
    return Change(active=active, held=held, news=news)


def let_off(person: Person, at: int) -> None:
    """A paid order of that time, ms, says that its visitors are somebody: those who were suspected until then. What a
    page says of an order is no proof."""
    person.paid_at = max(person.paid_at, at)
    if person.suspected:
        person.suspected = {visitor: since for visitor, since in person.suspected.items() if since > person.paid_at}


def _order_of_another(person: Person, fact: OrderPlaced, cut: Cut) -> Change:
    """Somebody else has bought on the person's device what was left there: no order of this person, and no activity."""
    place, known = fact.place()[:3], person.others.get(fact.order_id)
    if fact.order_id in person.orders or (known is not None and known <= place):
        return NOTHING
    person.others[fact.order_id] = place
    sell(person, fact.carts, fact.order_id, fact.at, cut)
    buy(person, fact.at)
    return Change(bought=True)


def first_of(one: int, other: int) -> int:
    """The earlier of two times, either of which may be 0 for never."""
    return min(one, other) if one and other else one or other


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


def where_it_stands(fact: OrderPlaced, change: Change) -> OrderPlaced:
    """The purchase as it counts: at the first record of its order, if its payment was open for a while."""
    if change.place is None or change.place == fact.place()[:3]:
        return fact
    at, class_, event_id = change.place
    return replace(fact, at=at, event_id=event_id, on_site=class_ == CLICK)


def own_orders(person: Person) -> Iterator[Ordered]:
    """Where the person's own orders stand among the person's events."""
    for places in person.orders.values():
        yield from places


def merge(person: Person, visitor: str, joining: Person, cut: Cut = uncounted, how: CartMerge = "add") -> None:
    """What a visitor was becomes the customer's (semantics: part 2, Whose), but for the occasions that wait: `how` says
    what becomes of two carts, what has fired stays fired, activity and orders move."""
    brings_cart(person, joining.cart, joining.cart_changed_at, how)
    join_named_carts(person, joining, cut)
    person.added_at = max(person.added_at, joining.added_at)
    person.told = max(person.told, joining.told)
    for filled, at in joining.gained.items():
        note_gain(person, filled, at)
    for order_id, places in joining.orders.items():
        both = sorted({*places, *person.orders.get(order_id, ())})
        person.orders[order_id] = tuple(both if len(both) <= PLACES_MAX else (both[0], both[-1]))
    for order_id, place in joining.others.items():
        person.others[order_id] = min(place, person.others.get(order_id, place))
    person.last_order_at = max(person.last_order_at, joining.last_order_at)
    person.first_order_at = first_of(person.first_order_at, joining.first_order_at)
    person.signed_up_at = first_of(person.signed_up_at, joining.signed_up_at)
    join_traits(person, joining)
    if joining.active is not None and (person.active is None or joining.active.at > person.active.at):
        person.active = joining.active
    person.visits.update(joining.visits)
    for left, at in joining.exits.items():
        note_exit(person, left, at)
    person.viewed = joining.viewed or person.viewed
    person.fired = sorted((*person.fired, *joining.fired), key=lambda fired: fired.fired_at)
    join_answers(person, joining)
    shelf.merge(person, joining)
    merge_awaited(person, joining)
    join_rings(person, joining, cut)
    join_subscriptions(person, joining)
    person.cart_named = max(person.cart_named, joining.cart_named, key=_named_at)
    if not person.standing.by:
        person.standing = joining.standing
    join_sends(person, joining)
    join_responses(person, joining, cut)
    person.first_id = person.first_id or joining.first_id
    person.choice = max(person.choice, joining.choice)
    join_products(person, joining, cut)
    person.suspected |= joining.suspected
    let_off(person, max(person.paid_at, joining.paid_at))
    join_consent(person, joining)
    join_heard(person, joining)
    note_visitor(person, visitor)


def _named_at(named: CartNamed) -> tuple[int, str]:
    return named.at, named.event_id


def note_visitor(person: Person, visitor: str) -> None:
    """The visitor was seen as this person, last of all: an erasure is told to it."""
    if not person.visitors or person.visitors[-1] != visitor:
        if visitor in person.visitors:
            person.visitors.remove(visitor)
        person.visitors.append(visitor)


def brings_cart(person: Person, cart: Cart, changed_at: int, how: CartMerge) -> None:
    """A visitor's cart meets the customer's, unless the customer ordered after the visitor's last cart change."""
    if person.last_order_at <= changed_at:
        merge_carts(person.cart, cart, how, own_is_later=person.cart_changed_at > changed_at)
    person.cart_changed_at = max(person.cart_changed_at, changed_at)
