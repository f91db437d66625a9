"""Occasions that count from a purchase and wait for as long as the person's history says: they move when it changes."""

from msgspec.structs import replace

from schemas.decisions import Reason
from schemas.person import Episode, Person
from schemas.rules.timed import TimedRule
from streams.person.bought import Purchase, is_pending
from streams.triggers.case import Case
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
) -> None:
    """Let the rule wait that long from the purchase on, beside nothing else of that value; never of what it has spoken
    of. A purchase from `start` on, that one if nothing is said, makes it wrong."""
    (at, class_, event_id), order_id = purchase
    due, start = at + wait + rule.first_wait, at if start is None else start
    of = rule.id, rule.version, rule.kind, at, due, event_id, order_id, visitor, start
    episode = Episode(*of, class_=class_, same=same)
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


def why_none(person: Person, order_id: str) -> Reason:
    """Why the order, or what matters of it, counts no more."""
    return Reason.PAYMENT_PENDING if is_pending(person, order_id) else Reason.ORDER_REVERSED
