"""The profile fold: facts and due timers as one walk by time, up to the watermark.

An event at exactly a due time comes before the timer. Every fact is remembered first and then shown to every rule;
every due episode is looked at again before policy is asked.
"""

from typing import assert_never

from msgspec.structs import replace

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
from schemas.triggers import Kind
from streams import policy
from streams.memory import Change, merge, note_exit, remember
from streams.person_limits import few_exits, keep_short, too_many_waiting
from streams.profile import known_cart, known_orders
from streams.triggers.case import Case
from streams.triggers.detectors import (
    browse_abandonment,
    cart_abandonment,
    checkout_abandonment,
    exit_intent,
    inactivity,
    lapse,
)
from streams.triggers.heard import is_released
from streams.triggers.ladder import held_until, rings_at, rung
from streams.triggers.taking_back import came_to_light, held, look_at_inherited

ENDED_BY = frozenset({Reason.ORDERED, Reason.ITEM_ADDED, Reason.RETURNED})
"""What, found when looking again, means that the person ended the episode; the rest suppresses it."""


def fold(case: Case, fact: FactInOrder) -> None:
    """Fold one fact into the person."""
    if isinstance(fact, Inherited):
        for episode, reason in merge(case.person, fact.visitor, fact.person):
            case.ended(episode, reason)
        look_at_inherited(case, fact)
        keep_short(case.person, fact, case.effects.cut)
        _keep_few_waiting(case)
        return
    change = remember(case.person, fact)
    keep_short(case.person, fact, case.effects.cut)
    if isinstance(fact, OrderPlaced) and change.bought:
        came_to_light(case, fact)
    for rule in case.opened.hearing.get(fact.fact, ()):
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


def _turn(episode: Episode) -> tuple[int, str, int, str]:
    return -rung(episode), episode.rule_id, episode.anchor, episode.origin


def next_episode(person: Person) -> Episode | None:
    """The waiting episode that is to be looked at first; of one instant the deepest, then by rule, anchor, origin."""
    episodes = person.episodes
    if len(episodes) < 2:
        return episodes[0] if episodes else None
    first = min([rings_at(episode) for episode in episodes])
    due = [episode for episode in episodes if rings_at(episode) == first]
    return due[0] if len(due) == 1 else min(due, key=_turn)


def ring(case: Case, episode: Episode) -> None:
    """The episode's time has come: let a deeper stage be judged first, look again, ask policy, fire or say why not. The
    rule is that by which it was opened; one whose id the rulebook has no more is gone."""
    case.person.episodes.remove(episode)
    until = held_until(case.person.episodes, episode) if case.rulebook.ladder else None
    if until is not None:
        case.person.episodes.append(replace(episode, until=until))
        return
    rule = case.opened.rule_of(episode, case.rulebook)
    if rule is None or rule.kind is not episode.kind:
        case.suppress(episode, Reason.RULE_GONE)
        return
    if rule.version != episode.rule_version:
        episode = replace(episode, rule_version=rule.version)
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
    orders = [at for _, at in known_orders(profile, place, others=True)]
    known = (signal.exited_at, profile.exited_at, case.person.exits.get(signal.visitor))
    exited_at = max((at for at in known if at is not None and not _came_to_nothing(profile, signal, at)), default=None)
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
            fired, exited_at = True, signal.at
    return fired


def _came_to_nothing(profile: Profile, signal: ExitSignalled, at: int) -> bool:
    """Whether the visitor's exit intent of that time was taken back, or ended without having been delivered."""
    return any(
        is_released(fired)
        for fired in held(profile)
        if fired.kind is Kind.EXIT_INTENT and fired.anchor == at and fired.visitor == signal.visitor
    )
