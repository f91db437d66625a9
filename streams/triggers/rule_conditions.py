"""The conditions of rules: compiled when a rulebook is loaded, and the mistakes that only then are found."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.rules.base import Ask, Path, RuleBase
from schemas.rules.events import Source, fields_of, sources_of
from schemas.rules.groups import Group
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import Mistake
from streams.triggers.conditions import mistakes
from streams.triggers.conditions.condition import Condition, asked_of, compile_condition
from streams.triggers.conditions.kinds import Fields
from streams.triggers.conditions.names import (
    ANY_WORDS,
    OF_A_PERSON,
    OF_AN_EPISODE,
    OF_AN_EVENT,
    Words,
    of_a_rulebook,
)

FAILED = "conditions_failed"
"""The count of conditions that could not be judged."""

EVENT = "event."
TRAIT = "person.traits."

CONDITIONS_MAX = 1000
"""Conditions that are at hand in a process, more than a rulebook has with its versions of a month. Beyond that those
that were not asked for the longest are compiled anew."""

SEEN: Mapping[str, Fields] = {
    "an event": OF_AN_EVENT,
    "an event's episode": OF_AN_EPISODE,
    "a person": OF_A_PERSON,
    "an episode": {name: type_ for name, type_ in OF_AN_EPISODE.items() if name != "event"},
}
"""The first names that a condition can use, by what it is about."""


OF_GROUPS = frozenset({"person.segment", "person.stage", "person.tier"})
"""What groups make of a person: they cannot ask for it themselves."""

OF_CHURN = frozenset({"person.p_alive", "person.revenue_at_risk"})
"""What nobody can tell without the parameters of the shop."""


class RuleConditions(NamedTuple):
    """What has to hold of the events that a rule asks for, each in its place, None where nothing has to; and of the
    person when it is due: `ifs`, by the place of each in the rule."""

    wheres: tuple[Condition | None, ...]
    ifs: Mapping[Path, Condition]

    def to_hold(self, step: int) -> list[Condition]:
        """What has to hold when that step is due, counted from 1: what the rule says, then what the step does."""
        found = self.ifs.get(("if",)), self.ifs.get(("steps", step - 1, "if"))
        return [condition for condition in found if condition is not None]


class Groups(NamedTuple):
    """Segments, stages and tiers with their conditions, in the order of the rulebook; `version` is that of them all."""

    version: str
    segments: tuple[tuple[str, Condition], ...]
    stages: tuple[tuple[str, Condition], ...]
    tiers: tuple[tuple[str, Condition], ...]

    def conditions(self) -> Iterator[Condition]:
        """All of them."""
        return (condition for groups in (self.segments, self.stages, self.tiers) for _, condition in groups)


def groups_of(rulebook: Rulebook) -> Groups:
    """The groups of the rulebook. Raises ValueError for one with mistakes: its rulebook was not looked at."""
    segments, stages, tiers = (
        tuple((group.id, _sure(_group(group, of, rulebook))) for group in groups)
        for of, groups in _all_groups(rulebook).items()
    )
    return Groups(rulebook.groups_version, segments, stages, tiers)


def conditions_of(rule: RuleBase) -> RuleConditions:
    """The rule's conditions. Raises ValueError for a rule with mistakes: its rulebook was not looked at."""
    wheres = tuple(None if ask.where is None else _sure(_where(rule, ask)) for ask in rule.asks)
    return RuleConditions(wheres, {path: _sure(_if(rule, path, text)) for path, text in rule.ifs})


def mistakes_in(rulebook: Rulebook) -> Iterator[Mistake]:
    """What is wrong with the conditions of the rulebook."""
    segments, stages, tiers = (tuple(one.id for one in of) for of in _all_groups(rulebook).values())
    words = Words(rulebook.channels, segments, stages, tiers)
    for index, rule in enumerate(rulebook.rules):
        at = ("rules", index)
        for ask in rule.asks:
            if ask.where is not None and isinstance(found := _where(rule, ask, words), mistakes.Mistake):
                yield Mistake((*at, *ask.path), found.line, found.column, found.sentence)
        for path, text in rule.ifs:
            if isinstance(found := _tellable(_if(rule, path, text, words), rulebook), mistakes.Mistake):
                yield Mistake((*at, *path), found.line, found.column, found.sentence)
    for of, groups in _all_groups(rulebook).items():
        for index, group in enumerate(groups):
            if isinstance(found := _group(group, of, rulebook, words), mistakes.Mistake):
                yield Mistake((of, index, "if"), found.line, found.column, found.sentence)


