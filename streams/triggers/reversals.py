"""What an order ends that is no purchase: one whose payment is open, and one that is none any more."""

from schemas.facts.profile_facts import OrderPlaced, OrderTold
from schemas.outcomes.decisions import Reason
from streams.person.change import Change
from streams.person.orders import News
from streams.triggers.case import Case
from streams.triggers.kinds import row_of

UNDONE = frozenset({News.REVERSED, News.FAILED})


def end_by_order(case: Case, fact: OrderPlaced | OrderTold, change: Change) -> None:
    """End what the record ends. What an order has ended before it was undone stays ended."""
    if change.held:
        _hold(case, fact.at)
    if change.news in UNDONE:
        _undo(case, fact.order_id)


def _hold(case: Case, at: int) -> None:
    """The order takes what was in the cart with it: nobody is reminded of that while its payment is waited for."""
    for episode in list(case.person.episodes):
        row = row_of(episode.kind)
        if row.of_device and episode.start <= at and not (row.of_cart and case.person.cart):
            case.end(episode, Reason.PAYMENT_PENDING)


def _undo(case: Case, order_id: str) -> None:
    """The order is none any more: what waits counting from it is over, and what went out and is not delivered is taken
    back."""
    for episode in list(case.person.episodes):
        if episode.origin == order_id and row_of(episode.kind).of_order:
            case.end(episode, Reason.ORDER_REVERSED)
    for fired in case.person.fired:
        if fired.origin == order_id and row_of(fired.kind).of_order and not fired.settled:
            case.cancel(fired, Reason.ORDER_REVERSED)
