"""The conditions of rules: compiled when a rulebook is loaded, and the mistakes that only then are found."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.rules.base import Ask, RuleBase, TimedRule
from schemas.rules.events import fields_of
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import Mistake
from streams.triggers.conditions import mistakes
from streams.triggers.conditions.condition import Condition, asked_of, compile_condition
from streams.triggers.conditions.kinds import Fields
from streams.triggers.conditions.names import OF_AN_EPISODE, OF_AN_EVENT
from streams.triggers.given import ANSWERS, VALUES

EVENT = "event."
TRAIT = "person.traits."

CONDITIONS_MAX = 1000
"""Conditions that are at hand in a process, more than a rulebook has with its versions of a month. Beyond that those
that were not asked for the longest are compiled anew."""

SEEN: Mapping[str, Fields] = {
    "an event": OF_AN_EVENT,
    "an event's episode": OF_AN_EPISODE,
    "an episode": {name: type_ for name, type_ in OF_AN_EPISODE.items() if name != "event"},
}
"""The first names that a condition can use, by what it is about."""


class RuleConditions(NamedTuple):
    """What has to hold of the events that a rule asks for, each in its place, None where nothing has to; and of the
    person when it is due."""

    wheres: tuple[Condition | None, ...]
    holds: Condition | None


def conditions_of(rule: RuleBase) -> RuleConditions:
    """The rule's conditions. Raises ValueError for a rule with mistakes: its rulebook was not looked at."""
    wheres = tuple(None if ask.where is None else _sure(_where(rule, ask)) for ask in rule.asks)
    text = _condition(rule)
    return RuleConditions(wheres, None if text is None else _sure(_if(rule, text)))


def mistakes_in(rulebook: Rulebook) -> Iterator[Mistake]:
    """What is wrong with the conditions of the rulebook."""
    for index, rule in enumerate(rulebook.rules):
        at = ("rules", index)
        for ask in rule.asks:
            if ask.where is not None and isinstance(found := _where(rule, ask), mistakes.Mistake):
                yield Mistake((*at, *ask.path), found.line, found.column, found.sentence)
        text = _condition(rule)
        if text is not None and isinstance(found := _if(rule, text), mistakes.Mistake):
            yield Mistake((*at, "if"), found.line, found.column, found.sentence)


def _condition(rule: RuleBase) -> str | None:
    return rule.condition if isinstance(rule, TimedRule) else None


def _sure(compiled: Condition | mistakes.Mistake) -> Condition:
    if isinstance(compiled, mistakes.Mistake):
        raise ValueError(str(compiled))
    return compiled


def _where(rule: RuleBase, ask: Ask) -> Condition | mistakes.Mistake:
    assert ask.where is not None
    return _known(_compiled(ask.where, "an event", f"{rule.id}: where"), ask.event)


def _if(rule: RuleBase, text: str) -> Condition | mistakes.Mistake:
    anchor = next((ask.event for ask in rule.asks if ask.anchors), None)
    return _known(_compiled(text, "an episode" if anchor is None else "an event's episode", f"{rule.id}: if"), anchor)


@lru_cache(CONDITIONS_MAX)
def _compiled(text: str, of: str, where: str) -> Condition | mistakes.Mistake:
    """The condition, or what is wrong with it. All partitions of a process have the same: each is compiled once."""
    return compile_condition(text, SEEN[of], where)


def _known(compiled: Condition | mistakes.Mistake, event: str | None) -> Condition | mistakes.Mistake:
    """The condition, if all that it asks for can be answered today."""
    if isinstance(compiled, mistakes.Mistake):
        return compiled
    for path in sorted(asked_of(compiled)):
        if path.startswith(EVENT):
            first = path.split(".")[1]
            if event is not None and first not in fields_of(event):
                return _refused(compiled, path, f"the event {event} has no {first}, so this never holds")
        elif path not in VALUES and path not in ANSWERS and not path.startswith(TRAIT):
            known = ", ".join(sorted(name for name in (*VALUES, *ANSWERS) if name.split(".")[0] == path.split(".")[0]))
            return _refused(compiled, path, f"{path} is not known of anybody yet; what can be asked is {known}")
    return compiled


def _refused(compiled: Condition, path: str, sentence: str) -> mistakes.Mistake:
    """The mistake at the first place where the text has the name."""
    name = path.split(".")[1] if path.startswith(EVENT) else path.split(".")[-1]
    found = re.search(rf"\.\s*({re.escape(name)})\b", compiled.text)
    before = compiled.text[: found.start(1)] if found is not None else ""
    return mistakes.Mistake(compiled.where, before.count("\n") + 1, len(before) - before.rfind("\n"), sentence)
