"""Which purchase is a person's first."""

from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.rules.timed import WaitingRule
from schemas.state.person import Episode, Person
from streams.person.change import Change
from streams.person.orders import counted, counts, is_reversed
from streams.triggers.case import Case


def arm_first(case: Case, rule: WaitingRule, fact: FactInOrder, change: Change, *, start: int | None) -> None:
    """Arm the rule if the purchase is the first of those that count. One that turns out to have been earlier, or to be
    the first after all, takes the place of the one that was thought to be."""
    if not isinstance(fact, OrderPlaced) or fact.by is not None or change.place is None:
        return
    if not counts(case.person, fact.order_id) or (change.place, fact.order_id) != min(counted(case.person)):
        return
    for episode in [one for one in case.waiting(rule) if one.step == 1]:
        case.person.episodes.remove(episode)
    at, class_, event_id = change.place
    case.arm(rule, at, event_id, fact.order_id, fact.visitor, start=start, class_=class_)


def is_first(person: Person, episode: Episode) -> Reason | None:
    """Why the purchase that the episode counts from is not the first one that counts."""
    if is_reversed(person, episode.origin):
        return Reason.ORDER_REVERSED
    if not counts(person, episode.origin):
        return Reason.PAYMENT_PENDING
    first = min(counted(person), default=None)
    return None if first is None or first[1] == episode.origin else Reason.ORDERED
