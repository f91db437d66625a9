"""What a person remembers of a fact, before any rule looks at it."""

from collections.abc import Iterator
from typing import Final

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
from schemas.state.order import Ordered
from schemas.state.person import Activity, Person
from streams.limits import Cut, uncounted
from streams.person import orders
from streams.person.bought import Turn, bought_with
from streams.person.carts import buy, change_cart, name_cart
from streams.person.change import NOTHING, Change
from streams.person.named_carts import lose, sell, tell_cart, tell_checkout
from streams.person.orders import News
from streams.person.payments import give_back, open_payment
from streams.person.products import note_known, note_shown
from streams.person.responses import note_beginning, note_response
from streams.person.rings import visited
from streams.person.shelves import buying_of, carts_of, own_account, own_buying, own_carts, own_presence
from streams.person.subscriptions import hear_subscription
from streams.person.times import first_of
from streams.person.traits import remember_traits

GAINED_MAX: Final = 100
"""Visitors of a person whose running visit has filled the cart, the latest."""

MESSAGES: Final = frozenset(RESPONSES.values())
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
        return _visit_over(gained=_ungained(person, fact.visitor) >= fact.start)
    if type(fact) is VisitLeft:
        person.visits.pop(fact.visitor, None)
        _ungained(person, fact.visitor)
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
        account = own_account(person)
        account.signed_up_at = first_of(account.signed_up_at, fact.at)
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
    change = change_cart(person, fact)
    name_cart(person, fact)
    if change.grew and fact.change == "set":
        person.added_at = max(person.added_at, fact.at)
        note_gain(person, fact.visitor, fact.at)
    return Change(cart=change.changed, added=change.grew, emptied=change.emptied)


def note_gain(person: Person, visitor: str, at: int) -> None:
    """A whole cart of the visitor had more in it at that time; of many visitors the latest are remembered."""
    gained = own_carts(person).gained
    gained[visitor] = max(at, gained.get(visitor, 0))
    if len(gained) > GAINED_MAX:
        del gained[min(gained, key=gained.__getitem__)]


def _ungained(person: Person, visitor: str) -> int:
    """The visit of the visitor is over: when its whole cart last had more in it, -1 for never."""
    gained = carts_of(person).gained
    return gained.pop(visitor) if visitor in gained else -1


def _order(person: Person, fact: OrderPlaced, cut: Cut) -> Change:
    """The first record of an order is the purchase; one that comes late and says that it was earlier moves it back. A
    payment that was open, and is no more, makes a purchase of the record since which it was."""
    order_id = fact.order_id
    if fact.on_site and order_id in buying_of(person).awaited:
        sell(person, fact.carts, order_id, fact.at, cut)
        return Change(active=_active(person, fact.at, fact.event_id, fact.visitor or order_id, fact.visitor))
    if not fact.on_site:
        let_off(person, fact.at)
    news = orders.take(person, fact)
    opened = None
    if (kept := buying_of(person).kept.get(order_id)) is not None:
        opened = kept.opened
        if kept.payment != Payment.OPEN:
            buying_of(person).awaited.pop(order_id, None)
    place, known = fact.place()[:3], person.orders.get(order_id)
    origin = fact.visitor if fact.on_site and fact.visitor is not None else order_id
    lives = (known is None and opened is None) or not fact.news
    active = lives and _active(person, fact.at, fact.event_id, origin, fact.visitor)
    if opened is not None and opened < place:
        place = opened
    sell(person, fact.carts, order_id, place[0], cut)
    if known is not None:
        if known[0] <= place:
            return Change(active=active, news=news)
        person.orders[order_id] = (place, *known[1:])
        _first_ordered(person, place[0])
        person.last_order_at = max(at for at, _, _ in own_orders(person))
        return Change(bought=True, moved=known[0], active=active, place=place, news=news)
    person.orders[order_id] = (place,)
    person.last_order_at = max(person.last_order_at, place[0])
    _first_ordered(person, place[0])
    buy(person, place[0])
    return Change(bought=True, ordered=True, active=active, place=place, news=news)


def _first_ordered(person: Person, at: int) -> None:
    buying = own_buying(person)
    buying.first_order_at = first_of(buying.first_order_at, at)


def _told(person: Person, fact: OrderTold, cut: Cut) -> Change:
    """A record of an order that shows no purchase."""
    news, held, active = orders.take(person, fact), False, False
    if news is News.OPENED:
        sell(person, fact.carts, fact.order_id, fact.at, cut)
        held = open_payment(person, fact)
        active = held and _active(person, fact.at, fact.event_id, fact.order_id, fact.visitor)
    elif news is News.FAILED:
        give_back(person, fact.order_id)
    elif news is News.REVERSED:
        buying_of(person).awaited.pop(fact.order_id, None)
    return Change(active=active, held=held, news=news)


def let_off(person: Person, at: int) -> None:
    """A paid order of that time, ms, says that its visitors are somebody: those who were suspected until then. What a
    page says of an order is no proof."""
    if at > buying_of(person).paid_at:
        own_buying(person).paid_at = at
    paid_at, presence = buying_of(person).paid_at, person.presence
    if presence is not None and presence.suspected:
        presence.suspected = {visitor: since for visitor, since in presence.suspected.items() if since > paid_at}


def _order_of_another(person: Person, fact: OrderPlaced, cut: Cut) -> Change:
    """Somebody else has bought on the person's device what was left there: no order of this person, and no activity."""
    place, known = fact.place()[:3], buying_of(person).others.get(fact.order_id)
    if fact.order_id in person.orders or (known is not None and known <= place):
        return NOTHING
    own_buying(person).others[fact.order_id] = place
    sell(person, fact.carts, fact.order_id, fact.at, cut)
    buy(person, fact.at)
    return Change(bought=True)


def _active(person: Person, at: int, event_id: str, origin: str, visitor: str | None) -> bool:
    """Remember the sign of life if there was none later."""
    known = person.active
    later = known is None or at > known.at
    if later:
        person.active = Activity(at, event_id, origin, visitor)
    return later


def note_exit(person: Person, visitor: str, at: int) -> None:
    """An exit intent was fired in the visitor's session at that time."""
    own_presence(person).exits[visitor] = at


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


def note_visitor(person: Person, visitor: str) -> None:
    """The visitor was seen as this person, last of all: an erasure is told to it."""
    if not person.visitors or person.visitors[-1] != visitor:
        if visitor in person.visitors:
            person.visitors.remove(visitor)
        person.visitors.append(visitor)
