"""The profile fold: facts and due timers as one walk by time, up to the watermark.

An event at exactly a due time comes before the timer. Every fact is remembered first and then shown to every rule;
every due episode is looked at again before policy is asked.
"""

from typing import assert_never

from schemas.decisions import Reason
from schemas.facts import ExitSignalled, FactInOrder, Inherited, OrderPlaced
from schemas.person import Episode, Person
from schemas.profile import Profile
from schemas.rulebook import (
    BrowseAbandonment,
    CartAbandonment,
    CheckoutAbandonment,
    ExitIntent,
    Inactivity,
    Lapse,
    Rule,
)
from streams import policy
from streams.case import Case
from streams.detectors import (
    browse_abandonment,
    cart_abandonment,
    checkout_abandonment,
    exit_intent,
    inactivity,
    lapse,
)
from streams.memory import Change, merge, note_exit, remember
from streams.person_limits import few_exits, keep_short, too_many_waiting
from streams.profile import known_cart, known_orders
from streams.taking_back import came_to_light, look_at_inherited

ENDED_BY = frozenset({Reason.ORDERED, Reason.ITEM_ADDED, Reason.RETURNED})
"""What, found when looking again, means that the person ended the episode; the rest suppresses it."""


def fold(case: Case, fact: FactInOrder) -> None:
    """Fold one fact into the person."""
    if isinstance(fact, Inherited):
        merge(case.person, fact.visitor, fact.person)
        look_at_inherited(case, fact)
        keep_short(case.person, fact, case.effects.cut)
        _keep_few_waiting(case)
        return
    change = remember(case.person, fact)
    keep_short(case.person, fact, case.effects.cut)
    if isinstance(fact, OrderPlaced) and change.ordered:
        came_to_light(case, fact)
    for rule in case.rulebook.rules:
        _observe(case, rule, fact, change)
    _keep_few_waiting(case)


def _keep_few_waiting(case: Case) -> None:
    ended = too_many_waiting(case.person)
    for episode in ended:
        case.end(episode, Reason.TOO_MANY)
    if ended:
        case.effects.cut("episodes", len(ended))


def _observe(case: Case, rule: Rule, fact: FactInOrder, change: Change) -> None:
    match rule:
        case CartAbandonment():
            cart_abandonment.observe(case, rule, fact, change)
        case BrowseAbandonment():
            browse_abandonment.observe(case, rule, fact, change)
        case CheckoutAbandonment():
            checkout_abandonment.observe(case, rule, fact, change)
        case Inactivity():
            inactivity.observe(case, rule, change)
        case Lapse():
            lapse.observe(case, rule, fact, change)
        case ExitIntent():
            pass  # judged on arrival, not in the fold
        case _:
            assert_never(rule)


def _turn(episode: Episode) -> tuple[str, int, str]:
    return episode.rule_id, episode.anchor, episode.origin


def next_episode(person: Person) -> Episode | None:
    """The waiting episode that is due first; ties in the order of rule, anchor and origin."""
    episodes = person.episodes
    if len(episodes) < 2:
        return episodes[0] if episodes else None
    first = min([episode.due for episode in episodes])
    due = [episode for episode in episodes if episode.due == first]
    return due[0] if len(due) == 1 else min(due, key=_turn)


def ring(case: Case, episode: Episode) -> None:
    """The episode's time has come: look again, ask policy, fire or say why not."""
    case.person.episodes.remove(episode)
    rule = case.rulebook.by_id.get(episode.rule_id)
    if rule is None or rule.kind is not episode.kind:
        case.suppress(episode, Reason.RULE_GONE)
        return
    reason = _look_again(case, episode, rule)
    if reason in ENDED_BY:
        case.person.episodes.append(episode)
        case.end(episode, reason)
        return
    reason = reason or policy.refusal(case, episode, rule)
    if reason is not None:
        case.suppress(episode, reason)
    else:
        case.fire(episode, rule)


def _look_again(case: Case, episode: Episode, rule: Rule) -> Reason | None:
    person = case.person
    match rule:
        case CartAbandonment():
            return cart_abandonment.look_again(person, episode, rule)
        case BrowseAbandonment():
            return browse_abandonment.look_again(person, episode, rule, ladder=case.rulebook.ladder)
        case CheckoutAbandonment():
            return checkout_abandonment.look_again(person, episode, rule)
        case Inactivity():
            return inactivity.look_again(person, episode)
        case Lapse():
            return lapse.look_again(person, episode)
        case ExitIntent():
            return None
        case _:
            assert_never(rule)


def signalled(case: Case, profile: Profile, signal: ExitSignalled) -> bool:
    """Judge an exit signal against what is known now, folded or not; whether an exit intent was fired."""
    place = signal.place()
    cart, _ = known_cart(profile, place)
    orders = [at for _, at in known_orders(profile, place)]
    known = (signal.exited_at, profile.exited_at, case.person.exits.get(signal.visitor))
    exited_at = max((at for at in known if at is not None), default=None)
    fired = False
    for rule in case.rulebook.rules:
        if not isinstance(rule, ExitIntent):
            continue
        episode = exit_intent.episode_of(rule, signal)
        reason = exit_intent.why_not(rule, signal, cart, orders, exited_at) or policy.refusal(case, episode, rule)
        if reason is not None:
            case.suppress(episode, reason)
        else:
            note_exit(case.person, signal.visitor, signal.at)
            few_exits(case.person, case.effects.cut)
            case.fire(episode, rule, cart)
            fired = True
    return fired
