"""How the records of each input ended, where each reason and each oddity was met first, and what fired."""

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from agents.replay.explained import EXPLAINED, NAMES_MAX, refused
from agents.replay.lines import Backwards, Line
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.topics import Topic
from streams.records import OUTCOMES
from streams.triggers.rule_conditions import FAILED

Name = tuple[str, ...]
CLAUSES = ("where", "if")
_EXPLAINED: dict[Topic, list[Name]] = {
    topic: [("oddities", topic.value, oddity.value) for oddity in EXPLAINED] for topic in Topic
}


@dataclass(slots=True)
class Met:
    """A reason or an oddity of a topic: how many records had it, the first one's line (None if no line told it), and
    what there is to say of it; records of which something else is to be said are counted for themselves."""

    topic: str
    name: str
    count: int
    line: int | None
    detail: str = ""


@dataclass(slots=True)
class Tally:
    """What has been counted of a replay: by (metric, labels…), lines read by topic, triggers fired by kind, and which
    inputs go back in time."""

    counts: dict[Name, int] = field(default_factory=dict)
    read: dict[Topic, int] = field(default_factory=dict)
    triggers: Counter[str] = field(default_factory=Counter)
    backwards: dict[Topic, Backwards] = field(default_factory=dict)
    _first: dict[Name, int] = field(default_factory=dict)
    _details: dict[Name, dict[str, Met]] = field(default_factory=dict)
    _looked: Mapping[Name, int] = field(default_factory=dict)
    _names: int = 0
    _told: dict[Name, int] = field(default_factory=dict)

    @property
    def fired(self) -> int:
        """How many triggers fired."""
        return self.triggers.total()

    def saw(self, line: Line, counts: Mapping[Name, int]) -> None:
        """A line was fed; `counts` is what its stage has counted since the last `add`. Only a name that is new in it
        can be met for the first time: most lines bring none, and cost no more than a look at how many there are."""
        for name in _EXPLAINED[line.topic]:
            if name in counts and counts[name] != self._told.get(name):
                self._told[name] = counts[name]
                for detail in list(EXPLAINED[Oddity(name[2])](line.topic, line.value)) or [""]:
                    self._meet(name, detail, line.number)
        if counts is self._looked and len(counts) == self._names:
            return
        self._looked, self._names = counts, len(counts)
        for name in counts:
            if name[0] == "oddities" and name not in self._first:
                self._first[name] = line.number

    def put_aside(self, letter: bytes) -> None:
        """A dead letter came; its offset is its line."""
        said = orjson.loads(letter)
        if said["reason"] != Rejection.PUT_ASIDE:  # that is no line, but a person
            topic, reason = Topic(said["topic"]), said["reason"]
            detail = refused(topic, reason, said["detail"], base64.b64decode(said["raw"]))
            self._meet(("quarantined", topic.value, reason), detail, said["offset"])

    def add(self, counts: Mapping[Name, int]) -> None:
        """What all stages have counted since the last call."""
        for name, by in counts.items():
            self.counts[name] = self.counts.get(name, 0) + by
        self._told.clear()

    def outcomes(self) -> dict[Topic, dict[str, int]]:
        """How many records of each input ended how; the numbers of an input add up to its lines."""
        return {
            topic: {outcome: self.counts.get(("records", topic.value, outcome), 0) for outcome in OUTCOMES}
            for topic in self.read
        }

    @property
    def quarantined(self) -> list[Met]:
        """The reasons for which records were put aside, the most frequent first."""
        return self._met("quarantined")

    @property
    def oddities(self) -> list[Met]:
        """What was odd about records that were used all the same, or ignored; the most frequent first. A record with
        two unknown fields is counted with both."""
        return self._met("oddities")

    @property
    def unjudged(self) -> dict[str, int]:
        """How often a condition met what it could not judge, and so did not hold: those of events by `where`, those of
        persons by `if`."""
        return {clause: self.counts.get((FAILED, clause), 0) for clause in CLAUSES}

    def _meet(self, name: Name, detail: str, line: int) -> None:
        """One more record of which that is to be said; of too many different details no more than that."""
        met = self._details.setdefault(name, {})
        if detail not in met and len(met) >= NAMES_MAX:
            detail = ""
        one = met.setdefault(detail, Met(name[1], name[2], 0, line, detail))
        one.count += 1

    def _met(self, metric: str) -> list[Met]:
        met: list[Met] = []
        for name, count in self.counts.items():
            if name[0] == metric:
                met += self._details.get(name, {}).values() or [Met(name[1], name[2], count, self._first.get(name))]
        return sorted(met, key=lambda one: (-one.count, one.topic, one.name, one.line or 0, one.detail))
