"""First purchase: somebody has bought for the first time. No later purchase makes it wrong.

The wait counts from the purchase. Where a late record, or a merge, shows that there was an earlier one, that is the
first. An order that is reversed, or was not paid after all, is none.
"""

from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import ORDER
from schemas.rules.orders import FirstPurchase
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.first import arm_first, is_first
from streams.triggers.row import Row


def observe(case: Case, rule: FirstPurchase, fact: FactInOrder, change: Change) -> None:
    """Arm for the purchase before which there is none."""
    arm_first(case, rule, fact, change, start=NO_PURCHASE)


def look_again(case: Case, episode: Episode, rule: FirstPurchase) -> Reason | None:
    """Why a due episode is none after all: there was an earlier purchase, or this one counts no more."""
    return is_first(case.person, episode)


ROW: Row = Row(
    kind="first_purchase",
    section=FirstPurchase,
    hears=frozenset({OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    of_order=True,
    about=ORDER,
)
