"""Checkout abandonment: a checkout was started or taken further, with a cart or without, and no order followed.

The wait counts from the last step of the checkout; an order after it and not later than the due time ends it, and so
does a cart emptied by hand. A step that is the thank-you page of a purchase begins nothing.
"""

from schemas.facts.profile_facts import CartChanged, CheckoutReached, FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import LINES
from schemas.rules.kinds import CheckoutAbandonment
from schemas.state.person import Episode
from streams.person.carts import is_worth, purchases
from streams.person.change import Change
from streams.person.waiting import place_of
from streams.triggers.absence import arm_after, is_answered
from streams.triggers.case import Case
from streams.triggers.row import Row
from streams.triggers.thank_you import begun_at


def observe(case: Case, rule: CheckoutAbandonment, fact: FactInOrder, change: Change) -> None:
    """Arm or end the rule's episode after the fact was remembered."""
    if type(fact) is CheckoutReached:
        start = begun_at(case, fact)
        if start is not None:
            arm_after(case, rule, fact, start=start)
        return
    at = fact.at if change.place is None else change.place[0]
    for waiting in case.waiting(rule):
        if change.bought and at >= waiting.start:
            case.end(waiting, Reason.ORDERED)
        elif change.emptied and fact.place()[:3] > place_of(waiting):
            case.end(waiting, Reason.CART_EMPTIED)


def look_again(case: Case, episode: Episode, rule: CheckoutAbandonment) -> Reason | None:
    """Why a due episode is not worth a trigger after all: an order that a merge brought in, or too small a cart."""
    if is_answered(episode, purchases(case.person)):
        return Reason.ORDERED
    if rule.min_cart_value and not is_worth(case.person.cart, rule.min_cart_value, rule.currency):
        return Reason.BELOW_THRESHOLD
    return None


ROW: Row = Row(
    kind="checkout_abandonment",
    section=CheckoutAbandonment,
    hears=frozenset({CartChanged.fact, CheckoutReached.fact, OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    rung=2,
    of_device=True,
    reminds_of_cart=True,
    about=LINES,
)
