"""Payment failed: an order came, and its payment has failed, or did not come for as long as it was waited for.

The wait counts from the record that says so, else from the end of the waiting. That the order is paid after all, that
its payment is open again, or another order ends it. Another order makes it wrong, too, that came while the payment was
open: it was tried again under a new number. It is the deepest rung of the ladder.
"""

from schemas.events.orders import Payment
from schemas.facts.profile_facts import FactInOrder, OrderPlaced, OrderTold
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.orders import PaymentFailed
from schemas.state.person import Episode
from streams.person.change import Change
from streams.person.memory import own_orders
from streams.person.orders import News
from streams.person.shelves import buying_of
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: PaymentFailed, fact: FactInOrder, change: Change) -> None:
    """Arm for an order that was not paid; end what an order, or its payment, answers."""
    if isinstance(fact, OrderTold):
        if change.news is News.FAILED:
            at, class_, event_id, _ = fact.place()
            kept = buying_of(case.person).kept.get(fact.order_id)
            owed_since = at if kept is None or kept.opened is None else kept.opened[0]
            case.arm(rule, at, event_id, fact.order_id, fact.visitor, start=owed_since, class_=class_)
        elif change.held or change.news is News.OPENED:
            for episode in case.waiting(rule):
                if change.held or episode.origin == fact.order_id:
                    case.end(episode, Reason.PAYMENT_PENDING)
    elif isinstance(fact, OrderPlaced) and fact.by is None:
        _answer(case, rule, fact, is_purchase=change.bought)


def _answer(case: Case, rule: PaymentFailed, fact: OrderPlaced, *, is_purchase: bool) -> None:
    """The order is paid, or another one has come. What went out of an order that is paid is taken back."""
    kept = buying_of(case.person).kept.get(fact.order_id)
    paid = is_purchase or (kept is not None and kept.payment != Payment.FAILED)
    for episode in case.waiting(rule):
        if (paid and episode.origin == fact.order_id) or (is_purchase and fact.at >= episode.anchor):
            case.end(episode, Reason.ORDERED)
    for fired in case.person.fired:
        if paid and fired.rule_id == rule.id and fired.origin == fact.order_id and not fired.settled:
            case.cancel(fired, Reason.ORDERED)


def look_again(case: Case, episode: Episode, rule: PaymentFailed) -> Reason | None:
    """Why a due episode is none after all: a merge brought the payment, or another order."""
    kept = buying_of(case.person).kept.get(episode.origin)
    if kept is not None and kept.payment == Payment.OPEN:
        return Reason.PAYMENT_PENDING
    paid = kept is not None and kept.payment != Payment.FAILED
    ordered = any(episode.anchor < place[0] <= episode.due for place in own_orders(case.person))
    return Reason.ORDERED if paid or ordered else None


ROW: Row = Row(
    kind="payment_failed",
    section=PaymentFailed,
    hears=frozenset({OrderPlaced.fact, OrderTold.fact}),
    observe=observe,
    look_again=look_again,
    rung=3,
    of_order=True,
    about=ORDER,
)
