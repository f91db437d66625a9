"""Steps: a rule that speaks several times, for as long as the person does not answer."""

from collections.abc import Mapping

from msgspec.structs import replace

from schemas.events.engagements import RESPONSES
from schemas.outcomes.decisions import Reason
from schemas.rules.base import RuleBase
from schemas.rules.timed import TimedRule
from schemas.rules.words import HOUR_MS
from schemas.state.person import Episode
from schemas.state.shelves import Response
from streams.person.consent import refused_since
from streams.person.shelves import dealings_of
from streams.person.waiting import rings_at
from streams.triggers.case import Case
from streams.triggers.spoken import trigger_id_of

PUNCTUAL_MS = HOUR_MS
"""A step that fires within an hour of the moment that it was judged for, by the broker's clock, counts as fired then:
that a feed may be late does not move the next step. After a longer outage the next one waits from the firing on, and
two never come at once."""

PASSED_OVER = frozenset({Reason.EXPIRED, Reason.DEADLINE, Reason.CAPPED, Reason.OUTRANKED, Reason.GUARDED})
"""What refuses one step, and not those after it, if there was one before."""


RESPONDED: Mapping[str, Reason] = {
    RESPONSES["click"]: Reason.CLICKED,
    RESPONSES["reply"]: Reason.REPLIED,
    RESPONSES["open"]: Reason.OPENED,
}
"""Why a run is over, by what the person did with a message."""

ANSWERED = frozenset(RESPONDED.values())


def goes_on(episode: Episode, refused: Reason) -> bool:
    """Whether the next step waits though policy has refused this one. A run that is held out takes its course."""
    return refused is Reason.HOLDOUT or (refused in PASSED_OVER and episode.step > 1)


def follow(case: Case, episode: Episode, rule: RuleBase) -> None:
    """The step has fired, or is passed over: let the next one wait, if there is one and the deadline leaves time."""
    if not isinstance(rule, TimedRule) or episode.step >= len(rule.steps):
        return
    fired_at = rings_at(episode) if case.now - rings_at(episode) <= PUNCTUAL_MS else case.now
    due = fired_at + rule.steps[episode.step].wait
    asked_at = rings_at(episode) if episode.step == 1 else episode.asked_at
    following = replace(episode, step=episode.step + 1, due=due, until=0, asked_at=asked_at)
    ends_at = rule.run_end(episode.anchor)
    if ends_at is not None and due >= ends_at:
        case.ended(following, Reason.DEADLINE)
    else:
        case.person.episodes.append(following)


def answer(case: Case) -> None:
    """End the runs that the person has answered."""
    runs = [episode for episode in case.person.episodes if episode.step > 1] if case.person.episodes else ()
    for episode in runs:
        rule = case.opened.rule_of(episode, case.rulebook)
        if rule is not None and (reason := answered(case, episode, rule)) is not None:
            case.end(episode, reason)


def answered(case: Case, episode: Episode, rule: RuleBase) -> Reason | None:
    """What the person has done since the run began that the rule calls an answer: also what has come to light late, or
    with a merge. News of an order that is known, or somebody else's on the person's device, is none. Who wanted to hear
    no more of it has ended it, though messages be welcome again."""
    if episode.step == 1 or not isinstance(rule, TimedRule):
        return None
    person, since = case.person, episode.asked_at
    if "order" in rule.stop_on and person.last_order_at > since:
        return Reason.ORDERED
    if "visit" in rule.stop_on and person.begun and person.begun[-1] > since:
        return Reason.RETURNED
    if case.rulebook.asks_for_consent and all(
        refused_since(person, since, channel, rule.category) for channel in rule.channels or ("",)
    ):
        return Reason.OPTED_OUT
    if not rule.responses:
        return None
    for response in dealings_of(person).responses:
        if response.at > since and response.kind in rule.responses and _is_about(response, episode):
            return RESPONDED[response.kind]
    return None


def _is_about(response: Response, episode: Episode) -> bool:
    """Whether it answers that run: it names one of its triggers, or if it names none its rule, or nothing."""
    if response.trigger_id:
        earlier = range(1, episode.step)
        return any(trigger_id_of(replace(episode, step=step)) == response.trigger_id for step in earlier)
    return response.rule_id in ("", episode.rule_id)
