"""Subscriptions: which products somebody has delivered again and again, and until when.

A subscription is known by the id that its records name in the place of an order's. It is active from its first record
on, until `subscription_cancelled`; after that `subscription_started` or `subscription_renewed` begin it again. A record
that names no products leaves them as they are known. What comes late, after a later record, says only which products
there are, where nobody has said so.
"""

from schemas.events.orders import OrderType
from schemas.facts.order_facts import SubscriptionTold
from schemas.state.order import Ordered
from schemas.state.person import Person
from schemas.state.shelves import Subscription
from streams.limits import Cut, size_of
from streams.person.orders import NEVER
from streams.person.shelves import buying_of, own_buying

SUBSCRIPTIONS_MAX = 20
"""Subscriptions of a person. Those that are over go first, then those of which was heard the longest ago."""

SUBSCRIPTIONS_BYTES_MAX = 16 * 1024
"""These, with their products: 20 of 50 ordinary ids."""

PRODUCTS_MAX = 50
"""Products that one record names. What comes on top is left out."""

FOREVER: Ordered = (1 << 62, 0, "")
"""Until when a product is subscribed that still is."""


BEGINS = frozenset({OrderType.SUBSCRIPTION_STARTED, OrderType.SUBSCRIPTION_RENEWED})


def hear_subscription(person: Person, fact: SubscriptionTold) -> None:
    """Take in what a record says of its subscription."""
    subscriptions = own_buying(person).subscriptions
    known, place = subscriptions.get(fact.subscription), fact.place()[:3]
    ends = fact.type == OrderType.SUBSCRIPTION_CANCELLED
    if known is None:
        until = dict.fromkeys(fact.products, place) if ends else {}
        subscriptions[fact.subscription] = Subscription(not ends, place, fact.products, until)
    elif place < known.by:
        if not known.products:
            subscriptions[fact.subscription] = _named(known, fact.products)
    else:
        active = not ends and (known.active or fact.type in BEGINS)
        products = fact.products if fact.products and not (ends and known.products) else known.products
        until = _until(known, place, products if active else ())
        subscriptions[fact.subscription] = Subscription(active, place, products, until)


def _named(known: Subscription, products: tuple[str, ...]) -> Subscription:
    """The subscription, now that somebody says what was in it."""
    until = known.until if known.active else dict.fromkeys(products, known.by)
    return Subscription(known.active, known.by, products, until)


def _until(known: Subscription, place: Ordered, now: tuple[str, ...]) -> dict[str, Ordered]:
    """Until when products were subscribed, where from that place on it is only these."""
    if not known.active:
        return dict(known.until)
    return known.until | {product: place for product in known.products if product not in now}


def subscribed_until(person: Person, product: str) -> Ordered:
    """Until which place among the person's events some subscription has the product; FOREVER if one still has it,
    NEVER if none ever had."""
    found = NEVER
    for one in buying_of(person).subscriptions.values():
        if one.active and product in one.products:
            return FOREVER
        found = max(found, one.until.get(product, NEVER))
    return found


def join_subscriptions(person: Person, joining: Person) -> None:
    """Two persons are one: of a subscription that both know the later word counts."""
    subscriptions = own_buying(person).subscriptions
    for id_, brought in buying_of(joining).subscriptions.items():
        own = subscriptions.get(id_)
        subscriptions[id_] = brought if own is None else _both(*sorted((own, brought), key=_by))


def _both(early: Subscription, late: Subscription) -> Subscription:
    products = late.products or early.products
    until = _until(early, late.by, products if late.active else ())
    for product, at in late.until.items():
        until[product] = max(at, until.get(product, NEVER))
    return Subscription(late.active, late.by, products, until)


def fit_subscriptions(person: Person, cut: Cut) -> None:
    """Cut what is known of subscriptions, in place."""
    known = buying_of(person).subscriptions
    if not known or (len(known) <= SUBSCRIPTIONS_MAX and size_of(known) <= SUBSCRIPTIONS_BYTES_MAX):
        return
    for id_ in sorted(known, key=lambda one: (known[one].active, known[one].by)):
        if len(known) <= SUBSCRIPTIONS_MAX and size_of(known) <= SUBSCRIPTIONS_BYTES_MAX:
            break
        del known[id_]
        cut("subscriptions", 1)


def _by(one: Subscription) -> Ordered:
    return one.by
