"""Exit intent: the visitor moves to leave, with something in the cart or after a few product views.

Judged the moment the signal arrives, against what is known then; once a session, by whichever rule comes first, and not
after its order. One that was taken back, or ended undelivered, does not use the session up.
"""

from schemas.decisions import Reason
from schemas.facts import ExitSignalled
from schemas.person import Cart, Episode
from schemas.rulebook import ExitIntent
from schemas.triggers import Kind
from streams.carts import is_worth


def episode_of(rule: ExitIntent, signal: ExitSignalled) -> Episode:
    """The occasion: anchor and due are the signal's time."""
    return Episode(
        rule_id=rule.id,
        rule_version=rule.version,
        kind=Kind.EXIT_INTENT,
        anchor=signal.at,
        due=signal.at,
        event_id=signal.event_id,
        origin=signal.visitor,
        visitor=signal.visitor,
        start=signal.session_start,
        products=signal.products,
    )


def why_not(
    rule: ExitIntent, signal: ExitSignalled, cart: Cart, orders: list[int], exited_at: int | None
) -> Reason | None:
    """What speaks against it: `orders` are the times of the person's known orders, `exited_at` that of the visitor's
    last exit intent. Both ends of [session start, signal] count."""
    if exited_at is not None and exited_at >= signal.session_start:
        return Reason.FIRED_IN_SESSION
    if any(signal.session_start <= at <= signal.at for at in orders):
        return Reason.ORDERED_IN_SESSION
    if signal.views >= rule.min_views or is_worth(cart, rule.min_cart_value, rule.currency):
        return None
    return Reason.BELOW_THRESHOLD
