"""Cart abandonment: something was left in the cart, and no order came for as long as the rule waits.

The wait counts from the last change of the cart (semantics: part 2): an item added or a changed cart arms, also again
after a trigger; a removal moves an armed anchor; a checkout with something in the cart arms, unless it is the thank-you
page of a purchase; an order or an emptied cart disarms. The cart itself stays when the trigger has fired.
"""

from typing import Final

from schemas.facts.profile_facts import CartChanged, CheckoutReached, FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import LINES
from schemas.rules.kinds import CartAbandonment
from schemas.state.person import Episode
from streams.person.carts import is_bought_after, is_worth
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.row import Row
from streams.triggers.thank_you import begun_at


def observe(case: Case, rule: CartAbandonment, fact: FactInOrder, change: Change) -> None:
    """Arm, move or end the rule's episode after the fact was remembered."""
    waiting = case.episode(rule)
    if type(fact) is CartChanged and change.cart:
        if not case.person.cart:
            for episode in case.waiting(rule):
                case.end(episode, Reason.CART_EMPTIED)
        elif fact.change != "remove" or waiting is not None:
            _arm(case, rule, fact)
    elif type(fact) is CheckoutReached and case.person.cart:
        start = begun_at(case, fact)
        if start is not None:
            _arm(case, rule, fact, start)
    elif type(fact) is OrderPlaced and change.bought and not case.person.cart:
        for episode in case.waiting(rule):
            case.end(episode, Reason.ORDERED)


def _arm(case: Case, rule: CartAbandonment, fact: CartChanged | CheckoutReached, start: int | None = None) -> None:
    if is_bought_after(case.person, fact):
        return  # a late click from before a purchase that is known already
    case.arm(rule, fact.at, fact.event_id, fact.visitor, fact.visitor, start=start)


def look_again(case: Case, episode: Episode, rule: CartAbandonment) -> Reason | None:
    """Why a due episode is not worth a trigger after all."""
    return None if is_worth(case.person.cart, rule.min_cart_value, rule.currency) else Reason.BELOW_THRESHOLD


ROW: Final[Row] = Row(
    kind="cart_abandonment",
    section=CartAbandonment,
    hears=frozenset({CartChanged.fact, CheckoutReached.fact, OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    rung=1,
    of_device=True,
    of_cart=True,
    reminds_of_cart=True,
    about=LINES,
)
