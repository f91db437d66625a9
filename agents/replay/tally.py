"""How the records of each input ended, and where each reason and each oddity was met first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from agents.replay.lines import Line
from schemas.topics import Topic
from streams.records import APPLIED, DUPLICATE, IGNORED, LATE, QUARANTINED

Name = tuple[str, ...]
OUTCOMES = (APPLIED, DUPLICATE, LATE, IGNORED, QUARANTINED)


@dataclass(slots=True)
class Met:
    """A reason or an oddity of a topic: how many records had it, the first one's line (None if no line told it), and
    what the stage said of that one."""

    topic: str
    name: str
    count: int
    line: int | None
    detail: str = ""


@dataclass(slots=True)
class Tally:
    """What has been counted of a replay: by (metric, labels…), lines read by topic, triggers fired."""

    counts: dict[Name, int] = field(default_factory=dict)
    read: dict[Topic, int] = field(default_factory=dict)
    fired: int = 0
    _first: dict[Name, int] = field(default_factory=dict)
    _details: dict[Name, str] = field(default_factory=dict)
    _looked: Mapping[Name, int] = field(default_factory=dict)
    _names: int = 0

    def saw(self, line: Line, counts: Mapping[Name, int]) -> None:
        """A line was fed; `counts` is what its stage has counted since the last `add`. Only a name that is new in it
        can be met for the first time: most lines bring none, and cost no more than a look at how many there are."""
        if counts is self._looked and len(counts) == self._names:
            return
        self._looked, self._names = counts, len(counts)
        for name in counts:
            if name[0] == "oddities" and name not in self._first:
                self._first[name] = line.number

    def put_aside(self, letter: bytes) -> None:
        """A dead letter came; its offset is its line."""
        said = orjson.loads(letter)
        name = ("quarantined", said["topic"], said["reason"])
        self._first.setdefault(name, said["offset"])
        self._details.setdefault(name, said["detail"])

    def add(self, counts: Mapping[Name, int]) -> None:
        """What all stages have counted since the last call."""
        for name, by in counts.items():
            self.counts[name] = self.counts.get(name, 0) + by

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
        """What was odd about records that were used all the same, or ignored; the most frequent first."""
        return self._met("oddities")

    def _met(self, metric: str) -> list[Met]:
        met = [
            Met(name[1], name[2], count, self._first.get(name), self._details.get(name, ""))
            for name, count in self.counts.items()
            if name[0] == metric
        ]
        return sorted(met, key=lambda one: (-one.count, one.topic, one.name))
