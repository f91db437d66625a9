"""Checkout abandonment: a checkout was started or taken further, with a cart or without, and no order followed.

The wait counts from the last step of the checkout; an order after it and not later than the due time ends it.
"""

from schemas.decisions import Reason
from schemas.facts import CLICK, CheckoutReached, FactInOrder, OrderPlaced
from schemas.person import Episode, Person
from schemas.rulebook import CheckoutAbandonment
from schemas.triggers import Kind
from streams.carts import is_worth
from streams.case import Case
from streams.memory import Change, order_places


def observe(case: Case, rule: CheckoutAbandonment, fact: FactInOrder, change: Change) -> None:
    """Arm or end the rule's episode after the fact was remembered."""
    if isinstance(fact, CheckoutReached):
        case.arm(rule, Kind.CHECKOUT_ABANDONMENT, fact.at, fact.event_id, fact.visitor, fact.visitor)
    elif isinstance(fact, OrderPlaced) and change.ordered:
        waiting = case.episode(rule)
        if waiting is not None and fact.place() > (waiting.anchor, CLICK, waiting.event_id):
            case.end(waiting, Reason.ORDERED)


def look_again(person: Person, episode: Episode, rule: CheckoutAbandonment) -> Reason | None:
    """Why a due episode is not worth a trigger after all: an order that a merge brought in, or too small a cart."""
    anchor = (episode.anchor, CLICK, episode.event_id)
    if any(anchor < ordered and ordered[0] <= episode.due for ordered in order_places(person)):
        return Reason.ORDERED
    if rule.min_cart_value and not is_worth(person.cart, rule.min_cart_value):
        return Reason.BELOW_THRESHOLD
    return None
