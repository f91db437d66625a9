"""The verdict as a text for readers, as JSON, and as the one line that a run ends with."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.chaos.evidence import Evidence
from tests.chaos.finding import Finding
from tests.chaos.supervisor import AT_POINT

INVARIANTS = 9
VISIBLE = ("fired twice", "occasions twice", "bodies differ", "effects twice")
"""What of I3 a consumer or a receiver that knows the id could see."""


class Verdict:
    """All findings of a run. Green only if each of them is, and each was evaluated."""

    def __init__(self, findings: Sequence[Finding], evidence: Evidence) -> None:
        self.findings = findings
        self._evidence = evidence

    @property
    def evaluated(self) -> int:
        """How many of I1 to I9 had anything to look at."""
        return sum(finding.looked_at > 0 for finding in self.findings if finding.name.startswith("I"))

    @property
    def is_green(self) -> bool:
        """Whether every promise held, and was looked at."""
        return self.evaluated == INVARIANTS and all(finding.is_green for finding in self.findings)

    def text(self) -> str:
        """One line a finding, and what it saw."""
        lines = [
            f"verdict: {'green' if self.is_green else 'RED'}, {self.evaluated} of {INVARIANTS} invariants evaluated"
        ]
        for finding in self.findings:
            state = "ok " if finding.is_green else "RED" if finding.looked_at else "NOT EVALUATED"
            wrong = ", ".join(f"{name} {count}" for name, count in finding.wrong.items())
            lines.append(f"{state} {finding.name}: {finding.says} ({finding.looked_at} looked at): {wrong}")
            lines += [f"      {name}: {value}" for name, value in finding.seen.items()]
            lines += [f"      ! {example}" for example in finding.examples]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        findings = [
            vars(finding) | {"green": finding.is_green, "examples": [str(example) for example in finding.examples]}
            for finding in self.findings
        ]
        return {"green": self.is_green, **self.summary(), "findings": findings}

    def summary(self) -> dict[str, Any]:
        """What the last line says."""
        wrong = {finding.name: finding.wrong for finding in self.findings}
        hits = Counter(fault["kind"] for fault in self._evidence.faults if fault["hit"])
        points = Counter(ended["point"] for ended in self._evidence.endings if ended["cause"] == AT_POINT)
        return {
            "verdict": "green" if self.is_green else "red",
            "kills": hits["kill"] + sum(points.values()),
            "points_hit": dict(sorted(points.items())),
            "zombies": hits["zombie"],
            "broker_bounces": hits["bounce"],
            "outages": hits["outage"],
            "lost": sum(wrong["I1"].values()),
            "duplicates": sum(wrong["I3"][what] for what in VISIBLE),
            "early": sum(wrong["I4"].values()),
            "false_abandonments": sum(wrong["false abandonments"].values()),
            "invariants_evaluated": self.evaluated,
            "red": [finding.name for finding in self.findings if not finding.is_green],
            "not_run": sorted({fault["kind"] for fault in self._evidence.faults if fault["hit"] is None}),
        }