def _all_groups(rulebook: Rulebook) -> dict[str, tuple[Group, ...]]:
    return {"segments": rulebook.segments, "stages": rulebook.stages, "tiers": rulebook.tiers}


def _group(group: Group, of: str, rulebook: Rulebook, words: Words = ANY_WORDS) -> Condition | mistakes.Mistake:
    compiled = _tellable(_compiled(group.condition, "a person", f"{of}: {group.id}: if", words), rulebook)
    if isinstance(compiled, mistakes.Mistake):
        return compiled
    for path in sorted(asked_of(compiled) & OF_GROUPS):
        return _refused(compiled, path, f"{path} is what groups make of a person: a group cannot ask for it")
    return compiled


def _tellable(compiled: Condition | mistakes.Mistake, rulebook: Rulebook) -> Condition | mistakes.Mistake:
    """The condition, if the rulebook says what it takes to tell what it asks for."""
    if isinstance(compiled, Condition) and rulebook.bgnbd is None:
        for path in sorted(asked_of(compiled) & OF_CHURN):
            return _refused(compiled, path, f"{path} needs bgnbd; `afterclick segments fit` estimates it from orders")
    return compiled


def _sure(compiled: Condition | mistakes.Mistake) -> Condition:
    if isinstance(compiled, mistakes.Mistake):
        raise ValueError(str(compiled))
    return compiled


def _where(rule: RuleBase, ask: Ask, words: Words = ANY_WORDS) -> Condition | mistakes.Mistake:
    assert ask.where is not None
    return _known(_compiled(ask.where, "an event", f"{rule.id}: where", _about(ask.event, words)), ask.event)


def _if(rule: RuleBase, path: Path, text: str, words: Words = ANY_WORDS) -> Condition | mistakes.Mistake:
    anchor = next((ask.event for ask in rule.asks if ask.anchors), None)
    of, where = "an episode" if anchor is None else "an event's episode", ".".join(map(str, path))
    return _known(_compiled(text, of, f"{rule.id}: {where}", _about(anchor, words)), anchor)


def _about(event: str | None, words: Words) -> Words:
    """The words that a condition about that event may use."""
    of_an_order = words != ANY_WORDS and event is not None and Source.ORDER in sources_of(event)
    return words._replace(of_an_order=of_an_order)


@lru_cache(CONDITIONS_MAX)
def _compiled(text: str, of: str, where: str, words: Words = ANY_WORDS) -> Condition | mistakes.Mistake:
    """The condition, or what is wrong with it. All partitions of a process have the same: each is compiled once. With
    the `words` of a rulebook others are mistakes."""
    return compile_condition(text, of_a_rulebook(SEEN[of], words), where)


def _known(compiled: Condition | mistakes.Mistake, event: str | None) -> Condition | mistakes.Mistake:
    """The condition, if the event has all that it asks for."""
    if isinstance(compiled, mistakes.Mistake):
        return compiled
    for path in sorted(asked_of(compiled)):
        if path.startswith(EVENT):
            first = path.split(".")[1]
            if event is not None and first not in fields_of(event):
                return _refused(compiled, path, f"the event {event} has no {first}, so this never holds")
    return compiled


def _refused(compiled: Condition, path: str, sentence: str) -> mistakes.Mistake:
    """The mistake at the first place where the text has the name."""
    name = path.split(".")[1] if path.startswith(EVENT) else path.split(".")[-1]
    found = re.search(rf"\.\s*({re.escape(name)})\b", compiled.text)
    before = compiled.text[: found.start(1)] if found is not None else ""
    return mistakes.Mistake(compiled.where, before.count("\n") + 1, len(before) - before.rfind("\n"), sentence)


def of_event(condition: Condition | None) -> frozenset[str]:
    """The paths of the event's fields that a condition asks for: `url`, `properties.plan`."""
    asked = frozenset() if condition is None else asked_of(condition)
    return frozenset(path.removeprefix(EVENT) for path in asked if path.startswith(EVENT))


def of_events(conditions: RuleConditions) -> frozenset[str]:
    """The same of all that has to hold of the person, be it for one step only."""
    return frozenset().union(*(of_event(condition) for condition in conditions.ifs.values()))
