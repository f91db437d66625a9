"""The rules by which waiting episodes were opened: an episode is judged, routed and reported by that version.

Rules change; the episodes of the old ones go on. So a partition keeps, by version, the rules that it has run with: a
record each in its changelog, written with the first commit, and dropped when no episode can name it any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from schemas.rules.base import RuleBase
from schemas.rules.kinds import Rule
from schemas.rules.rulebook import Rulebook
from schemas.rules.timed import TimedRule
from schemas.rules.words import DAY_MS
from schemas.state.person import Episode, Fired
from streams.ids import bucket_of
from streams.state_format import FIRST_VERSION, StateFormat
from streams.time.watermarks import UNKNOWN
from streams.triggers.rule_conditions import CONDITIONS_MAX, RuleConditions, conditions_of, groups_of

RULE_KEY = b"\x00rule:"
"""The changelog key of a rule, followed by its version."""

BESIDES_MS = DAY_MS
"""How much longer than its longest wait a rule that the rulebook has no more is kept: workers of other partitions may
open episodes by it for a while, and hand them over."""

NONE: Mapping[str, Rule] = {}

RULE = StateFormat("a rule that opened episodes")

_rule: TypeAdapter[Rule] = TypeAdapter(Rule)


@dataclass(slots=True)
class KeptRule:
    """A rule, and at which W the rulebook was found not to have it any more; None while it has, UNKNOWN as long as no W
    is known."""

    rule: Rule
    gone_at: int | None = None


class OpeningRules:
    """The rules of a partition by their versions. Rules that do not wait open no episodes."""

    __slots__ = (
        *("_canaried", "_conditions", "_hearing", "_hears", "_kept", "_previous", "_unwritten"),
        *("asks_also_bought", "groups", "shadows"),
    )

    def __init__(self, rulebook: Rulebook, hears: Mapping[str, frozenset[str]]) -> None:
        """`hears` says which facts a kind of rule wants to see: the others change nothing for it."""
        self._hears = hears
        self._hearing: dict[str, tuple[Rule, ...]] = {}
        self._canaried: frozenset[str] = frozenset()
        self._previous: Mapping[str, Rule] = {}
        self._kept: dict[str, KeptRule] = {}
        self._unwritten: set[str] = set()
        self._conditions: dict[str, RuleConditions] = {}
        self.shadows: set[str] = set()
        """The versions of rules that are shadows: what they open sends nothing."""
        self._take_in(rulebook, {})

    def hearing(self, fact: str, key: str) -> tuple[Rule, ...]:
        """The rules of today for the person of that key, which hear facts of that kind, in the rulebook's order."""
        rules = self._hearing.get(fact, ())
        if fact not in self._canaried:
            return rules
        return tuple(theirs for rule in rules if (theirs := self._for_person(rule, key)) is not None)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take a record of the changelog, or a tombstone. Raises UnreadableState."""
        version = key.removeprefix(RULE_KEY).decode()
        if value is None:
            self._kept.pop(version, None)
        else:
            self._keep(version, decode(value))
            self._unwritten.discard(version)

    def open(self, rulebook: Rulebook, watermark: int, previous: Mapping[str, Rule] = NONE) -> None:
        """From now on these are the rules of today, and `previous` those of persons for whom a canary is not: what is
        not among them any more is gone as of now; what is so again is not."""
        self._take_in(rulebook, previous)
        today = {rule.version for rule in (*rulebook.rules, *previous.values())}
        for version, kept in self._kept.items():
            if (kept.gone_at is None) != (version in today):
                kept.gone_at = None if version in today else watermark
                self._unwritten.add(version)

    def rule_of(self, episode: Episode | Fired, rulebook: Rulebook) -> Rule | None:
        """The rule that opened the episode, or the trigger's. None if the rulebook has none of that id. Where the
        version is not known, since another partition opened the episode by a rulebook that this one never had, it is
        the rule of today."""
        today = rulebook.by_id.get(episode.rule_id)
        kept = self._kept.get(episode.rule_version)
        return today if today is None or kept is None else kept.rule

    def conditions_of(self, rule: RuleBase) -> RuleConditions:
        """The conditions of a rule of today, or of one that opened an episode; compiled once a version."""
        known = self._conditions.get(rule.version)
        if known is None:
            if len(self._conditions) >= CONDITIONS_MAX:
                self._conditions.clear()
            known = self._conditions[rule.version] = conditions_of(rule)
        return known

    @property
    def is_news(self) -> bool:
        """Whether the changelog has to be told: what opens episodes from now on must be known before they are."""
        return bool(self._unwritten)

    def entries(self, watermark: int) -> list[tuple[bytes, bytes | None]]:
        """What the changelog has to be told since the last call."""
        waits = [kept.rule.longest_wait for kept in self._kept.values() if isinstance(kept.rule, TimedRule)]
        longest = max(waits, default=0)
        for version, kept in list(self._kept.items()):
            if kept.gone_at == UNKNOWN and watermark > UNKNOWN:
                kept.gone_at = watermark
                self._unwritten.add(version)
            if kept.gone_at is not None and kept.gone_at + longest + BESIDES_MS < watermark:
                del self._kept[version]
                self._unwritten.add(version)
        told, self._unwritten = sorted(self._unwritten), set()
        return [(RULE_KEY + version.encode(), _value_of(self._kept.get(version))) for version in told]

    def _for_person(self, rule: Rule, key: str) -> Rule | None:
        """The rule itself, or the version before it where it is a canary and the person is none; None if there was
        none."""
        return rule if rule.canary is None or bucket_of(rule.id, key) < rule.canary else self._previous.get(rule.id)

    def _keep(self, version: str, kept: KeptRule) -> None:
        self._kept[version] = kept
        if kept.rule.shadow:
            self.shadows.add(version)

    def _take_in(self, rulebook: Rulebook, previous: Mapping[str, Rule]) -> None:
        self._previous = previous
        self.groups = groups_of(rulebook)
        self.asks_also_bought = any(rule.asks_also_bought for rule in (*rulebook.rules, *previous.values()))
        """Whether some message of today shows what others have bought: then persons tell of their orders."""
        self._hearing = {
            fact: tuple(rule for rule in rulebook.rules if fact in self._hears[rule.kind])
            for fact in frozenset().union(*self._hears.values())
        }
        self._canaried = frozenset(
            fact for fact, rules in self._hearing.items() if any(rule.canary is not None for rule in rules)
        )
        for rule in (*rulebook.rules, *previous.values()):
            if isinstance(rule, TimedRule) and rule.version not in self._kept:
                self._keep(rule.version, KeptRule(rule))
                self._unwritten.add(rule.version)


def _value_of(kept: KeptRule | None) -> bytes | None:
    return None if kept is None else encode(kept)


def encode(kept: KeptRule) -> bytes:
    """The record as it stands in the changelog."""
    said = {"version": RULE.version, "rule": kept.rule.model_dump(mode="json"), "gone_at": kept.gone_at}
    return orjson.dumps(said)


def decode(value: bytes) -> KeptRule:
    """The record that the changelog holds. Raises UnreadableState."""
    said = orjson.loads(value)
    said = RULE.lift(said.get("version", FIRST_VERSION), said)
    try:
        rule = _rule.validate_python(said["rule"])
        conditions_of(rule)
    except ValueError as error:
        raise RULE.unknown(error) from error
    return KeptRule(rule, said["gone_at"])
