"""What the findings share: the evidence as a case, which households count strictly, when the shop was left alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.evidence import Evidence, Json
from tests.chaos.generator import partition_of
from tests.chaos.households import GARBAGE, LATE, SILENCED, group_of
from tests.chaos.rules import EXIT, Occasion, expected

RECOVERY_MS = 16_000
"""A fault is at work for so long after its end: the session's time-out and 10 s."""
EXAMPLES = 5


@dataclass
class Finding:
    """One invariant. `wrong` counts by kind what must be 0; red if any is not, or if nothing could be looked at."""

    name: str
    says: str
    looked_at: int
    wrong: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    examples: list[Any] = field(default_factory=list)

    @property
    def is_green(self) -> bool:
        return self.looked_at > 0 and not any(self.wrong.values())


class Case:
    """The evidence with what several findings need of it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.lateness = evidence.waits.lateness_ms
        self.fired = [trigger for trigger in evidence.triggers if trigger["type"] == "fired"]
        self.by_id = {trigger["trigger_id"]: trigger for trigger in self.fired}
        self.cancelled: dict[str, Json] = {}
        for trigger in evidence.triggers:
            if trigger["type"] == "cancelled":
                self.cancelled.setdefault(trigger["trigger_id"], trigger)
        self.readable = [record for record in evidence.input if record.body is not None]
        self.late = self._late_groups()
        self.odd = {group for group, plot in evidence.plots.items() if plot in (LATE, SILENCED, GARBAGE)}
        self.disturbed = sorted(
            (fault["began"] * 1000, fault["ended"] * 1000 + RECOVERY_MS)
            for fault in evidence.faults
            if fault["kind"] != "mass expiry"
        )
        self.calls: defaultdict[str, list[Json]] = defaultdict(list)
        for call in evidence.calls:
            self.calls[call["id"]].append(call)

    def _late_groups(self) -> set[int]:
        late = set()
        for record in self.readable:
            body = record.body
            assert body is not None
            group = group_of(body.get("customer_id") or body["visitor_id"])
            if group is not None and self.delay(body) > self.lateness:
                late.add(group)
        return late

    def delay(self, body: Json) -> float:
        """From an event's time until it was known to be written, ms."""
        acked = self.evidence.acked.get(body["event_id"])
        return float("inf") if acked is None else acked - body["occurred_at"]

    def is_strict(self, name: str) -> bool:
        """Whether this visitor or customer is compared with the batch computation."""
        group = group_of(name)
        if group is None:
            return self._is_strict_mass(name)
        return group not in self.late and group not in self.odd

    def _is_strict_mass(self, visitor: str) -> bool:
        start, partition = int(visitor[1:].split("-")[0]), str(partition_of(visitor.encode()))
        acked = [mass["acked"].get(partition) for mass in self.evidence.mass if mass["start"] == start]
        return bool(acked) and acked[0] is not None and acked[0] - start <= self.lateness

    def bodies(self, topic: str) -> Iterator[Json]:
        """The readable records of a topic, with their times as the broker bounds them."""
        for record in self.readable:
            if record.topic == topic:
                assert record.body is not None
                yield record.body | {"occurred_at": min(record.body["occurred_at"], record.at)}

    def calm_ms(self, since: float, until: float) -> float:
        """How long, between the two, no fault was at work, nor had been within the time to recover, ms."""
        calm, reached = 0.0, since
        for began, ended in self.disturbed:
            if ended > reached:
                calm += max(0.0, min(began, until) - reached)
                reached = max(reached, ended)
            if reached >= until:
                return calm
        return calm + until - reached


def occasion(trigger: Json) -> Occasion:
    """What a trigger was fired for."""
    customer, visitor = trigger["customer_id"], trigger["visitor_id"]
    person = f"c:{customer}" if customer is not None else f"v:{visitor}"
    return Occasion(trigger["rule_id"], person, trigger["anchor_ms"], trigger["due_ms"])


def expected_of(case: Case) -> set[Occasion]:
    """What the batch computation says of the strict households, up to the horizon."""

    def strict(bodies: Iterable[Json]) -> Iterator[Json]:
        return (body for body in bodies if case.is_strict(body.get("customer_id") or body["visitor_id"]))

    clicks = list(strict(case.bodies("clickstream")))
    mass = [click for click in clicks if click["visitor_id"].startswith("m")]
    others = [click for click in clicks if not click["visitor_id"].startswith("m")]
    found = expected(others, strict(case.bodies("orders")), mass, case.evidence.waits)
    return {wanted for wanted in found if wanted.due < case.evidence.horizon}


def strictly_fired(case: Case, triggers: Iterable[Json]) -> set[Occasion]:
    """The occasions of triggers of strict households up to the horizon, exit intents apart."""
    found = (occasion(trigger) for trigger in triggers if trigger["type"] == "fired" and trigger["rule_id"] != EXIT)
    return {one for one in found if one.due < case.evidence.horizon and case.is_strict(one.person[2:])}
