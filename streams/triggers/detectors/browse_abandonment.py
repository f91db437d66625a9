"""Browse abandonment: a session with product views, no item added and no order, and nothing came of it afterwards.

The wait counts from the session's end. An order from the session's start on, or an item added after its end, ends it
if it comes not later than the due time. A whole cart that has more in it than before is an item added. A person can
have several such sessions waiting, one a visitor and end.
"""

from typing import Final

from schemas.facts.profile_facts import CartChanged, FactInOrder, OrderPlaced, SessionClosed
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import VIEWED
from schemas.rules.kinds import BrowseAbandonment
from schemas.rules.timed import WaitingRule
from schemas.state.person import Episode, Person
from streams.person.carts import bought_since
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.row import Row


def observe(case: Case, rule: BrowseAbandonment, fact: FactInOrder, change: Change) -> None:
    """Arm an episode for a session that is over; end those that have led to something."""
    observe_visits(case, rule, fact, change, is_one=type(fact) is SessionClosed and fact.views >= rule.min_views)


def observe_visits(case: Case, rule: WaitingRule, fact: FactInOrder, change: Change, *, is_one: bool) -> None:
    """The same for any rule about sessions that have led to nothing; `is_one` if it is such a session that is over."""
    if type(fact) is SessionClosed:
        added = fact.added or change.gained
        if is_one and not added and not _led_to(case.person, fact.start, fact.end):
            case.arm(
                rule,
                fact.end,
                fact.event_id,
                fact.visitor,
                fact.visitor,
                start=fact.start,
                products=fact.products,
                several=True,
            )
    elif change.bought or change.added:
        for episode in case.waiting(rule):
            reason = _led_to(case.person, episode.start, episode.anchor)
            if reason is not None:
                case.end(episode, reason)


def _led_to(person: Person, start: int, end: int) -> Reason | None:
    """What a session from `start` to `end` has led to so far. Folded facts are not later than the moment looked at."""
    if bought_since(person, start):
        return Reason.ORDERED
    if person.added_at > end:
        return Reason.ITEM_ADDED
    return None


def look_again(case: Case, episode: Episode, rule: WaitingRule) -> Reason | None:
    """Why a due episode is not worth a trigger after all; with the ladder a cart speaks for itself."""
    reason = _led_to(case.person, episode.start, episode.anchor)
    if reason is None and case.rulebook.ladder and case.person.cart:
        return Reason.CART_HELD
    return reason


ROW: Final[Row] = Row(
    kind="browse_abandonment",
    section=BrowseAbandonment,
    hears=frozenset({SessionClosed.fact, CartChanged.fact, OrderPlaced.fact}),
    observe=observe,
    look_again=look_again,
    rung=0,
    of_device=True,
    about=VIEWED,
)
