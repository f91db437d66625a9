"""The profile fold: facts and due timers as one walk by time, up to the watermark.

An event at exactly a due time comes before the timer. Every fact is remembered first and then shown to every rule;
every due episode is looked at again before policy is asked. Facts are told apart by `type(fact) is`, where no class has
others below it: it costs a fourth of `isinstance`.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.facts.profile_facts import (
    CartBought,
    ExitSignalled,
    FactInOrder,
    Happened,
    Inherited,
    OrderPlaced,
    OrderTold,
    SessionOpened,
)
from schemas.facts.suspected import Suspected
from schemas.outcomes.decisions import Reason
from schemas.rules.base import RuleBase
from schemas.state.cart import Cart
from schemas.state.person import Episode
from schemas.state.profile import Profile
from streams.person.change import NOTHING, Change
from streams.person.memory import remember
from streams.person.merging import merge
from streams.person.named_carts import loses, purchase_of
from streams.person.orders import lines_of
from streams.person.person_limits import keep_short
from streams.person.waiting import rings_at
from streams.policy.arbitration import choose
from streams.policy.asked import Asked
from streams.policy.consent import channel_of
from streams.policy.guards import judged
from streams.policy.outcomes import Deferred, Refused
from streams.triggers.buyers import tell_joined, tell_turn
from streams.triggers.case import Case
from streams.triggers.episodes import merge_episodes, too_many_waiting
from streams.triggers.given import OfEpisode, not_held
from streams.triggers.kinds import ROWS, row_of
from streams.triggers.ladder import below, held_until
from streams.triggers.looking import before, look
from streams.triggers.reversals import end_by_order
from streams.triggers.row import OFF_LADDER, Row, looked_at_again, shown
from streams.triggers.steps import ANSWERED, answer, answered, follow, goes_on
from streams.triggers.suspicion import suspect
from streams.triggers.taking_back import came_to_light, look_at_inherited

ENDED_BY: Final = frozenset(
    {Reason.ORDERED, Reason.ITEM_ADDED, Reason.RETURNED, Reason.HAPPENED, Reason.UNDONE, *ANSWERED}
)
"""What, found when looking again, means that the person ended the episode; the rest suppresses it."""


def fold(case: Case, fact: FactInOrder) -> None:
    """Fold one fact into the person, and look at what they have become by it. What others bought makes nothing of the
    person who has not lost a cart by it: it is told once the person names that cart, which may be long after."""
    looks = case.in_force.looks and (type(fact) is not CartBought or loses(case.person, fact))
    new = looks and before(case, fact)
    if type(fact) is OrderPlaced or type(fact) is OrderTold:
        case.arms = fact.details is None or not fact.details.backfill
        _ordered(case, fact, remember(case.person, fact, case.effects.cut))
    else:
        _take_in(case, fact)
    if looks:
        look(case, fact.at, new=new)
    case.arms = True
    _keep_few_waiting(case)


def _take_in(case: Case, fact: FactInOrder) -> None:
    if type(fact) is Inherited:
        merge(case.person, fact.visitor, fact.person, case.effects.cut, case.rulebook.cart_merge)
        for episode, reason in merge_episodes(case.person, fact.person):
            case.ended(episode, reason)
        look_at_inherited(case, fact)
        keep_short(case.person, fact, case.effects.cut)
        _show(case, fact, NOTHING)
        answer(case)
        tell_joined(case, fact)
        return
    if type(fact) is Suspected:
        suspect(case, fact)
        return
    change = remember(case.person, fact, case.effects.cut)
    if type(fact) is CartBought:
        if change.bought:
            _ordered(case, purchase_of(fact), change)
        return
    keep_short(case.person, fact, case.effects.cut)
    _show(case, fact, change)
    if case.person.episodes and (type(fact) is SessionOpened or isinstance(fact, Happened)):
        answer(case)


def _ordered(case: Case, fact: OrderPlaced | OrderTold, change: Change) -> None:
    keep_short(case.person, fact, case.effects.cut)
    end_by_order(case, fact, change)
    if type(fact) is OrderPlaced and change.bought:
        came_to_light(case, fact, fact.at if change.place is None else change.place[0])
    _show(case, fact, change)
    if isinstance(fact, OrderPlaced):
        answer(case)
    tell_turn(case, fact, change.turn)


def _show(case: Case, fact: FactInOrder, change: Change) -> None:
    for rule in case.opened.hearing(fact.fact, case.key):
        shown(ROWS[rule.kind], case, rule, fact, change)


def _keep_few_waiting(case: Case) -> None:
    ended = too_many_waiting(case.person)
    for episode in ended:
        case.end(episode, Reason.TOO_MANY)
    if ended:
        case.effects.cut("episodes", len(ended))


def ring(case: Case, episode: Episode) -> None:
    """The episode's time has come: judge it, and let follow what returns by itself."""
    _judge(case, episode)
    again = row_of(episode.kind).again
    if again is not None:
        again(case, episode)


