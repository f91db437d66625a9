"""Post-purchase: something is said after each order, whatever else is bought.

The wait counts from the purchase, or from when the last of its parcels named so far was delivered; a parcel that is
named and delivered later moves it. An order that is reversed, or was not paid after all, is none.
"""

from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.orders import PostPurchase
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.change import Change
from streams.person.orders import News, counts, is_reversed
from streams.person.shelves import buying_of
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: PostPurchase, fact: FactInOrder, change: Change) -> None:
    """Arm for the order: by its purchase, or by its delivery."""
    if not isinstance(fact, OrderPlaced) or fact.by is not None or not counts(case.person, fact.order_id):
        return
    if rule.since == "purchase" and change.place is not None:
        at, class_, event_id = change.place
    elif rule.since == "delivered" and change.news is News.DELIVERED:
        at, class_, event_id, _ = fact.place()
    else:
        return
    for episode in case.waiting(rule):
        if episode.origin == fact.order_id and episode.step == 1:
            case.person.episodes.remove(episode)
    case.arm(rule, at, event_id, fact.order_id, fact.visitor, start=NO_PURCHASE, several=True, class_=class_)


def look_again(case: Case, episode: Episode, rule: PostPurchase) -> Reason | None:
    """Why a due episode is none after all: the order counts no more, or two halves of a person both knew it, and the
    other's occasion stands for it."""
    person, order_id = case.person, episode.origin
    if is_reversed(person, order_id):
        return Reason.ORDER_REVERSED
    if not counts(person, order_id):
        return Reason.PAYMENT_PENDING
    if rule.since == "purchase":
        at = person.orders[order_id][0][0] if order_id in person.orders else episode.anchor
    else:
        at = (order_id in buying_of(person).kept and buying_of(person).kept[order_id].delivered_at) or episode.anchor
    return None if at == episode.anchor else Reason.MERGED


ROW: Row = Row(
    kind="post_purchase",
    section=PostPurchase,
    hears=frozenset({OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    of_order=True,
    about=ORDER,
)
