"""Second-purchase push: somebody has bought for the first time, and did not buy again for as long as the rule waits.

The wait counts from the first purchase; a purchase after it and not later than the due time ends it.
"""

from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.orders import SecondPurchasePush
from schemas.state.person import Episode
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.first import arm_first, is_first
from streams.triggers.row import Row


def observe(case: Case, rule: SecondPurchasePush, fact: FactInOrder, change: Change) -> None:
    """Arm for the purchase before which there is none; end it by the next one."""
    if isinstance(fact, OrderPlaced) and change.ordered:
        for episode in case.waiting(rule):
            if episode.origin != fact.order_id and change.place is not None and change.place[0] >= episode.anchor:
                case.end(episode, Reason.ORDERED)
    arm_first(case, rule, fact, change, start=None)


def look_again(case: Case, episode: Episode, rule: SecondPurchasePush) -> Reason | None:
    """Why a due episode is none after all: a merge brought another purchase, or this one counts no more."""
    others = (places for order_id, places in case.person.orders.items() if order_id != episode.origin)
    if any(episode.anchor <= place[0] <= episode.due for places in others for place in places):
        return Reason.ORDERED
    return is_first(case.person, episode)


ROW: Row = Row(
    kind="second_purchase_push",
    section=SecondPurchasePush,
    hears=frozenset({OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    of_order=True,
    about=ORDER,
)
