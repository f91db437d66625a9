"""The samples and the records of a run as series, a value a second: what the timeline draws."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.chaos.evidence import Json

CAUGHT_UP_S = 3.0
"""The gate is up to date when it is at most that much behind L."""

Series = dict[int, float]


@dataclass
class Course:
    """All series of a run, by the second since its beginning. `stalls` are the times during which the gate was behind:
    (from, until); each is the time that the shop took to recover from what had happened."""

    began: float
    seconds: int
    lag: Series = field(default_factory=dict)
    behind: Series = field(default_factory=dict)
    overdue: Series = field(default_factory=dict)
    ledger: Series = field(default_factory=dict)
    triggers: Series = field(default_factory=dict)
    calls: Series = field(default_factory=dict)
    delivered: Series = field(default_factory=dict)
    stalls: list[tuple[int, int]] = field(default_factory=list)


def series(
    began: float, samples: Iterable[Json], triggers: Iterable[Json], calls: Iterable[Json], late_s: float
) -> Course:
    """Bring everything to seconds. `late_s` is L."""
    by_second: defaultdict[int, list[Json]] = defaultdict(list)
    for sample in samples:
        by_second[int(sample["at"] - began)].append(sample)
    run = Course(began, max(by_second, default=0) + 1)
    gates: dict[str, float] = {}
    for second in sorted(by_second):
        seen = by_second[second]
        run.lag[second] = sum(sample.get("lag", 0) for sample in seen)
        run.ledger[second] = sum(sample.get("ledger", 0) for sample in seen)
        for sample in seen:
            for partition, gate in sample.get("gates", {}).items():
                gates[partition] = max(gate, gates.get(partition, 0))
        if gates and min(gates.values()):
            run.behind[second] = max(0.0, began + second - min(gates.values()) - late_s)
        dues = [sample["oldest_due"] for sample in seen if sample.get("oldest_due")]
        if dues:
            run.overdue[second] = max(0.0, began + second - min(dues) - late_s)
    run.triggers = _counted(began, (trigger["at"] for trigger in triggers))
    known = list(calls)
    run.calls = _counted(began, (call["at"] for call in known))
    run.delivered = _counted(began, (call["at"] for call in known if call["effect"]))
    run.stalls = _stalls(run)
    for shown in (run.lag, run.ledger, run.behind, run.overdue):
        _held(shown, run.seconds)
    return run


def _held(values: Series, seconds: int) -> None:
    """A second without a sample shows what was known before."""
    last = 0.0
    for second in range(seconds):
        last = values.setdefault(second, last)


def _counted(began: float, moments: Iterable[int]) -> Series:
    return {second: float(count) for second, count in Counter(int(at / 1000 - began) for at in moments).items()}


def _stalls(run: Course) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    since: int | None = None
    for second in range(run.seconds):
        behind = run.behind.get(second)
        stalled = since is not None if behind is None else behind > CAUGHT_UP_S
        if stalled and since is None:
            since = second
        elif not stalled and since is not None:
            found.append((since, second))
            since = None
    return found + ([(since, run.seconds)] if since is not None else [])
