"""The rulebook of a partition: taken over at one place of its input, and recorded with what must not part from it.

A rulebook is an input as any other: between two batches the partition takes over the next one, and the record of that
is committed with the positions. So a restored partition goes on by the rulebook by which its state was made, until it
takes over a newer one again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from schemas.rules.base import RuleBase
from schemas.rules.kinds import Rule
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.state_format import FIRST_VERSION, StateFormat
from streams.time.watermarks import UNKNOWN
from streams.triggers.rule_conditions import conditions_of, groups_of

RULEBOOK_KEY = b"\x00rulebook"
"""The changelog key of the record."""

FIRST_EFFECTS_MAX = 1000
"""Of so many rule ids it is kept when they first took effect. Beyond that the oldest that are no rules any more go."""

TAKEOVERS_KEPT = 20
"""Of so many takeovers it is kept where they were, the latest: for whoever asks by what something was decided."""

RECORD = StateFormat("the rulebook of a partition")

_rule: TypeAdapter[Rule] = TypeAdapter(Rule)


class Takeover(NamedTuple):
    """A rulebook was taken over: its version, the W of the partition, ms, and by topic the next offset to be folded."""

    version: str
    watermark: int
    positions: dict[str, int]


@dataclass(slots=True)
class InForce:
    """The rulebook in force, when each rule id first took effect (W, ms; UNKNOWN for as long as no W was known), and of
    rules that are canaries the version for the persons who are none. `looks_since` is since when rules ask what people
    become, as W. `is_news` while the changelog has to be told."""

    rulebook: Rulebook
    first_effects: dict[str, int] = field(default_factory=dict)
    previous: dict[str, Rule] = field(default_factory=dict)
    takeovers: list[Takeover] = field(default_factory=list)
    looks_since: int = UNKNOWN
    is_news: bool = False
    looks: bool = field(init=False)
    """That of the rulebook. An attribute of a model costs several times as much, and this one is asked with each
    fact."""

    def __post_init__(self) -> None:
        self.looks = self.rulebook.looks

    def is_before(self, rule: RuleBase, anchor: int) -> bool:
        """Whether what counts from `anchor`, ms, is older than the rule, and so never fires."""
        since = rule.effective_from
        return anchor < (self.first_effects.get(rule.id, UNKNOWN) if since is None else since)

    def take_over(self, rulebook: Rulebook, watermark: int, positions: Mapping[Topic, int]) -> None:
        """From here on this rulebook is in force; W of the partition is `watermark`, ms. A rule id that is new first
        takes effect now."""
        stable = self.previous | {rule.id: rule for rule in self.rulebook.rules if rule.canary is None}
        self.previous = {
            rule.id: stable[rule.id]
            for rule in rulebook.rules
            if rule.canary is not None and rule.id in stable and stable[rule.id].kind == rule.kind
        }
        if rulebook.looks and self.takeovers and not self.rulebook.looks:
            self.looks_since = watermark
        self.rulebook, self.looks = rulebook, rulebook.looks
        effects = self.first_effects
        for rule in rulebook.rules:
            effects.setdefault(rule.id, watermark)
        gone = sorted((id_ for id_ in effects if id_ not in rulebook.by_id), key=lambda id_: (effects[id_], id_))
        for id_ in gone[: max(0, len(effects) - FIRST_EFFECTS_MAX)]:
            del effects[id_]
        where = {topic.value: position for topic, position in positions.items()}
        self.takeovers = [*self.takeovers, Takeover(rulebook.version, watermark, where)][-TAKEOVERS_KEPT:]
        self.is_news = True


def first(rulebook: Rulebook) -> InForce:
    """The rulebook with which a partition begins: its rules were always in effect."""
    begun = InForce(rulebook)
    begun.take_over(rulebook, UNKNOWN, {})
    return begun


def encode(in_force: InForce) -> bytes:
    """The record as it stands in the changelog."""
    said: dict[str, Any] = {
        "version": RECORD.version,
        "rulebook": in_force.rulebook.model_dump(mode="json"),
        "first_effects": in_force.first_effects,
        "previous": {id_: rule.model_dump(mode="json") for id_, rule in in_force.previous.items()},
        "looks_since": in_force.looks_since,
        "takeovers": [list(takeover) for takeover in in_force.takeovers],
    }
    return orjson.dumps(said)


def decode(value: bytes) -> InForce:
    """The record that the changelog holds. Raises UnreadableState."""
    said = orjson.loads(value)
    said = RECORD.lift(said.get("version", FIRST_VERSION), said)
    try:
        rulebook = Rulebook.model_validate(said["rulebook"])
        previous = {id_: _rule.validate_python(rule) for id_, rule in said["previous"].items()}
        groups_of(rulebook)
        for rule in (*rulebook.rules, *previous.values()):
            conditions_of(rule)
    except ValueError as error:
        raise RECORD.unknown(error) from error
    takeovers = [Takeover(*takeover) for takeover in said["takeovers"]]
    return InForce(rulebook, said["first_effects"], previous, takeovers, said["looks_since"])
