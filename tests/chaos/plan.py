"""What a form of the chaos run plans to do: how long, how much input, how many faults of each kind."""

from dataclasses import dataclass, replace

from agents.crash_points import Point
from tests.chaos.rules import Waits

WORKER_POINTS = (
    Point.ASSIGNED,
    Point.FENCED,
    Point.RESTORING,
    Point.RESTORED,
    Point.FOLDED,
    Point.BATCHES_SENT,
    Point.BATCHES_WRITTEN,
    Point.COMMITTED,
    Point.VECTOR_PUBLISHED,
    Point.REVOKED,
)
RULES_POINTS = (Point.RULES_PUBLISHED, Point.RULES_READ, Point.TAKEN_OVER)
"""Passed when a rulebook changes, as it does not here: `tests/e2e/test_rulebooks.py` and the simulation die there."""
DISPATCHER_POINTS = tuple(point for point in Point if point not in (*WORKER_POINTS, *RULES_POINTS))

TIMES: dict[Point, tuple[int, int]] = {
    Point.ASSIGNED: (1, 3),
    Point.FENCED: (1, 3),
    Point.RESTORING: (1, 2),
    Point.RESTORED: (1, 3),
    Point.FOLDED: (1, 300),
    Point.BATCHES_SENT: (1, 60),
    Point.BATCHES_WRITTEN: (1, 60),
    Point.COMMITTED: (1, 60),
    Point.VECTOR_PUBLISHED: (2, 30),
    Point.REVOKED: (3, 4),
    Point.LEDGER_FENCED: (1, 2),
    Point.LEDGER_RESTORING: (1, 1),
    Point.TRIGGERS_FOLDED: (1, 20),
    Point.LEDGER_WRITTEN: (1, 30),
    Point.LEDGER_COMMITTED: (1, 30),
    Point.CALL_CLEARED: (1, 30),
    Point.CALL_SENT: (1, 30),
    Point.CALL_ANSWERED: (1, 30),
}
"""How often a process may pass a point before it dies there: dice between these, both included."""

SESSION_S = 6
"""The session time-out of the groups: a zombie sleeps for longer."""


@dataclass(frozen=True)
class Form:
    """Counts of faults are minima: a run with fewer hits is red."""

    name: str
    input_s: int
    households_per_s: float
    waits: Waits
    worker_points: int
    dispatcher_points: int
    random_kills: int
    zombies: int
    bounces: int
    outage_s: int
    toxics: int
    clock_jumps: int
    broker_disks: int
    worker_disks: int
    storms: int
    storm_rounds: int
    mass: int

    @property
    def lateness_s(self) -> float:
        """L of both source topics."""
        return self.waits.lateness_ms / 1000

    @property
    def kills(self) -> int:
        """All kills that are planned."""
        return self.worker_points + self.dispatcher_points + self.random_kills

    def planned(self) -> dict[str, int]:
        """Kind of fault -> hits planned."""
        return {
            "point": self.worker_points + self.dispatcher_points,
            "kill": self.random_kills,
            "zombie": self.zombies,
            "bounce": self.bounces,
            "outage": int(self.outage_s > 0),
            "toxic": self.toxics,
            "clock": self.clock_jumps,
            "broker disk full": self.broker_disks,
            "worker disk full": self.worker_disks,
            "storm": self.storms,
            "mass expiry": int(self.mass > 0),
            **{f"point {point.value}": self.worker_points // len(WORKER_POINTS) for point in WORKER_POINTS},
            **{f"point {point.value}": self.dispatcher_points // len(DISPATCHER_POINTS) for point in DISPATCHER_POINTS},
        }


SHORT = Form(
    name="short",
    input_s=80,
    households_per_s=3,
    waits=Waits(factor=1, lateness_ms=3000),
    worker_points=3,
    dispatcher_points=2,
    random_kills=3,
    zombies=1,
    bounces=2,
    outage_s=6,
    toxics=1,
    clock_jumps=1,
    broker_disks=0,
    worker_disks=0,
    storms=0,
    storm_rounds=0,
    mass=300,
)

LONG = Form(
    name="long",
    input_s=3000,
    households_per_s=4,
    waits=Waits(factor=3, lateness_ms=5000),
    worker_points=5 * len(WORKER_POINTS),
    dispatcher_points=5 * len(DISPATCHER_POINTS),
    random_kills=45,
    zombies=12,
    bounces=25,
    outage_s=600,
    toxics=10,
    clock_jumps=6,
    broker_disks=2,
    worker_disks=2,
    storms=3,
    storm_rounds=5,
    mass=100_000,
)


SCALED = (
    "worker_points",
    "dispatcher_points",
    "random_kills",
    "zombies",
    "bounces",
    "outage_s",
    "toxics",
    "clock_jumps",
    "broker_disks",
    "worker_disks",
    "storms",
    "mass",
)
"""The counts of which a shorter run has fewer."""


def long_form(minutes: float) -> Form:
    """The long form, or a shorter rehearsal of it: every count is scaled, none to nothing."""
    share = min(1.0, minutes * 60 / LONG.input_s)
    if share == 1.0:
        return LONG
    scaled = {name: max(1, round(getattr(LONG, name) * share)) for name in SCALED}
    return replace(LONG, name="rehearsal", input_s=int(minutes * 60), **scaled)
