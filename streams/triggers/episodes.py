"""The occasions of a person that wait: which is looked at first, how two persons' become one, and how many are kept."""

from typing import Final

from schemas.outcomes.decisions import Reason
from schemas.state.person import Episode, Person
from streams.limits import ID_BYTES_MAX, size_of, too_many
from streams.person.waiting import place_of, rings_at
from streams.triggers.event_fields import ANCHOR_BYTES_MAX
from streams.triggers.kinds import row_of
from streams.triggers.ladder import rung

SEVERAL_MAX: Final = 100
"""Occasions of one rule that wait side by side, such as visits without a purchase. The oldest go first."""

EPISODES_BYTES_MAX: Final = 48 * 1024
"""All occasions that wait. Those of rules that let several wait go first, then the oldest."""

_EPISODES_FEW: Final = EPISODES_BYTES_MAX // (13 * ID_BYTES_MAX + ANCHOR_BYTES_MAX + 600)
"""Each has 13 ids at most, of which ten are products, what rules ask of its anchor, and names and numbers."""


def _turn(episode: Episode) -> tuple[bool, int, str, int, str]:
    # A cart that was asked for at the very moment of its reminder is asked for before.
    asked = row_of(episode.kind).on_request
    return not asked, -rung(episode), episode.rule_id, episode.anchor, episode.origin


def next_episode(person: Person) -> Episode | None:
    """The waiting episode that is to be looked at first: of one instant what the person has asked for, then the
    deepest, then by rule, anchor, origin."""
    episodes = person.episodes
    if len(episodes) < 2:
        return episodes[0] if episodes else None
    found = episodes[0]
    first, is_alone = rings_at(found), True
    for episode in episodes[1:]:
        at = rings_at(episode)
        if at < first:
            found, first, is_alone = episode, at, True
        elif at == first:
            is_alone = False
    return found if is_alone else min([episode for episode in episodes if rings_at(episode) == first], key=_turn)


def merge_episodes(person: Person, joining: Person) -> list[tuple[Episode, Reason]]:
    """The visitor's occasions wait on as the customer's, once the rest of both is one: of a rule that has but one, or
    one for each value, the later armed stays. Returned are those that are over by that, and why."""
    over = [(gone, Reason.MERGED) for episode in joining.episodes if (gone := _inherit(person, episode)) is not None]
    if not person.cart:
        reason = Reason.ORDERED if person.last_order_at > joining.cart_changed_at else Reason.CART_EMPTIED
        empty = [episode for episode in person.episodes if row_of(episode.kind).of_cart]
        person.episodes = [episode for episode in person.episodes if episode not in empty]
        over += [(episode, reason) for episode in empty]
    return over


def _inherit(person: Person, episode: Episode) -> Episode | None:
    """Let the visitor's occasion wait on; the one that is over by that, if both had one of a rule that has but one."""
    if not episode.several:
        same = episode.rule_id, episode.same
        rivals = [waiting for waiting in person.episodes if (waiting.rule_id, waiting.same) == same]
        # A calendar rule's run may wait beside what is to be said in the year after: like meets like.
        own = min(rivals, key=lambda waiting: (waiting.step == 1) != (episode.step == 1), default=None)
        if own is not None:
            # A run of steps has spoken of its anchor. What is yet to be said is later: it would have ended the run.
            if place_of(own) >= place_of(episode):
                return episode
            person.episodes.remove(own)
            person.episodes.append(episode)
            return own
    person.episodes.append(episode)
    return None


def too_many_waiting(person: Person) -> list[Episode]:
    """The occasions that are more than may wait: they are to be ended."""
    episodes = person.episodes
    if len(episodes) <= _EPISODES_FEW:
        return []
    several: dict[str, list[Episode]] = {}
    for episode in episodes:
        if _has_company(episode):
            several.setdefault(episode.rule_id, []).append(episode)
    ended = [episode for own in several.values() for episode in sorted(own, key=_age)[: max(0, len(own) - SEVERAL_MAX)]]
    if size_of(episodes) > EPISODES_BYTES_MAX:
        first_to_go = sorted((episode for episode in episodes if episode not in ended), key=_worth)
        ended += first_to_go[: too_many(first_to_go, EPISODES_BYTES_MAX)]
    return ended


def _age(episode: Episode) -> tuple[int, str]:
    return episode.anchor, episode.origin


def _worth(episode: Episode) -> tuple[bool, int, str]:
    return not _has_company(episode), episode.anchor, episode.origin


def _has_company(episode: Episode) -> bool:
    """Whether others of its rule may wait beside it."""
    return episode.several or bool(episode.same)