def _judge(case: Case, episode: Episode) -> None:
    """Let a deeper stage be judged first, look again, ask policy, fire or say why not. The rule is that by which it was
    opened; one whose id the rulebook has no more is gone."""
    case.person.episodes.remove(episode)
    until = held_until(_who_count(case), episode) if case.rulebook.ladder else None
    if until is not None:
        case.person.episodes.append(replace(episode, until=until))
        return
    rule = case.opened.rule_of(episode, case.rulebook)
    if rule is None or rule.kind != episode.kind:
        case.suppress(episode, Reason.RULE_GONE)
        return
    if rule.version != episode.rule_version:
        episode = replace(episode, rule_version=rule.version)
    row = ROWS[rule.kind]
    if case.in_force.is_before(rule, episode.anchor):
        case.suppress(episode, Reason.BEFORE_ACTIVATION)
        return
    reason = answered(case, episode, rule) or looked_at_again(row, case, episode, rule)
    if reason in ENDED_BY:
        case.person.episodes.append(episode)
        case.end(episode, reason)
        return
    if reason is not None:
        case.suppress(episode, reason)
        return
    refused = _condition(case, episode, rule)
    if refused is not None:
        case.refuse(episode, refused)
        return
    _ask(Asked(case, episode, rule, row))


def _ask(asked: Asked) -> None:
    """Fire the trigger, put it off, or say why not."""
    case, episode, rule = asked.case, asked.episode, asked.rule
    match judged(asked, lambda: _rivals(asked)):
        case Deferred() as deferred:
            case.put_off(episode, deferred)
        case Refused() as refused:
            case.refuse(episode, refused)
            if goes_on(episode, refused.reason):
                follow(case, episode, rule)
        case _:
            shallower = below(case.person.episodes, episode) if case.rulebook.ladder and not rule.shadow else ()
            case.fire(
                episode,
                rule,
                channel=channel_of(asked),
                of_device=asked.row.of_device,
                about=asked.row.about,
                shallower=shallower,
                cart=_goods(case, episode, asked.row),
            )
            if not rule.shadow:
                choose(case.person, asked.at, rule.id)
            follow(case, episode, rule)


def _goods(case: Case, episode: Episode, row: Row) -> Cart:
    """What the trigger shows: what is left of the order that it counts from, else the cart. Of an order of which nobody
    has told what was in it that is nothing, but for one that was not paid: the cart has back what it took."""
    ordered = lines_of(case.person, episode.origin, episode.same) if row.of_order else None
    if ordered is None:
        return {} if row.of_order and row.rung == OFF_LADDER else case.person.cart
    return ordered


def _rivals(asked: Asked) -> Iterator[Asked]:
    """What else is due at the same instant, and is worth a trigger. A stage that a deeper one holds back is not due."""
    case, waiting = asked.case, [*_who_count(asked.case), asked.episode]
    for episode in _who_count(case):
        rule = case.opened.rule_of(episode, case.rulebook) if rings_at(episode) == asked.at else None
        if rule is None or rule.kind != episode.kind or case.in_force.is_before(rule, episode.anchor):
            continue
        if case.rulebook.ladder and held_until(waiting, episode) is not None:
            continue
        row = ROWS[rule.kind]
        if (answered(case, episode, rule) or looked_at_again(row, case, episode, rule)) is None and not _condition(
            case, episode, rule
        ):
            yield Asked(case, episode, rule, row)


def _who_count(case: Case) -> list[Episode]:
    """The episodes that may hold others back: a shadow's may not."""
    episodes, shadows = case.person.episodes, case.opened.shadows
    return [other for other in episodes if other.rule_version not in shadows] if shadows else episodes


def _condition(case: Case, episode: Episode, rule: RuleBase) -> Refused | None:
    """What the rule's `if`, or the step's, has against the episode, and why it could not be judged if it could not."""
    conditions = case.opened.conditions_of(rule)
    if not conditions.ifs:
        return None
    cart = _goods(case, episode, ROWS[rule.kind])
    of = OfEpisode(case.person, episode, cart, case.rulebook, rule.category, case.shop.rates)
    return not_held(conditions.to_hold(episode.step), of)


def signalled(case: Case, profile: Profile, signal: ExitSignalled) -> bool:
    """Show the signal to the rules that are decided the moment it arrives; whether one has fired."""
    fired = False
    for rule in case.opened.hearing(signal.fact, case.key):
        judge = ROWS[rule.kind].judge
        fired = (judge is not None and judge(case, rule, profile, signal)) or fired
    return fired
