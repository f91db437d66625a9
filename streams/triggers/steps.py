"""Steps: a rule that speaks several times, for as long as the person does not answer."""

from msgspec.structs import replace

from schemas.decisions import Reason
from schemas.facts import FactInOrder, OrderPlaced, SessionOpened
from schemas.person import Episode
from schemas.rules.base import RuleBase, TimedRule
from schemas.rules.words import HOUR_MS
from streams.person.memory import Change
from streams.triggers.case import Case

PUNCTUAL_MS = HOUR_MS
"""A step that fires within an hour of the moment that it was judged for, by the broker's clock, counts as fired then:
that a feed may be late does not move the next step. After a longer outage the next one waits from the firing on, and
two never come at once."""

PASSED_OVER = frozenset({Reason.EXPIRED, Reason.DEADLINE, Reason.CAPPED, Reason.OUTRANKED, Reason.GUARDED})
"""What refuses one step, and not those after it, if there was one before."""


def goes_on(episode: Episode, refused: Reason) -> bool:
    """Whether the next step waits though policy has refused this one. A run that is held out takes its course."""
    return refused is Reason.HOLDOUT or (refused in PASSED_OVER and episode.step > 1)


def follow(case: Case, episode: Episode, rule: RuleBase) -> None:
    """The step has fired, or is passed over: let the next one wait, if there is one and the deadline leaves time."""
    if not isinstance(rule, TimedRule) or episode.step >= len(rule.steps):
        return
    fired_at = episode.rings_at if case.now - episode.rings_at <= PUNCTUAL_MS else case.now
    due = fired_at + rule.steps[episode.step].wait
    following = replace(episode, step=episode.step + 1, due=due, until=0, asked_at=episode.rings_at)
    if rule.deadline is not None and due >= episode.anchor + rule.deadline:
        case.ended(following, Reason.DEADLINE)
    else:
        case.person.episodes.append(following)


def answer(case: Case, fact: FactInOrder, change: Change) -> None:
    """End the runs to which the fact is an answer. News of an order that is known, or somebody else's on the person's
    device, is none."""
    if isinstance(fact, OrderPlaced) and not change.ordered:
        return
    for episode in [episode for episode in case.person.episodes if episode.step > 1 and fact.at > episode.asked_at]:
        rule = case.opened.rule_of(episode, case.rulebook)
        if not isinstance(rule, TimedRule):
            continue
        if isinstance(fact, OrderPlaced) and "order" in rule.stop_on:
            case.end(episode, Reason.ORDERED)
        elif isinstance(fact, SessionOpened) and "visit" in rule.stop_on:
            case.end(episode, Reason.RETURNED)


def answered(case: Case, episode: Episode, rule: RuleBase) -> Reason | None:
    """Whether a later step that is due has been answered: what a merge brought was never shown to it."""
    if episode.step == 1 or not isinstance(rule, TimedRule):
        return None
    person = case.person
    if "order" in rule.stop_on and person.last_order_at > episode.asked_at:
        return Reason.ORDERED
    if "visit" in rule.stop_on and person.active is not None and person.active.at > episode.asked_at:
        return Reason.RETURNED
    return None
