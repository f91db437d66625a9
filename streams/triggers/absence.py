"""The general form of a rule about absence: an event is its anchor, time passes, and an answer would end it.

`sequence` says it in a rulebook. Lapse and checkout abandonment are constants of it, with what is special about them.
"""

from collections.abc import Iterable

from schemas.facts.profile_facts import CheckoutReached, Happened, OrderPlaced, Place
from schemas.outcomes.decisions import Reason
from schemas.rules.timed import WaitingRule
from schemas.state.order import Ordered
from schemas.state.person import Episode
from streams.person.waiting import place_of, rings_at
from streams.triggers.case import Case
from streams.triggers.event_fields import Said
from streams.triggers.occasions import NOTHING_SAID
from streams.visits.viewed_products import PRODUCTS_MAX


def arm_after(
    case: Case,
    rule: WaitingRule,
    fact: OrderPlaced | Happened | CheckoutReached,
    *,
    start: int | None = None,
    products: tuple[str, ...] = (),
    several: bool = False,
    same: str = "",
    said: Said = NOTHING_SAID,
) -> None:
    """Let the rule wait from the event on. An occasion stems from the order if that is what happened, else from the
    visitor, else from the event."""
    origin = fact.order_id if isinstance(fact, OrderPlaced) else fact.visitor or fact.event_id
    at, class_, event_id, _ = fact.place()
    case.arm(
        rule,
        at,
        event_id,
        origin,
        fact.visitor,
        start=start,
        products=products,
        several=several,
        class_=class_,
        same=same,
        said=said,
    )


def seen_of(case: Case, fact: OrderPlaced | Happened) -> tuple[str, ...]:
    """What was looked at in the event's visit, and then what was before; nothing if the rule does not ask for it."""
    viewed = fact.viewed if isinstance(fact, Happened) else ()
    return tuple(dict.fromkeys((*viewed, *case.person.viewed)))[:PRODUCTS_MAX] if viewed else ()


def is_answered(episode: Episode, answers: Iterable[Ordered]) -> bool:
    """Whether one of these stands behind the anchor, in the order of events, and not later than the due time, or than
    the time to which the episode was put off."""
    anchor, until = place_of(episode), rings_at(episode)
    return any(anchor < answer and answer[0] <= until for answer in answers)


def end_answered(case: Case, rule: WaitingRule, place: Place, reason: Reason, same: str | None = None) -> None:
    """End those of the rule's episodes that the event at that place answers: those of the value that it counts for, all
    if it counts for every one."""
    for episode in list(case.person.episodes):
        concerned = episode.rule_id == rule.id and same in (None, episode.same)
        if concerned and is_answered(episode, (place[:3],)):
            case.end(episode, reason)
