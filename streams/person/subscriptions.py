"""The shelf of subscriptions: which products somebody has delivered again and again, and until when.

A subscription is known by the id that its records name in the place of an order's. It is active from its first record
on, until `subscription_cancelled`; after that `subscription_started` or `subscription_renewed` begin it again. A record
that names no products leaves them as they are known. What comes late, after a later record, says only which products
there are, where nobody has said so.
"""

from schemas.order_facts import SubscriptionTold
from schemas.orders import OrderType
from schemas.person import Ordered, Person, Subscription
from streams.limits import Cut, size_of

SUBSCRIPTIONS_MAX = 20
"""Subscriptions of a person. Those that are over go first, then those of which was heard the longest ago."""

SUBSCRIPTIONS_BYTES_MAX = 16 * 1024
"""These, with their products: 20 of 50 ordinary ids."""

PRODUCTS_MAX = 50
"""Products of a subscription. What comes on top is left out."""

FOREVER: Ordered = (1 << 62, 0, "")
"""Until when a product is subscribed that still is."""

NEVER: Ordered = (0, 0, "")

BEGINS = frozenset({OrderType.SUBSCRIPTION_STARTED, OrderType.SUBSCRIPTION_RENEWED})


def hear_subscription(person: Person, fact: SubscriptionTold) -> None:
    """Take in what a record says of its subscription."""
    known, place = person.subscriptions.get(fact.subscription), fact.place()[:3]
    ends = fact.type == OrderType.SUBSCRIPTION_CANCELLED
    if known is None:
        until = dict.fromkeys(fact.products[:PRODUCTS_MAX], place if ends else FOREVER)
        person.subscriptions[fact.subscription] = Subscription(not ends, place, until)
        return
    late = place < known.by
    if late:
        active = known.active
        now = fact.products if not known.until else ()
    else:
        active = not ends and (known.active or fact.type in BEGINS)
        now = fact.products or tuple(known.until)
    by = known.by if late else place
    person.subscriptions[fact.subscription] = Subscription(active, by, _until(known, now, by, active=active))


def _until(known: Subscription, now: tuple[str, ...], by: Ordered, *, active: bool) -> dict[str, Ordered]:
    """Until when each product is subscribed, where from `by` on it is these."""
    if not now:
        return known.until
    until = {product: by if was == FOREVER else was for product, was in known.until.items()}
    if active:
        until |= dict.fromkeys(now, FOREVER)
    elif not known.until:
        until = dict.fromkeys(now, by)
    return until


def subscribed_until(person: Person, product: str) -> Ordered:
    """Until which place among the person's events some subscription has the product; FOREVER if one still has it,
    NEVER if none ever had."""
    return max([one.until[product] for one in person.subscriptions.values() if product in one.until], default=NEVER)


def join_subscriptions(person: Person, joining: Person) -> None:
    """Two persons are one: of a subscription that both know the later word counts."""
    for id_, brought in joining.subscriptions.items():
        own = person.subscriptions.get(id_)
        person.subscriptions[id_] = brought if own is None else _both(*sorted((own, brought), key=_by))


def _both(early: Subscription, late: Subscription) -> Subscription:
    if not late.until:
        return Subscription(late.active, late.by, _until(early, tuple(early.until), late.by, active=late.active))
    until = {product: late.by if was == FOREVER else was for product, was in early.until.items()}
    return Subscription(late.active, late.by, until | late.until)


def fit_subscriptions(person: Person, cut: Cut) -> None:
    """Cut what is known of subscriptions, in place."""
    known = person.subscriptions
    if not known or (len(known) <= SUBSCRIPTIONS_MAX and size_of(known) <= SUBSCRIPTIONS_BYTES_MAX):
        return
    for id_ in sorted(known, key=lambda one: (known[one].active, known[one].by)):
        if len(known) <= SUBSCRIPTIONS_MAX and size_of(known) <= SUBSCRIPTIONS_BYTES_MAX:
            break
        del known[id_]
        cut("subscriptions", 1)


def _by(one: Subscription) -> Ordered:
    return one.by
