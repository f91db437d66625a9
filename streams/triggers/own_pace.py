"""Occasions that count from a purchase and wait for as long as the person's history says: they move when it changes."""

from msgspec.structs import replace

from schemas.outcomes.decisions import Reason
from schemas.rules.timed import TimedRule
from schemas.rules.words import DAY_MS
from schemas.state.person import Episode, Person
from streams.person.bought import Purchase, is_pending
from streams.triggers.case import Case
from streams.triggers.event_fields import Said
from streams.triggers.occasions import NOTHING_SAID, begun
from streams.triggers.spoken import has_spoken


def wait_from(
    case: Case,
    rule: TimedRule,
    purchase: Purchase,
    wait: int,
    visitor: str | None,
    *,
    start: int | None = None,
    same: str = "",
    said: Said = NOTHING_SAID,
) -> None:
    """Let the rule wait that long from the purchase on, beside nothing else of that value; never of what it has spoken
    of. A purchase from `start` on, that one if nothing is said, makes it wrong."""
    (at, class_, event_id), order_id = purchase
    due, start = at + wait + rule.first_wait, at if start is None else start
    episode = begun(rule, at, due, event_id, order_id, visitor, start, class_=class_, same=same, said=said)
    if case.arms and not has_spoken(case.person, episode):
        case.person.episodes.append(episode)


def move(case: Case, rule: TimedRule, episode: Episode, purchase: Purchase, wait: int) -> None:
    """The first step waits that long from the purchase on, whatever was known before. Later steps take their course."""
    if episode.step > 1:
        return
    (at, class_, event_id), order_id = purchase
    start = at if episode.start == episode.anchor else episode.start
    due = at + wait + rule.first_wait
    episodes = case.person.episodes
    episodes[episodes.index(episode)] = replace(
        episode, anchor=at, class_=class_, event_id=event_id, origin=order_id, start=start, due=due
    )


ASKING_MS = 100 * 365 * DAY_MS
"""How long an occasion is said to wait of which products have not told yet whether it is one, or when it is due."""


ASKED: Said = {"asked": True}
"""What an occasion says of itself for as long as products have not told what they know."""


def is_asking(episode: Episode) -> bool:
    """Whether products, which were asked with the purchase, have not told yet what they know. They do some moments
    later."""
    return episode.said == ASKED


def is_open(episode: Episode) -> bool:
    """Whether it is for products alone to say if it is an occasion, or when it is due: until they have told it is
    none."""
    return episode.due - episode.anchor >= ASKING_MS


def end_or_drop(case: Case, episode: Episode, reason: Reason) -> None:
    """The occasion is over; one of which nobody knows whether it is one never was."""
    if is_open(episode):
        case.person.episodes.remove(episode)
    else:
        case.end(episode, reason)


def why_none(person: Person, order_id: str) -> Reason:
    """Why the order, or what matters of it, counts no more."""
    return Reason.PAYMENT_PENDING if is_pending(person, order_id) else Reason.ORDER_REVERSED
