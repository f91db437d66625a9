"""Running worlds: one, many on all cores, or one again and again with less and less in it."""

import gc
import os
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from agents.crash_points import Point
from tests.simulation.plan import PRODUCTS, STREAM_ROLES, Kind, Plan, expand
from tests.simulation.world import Outcome, World

CHUNK = 4
OF_STAGES = {
    Point.ASSIGNED,
    Point.FENCED,
    Point.RESTORING,
    Point.RESTORED,
    Point.TAKEN_OVER,
    Point.FOLDED,
    Point.BATCHES_SENT,
    Point.BATCHES_WRITTEN,
    Point.COMMITTED,
    Point.VECTOR_PUBLISHED,
    Point.REVOKED,
}
"""Crash points that every stage comes to."""


def live(plan: Plan, *, loud: bool = False, digested: bool = False) -> Outcome:
    """The outcome of a world. A crash of the simulation itself is a violation too."""
    world = World(plan, loud=loud)
    # What one world leaves behind must not be cleaned up, and so run, in the middle of another.
    collects = gc.isenabled()
    gc.disable()
    try:
        return world.run(digested=digested)
    except Exception:  # noqa: BLE001  (a world must not end the others)
        world.violations.append(traceback.format_exc())
        return world.outcome()
    finally:
        if collects:
            del world
            _clear_away()
            gc.enable()


def _clear_away() -> None:
    """Forget worlds that are over; what their processes had begun ends noisily."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        gc.collect()
    sys.unraisablehook = hook


@dataclass
class Sum:
    """What many worlds came to."""

    worlds: int = 0
    violations: int = 0
    events: int = 0
    faults: int = 0
    failed: list[Outcome] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    crashed: Counter[tuple[str, str]] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.worlds += 1
        self.violations += len(outcome.violations)
        self.events += outcome.events
        self.faults += outcome.faults
        self.struck += outcome.struck
        self.reached += outcome.reached
        self.crashed += outcome.crashed
        self.compared += outcome.compared
        if outcome.violations:
            self.failed.append(outcome)

    def unreached(self) -> list[str]:
        """The crash points that no world has come to; those of stages by the stage."""
        stages = (*STREAM_ROLES, PRODUCTS)
        expected = [(point, role) for point in Point for role in (stages if point in OF_STAGES else ("",))]
        reached = {(point, role if point in OF_STAGES else "") for point, role in self.reached}
        return [f"{point.value} {role}".rstrip() for point, role in expected if (point, role) not in reached]

    def missed(self) -> list[str]:
        """The crash points at which nobody died."""
        died = {point for point, _ in self.crashed}
        return [point.value for point in Point if point.value not in died]


def _chunk(first: int, number: int, kind: Kind | None) -> list[Outcome]:
    gc.disable()
    outcomes = [live(expand(seed, kind)) for seed in range(first, first + number)]
    _clear_away()
    return outcomes


def many(
    first: int,
    number: int,
    jobs: int,
    *,
    kind: Kind | None,
    until_failed: bool,
    tell: Callable[[Outcome], None],
    for_s: float | None = None,
) -> tuple[Sum, float]:
    """Worlds of `number` seeds from `first` on, and the seconds they took. Ends at the first violation, or when the
    time is up, if that is wanted."""
    total, began_s = Sum(), time.monotonic()
    chunks = iter([(at, min(CHUNK, first + number - at), kind) for at in range(first, first + number, CHUNK)])
    for outcome in _outcomes(chunks, jobs):
        total.add(outcome)
        if outcome.violations:
            tell(outcome)
            if until_failed:
                break
        if for_s is not None and time.monotonic() - began_s > for_s:
            break
    return total, time.monotonic() - began_s


def _outcomes(chunks: Iterator[tuple[int, int, Kind | None]], jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        for chunk in chunks:
            yield from _chunk(*chunk)
        return
    with ProcessPoolExecutor(jobs, initializer=_settle_in) as pool:
        running: set[Future[list[Outcome]]] = set()
        try:
            while True:
                while len(running) < 2 * jobs and (following := next(chunks, None)) is not None:
                    running.add(pool.submit(_chunk, *following))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _settle_in() -> None:
    # What is loaded stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()


def cores() -> int:
    """How many worlds can run side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shrunk(plan: Plan, tell: Callable[[str], None]) -> tuple[Plan, Outcome]:
    """The smallest world found in which the same invariant is violated: first events are cut, then faults."""
    outcome = live(plan)
    if not outcome.violations:
        raise ValueError(f"seed {plan.seed} has no violation")
    wanted = kinds(outcome)

    def fails(candidate: Plan) -> bool:
        return bool(wanted & kinds(live(candidate)))

    events = _cut(
        list(range(len(plan.events))), lambda kept: fails(plan._replace(events=[plan.events[n] for n in kept]))
    )
    plan = plan._replace(events=[plan.events[n] for n in events])
    tell(f"{len(plan.events)} events are left")
    faults = _cut(
        list(range(len(plan.faults))), lambda kept: fails(plan._replace(faults=[plan.faults[n] for n in kept]))
    )
    plan = plan._replace(faults=[plan.faults[n] for n in faults])
    tell(f"{len(plan.faults)} faults are left")
    changes = _cut(
        list(range(len(plan.changes))), lambda kept: fails(plan._replace(changes=[plan.changes[n] for n in kept]))
    )
    plan = plan._replace(changes=[plan.changes[n] for n in changes])
    tell(f"{len(plan.changes)} changes of the rulebook are left")
    return plan, live(plan, loud=True)


def kinds(outcome: Outcome) -> set[str]:
    """Which invariants are violated."""
    return {word for violation in outcome.violations for word in violation.split(":")[0].split() if word[0] == "I"}


def _cut(kept: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
    size = max(len(kept) // 2, 1)
    while True:
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + size :]
            if fails(without):
                kept = without
            else:
                at += size
        if size == 1:
            return kept
        size = max(size // 2, 1)
