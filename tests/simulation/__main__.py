"""`python -m tests.simulation --first K --seeds N`: so many worlds. `python -m tests.simulation shrink SEED`: the
smallest world that fails like that one."""

import argparse
import json
import os
import sys

from agents.crash_points import Point
from tests.simulation.plan import Kind, Plan, expand
from tests.simulation.running import Sum, cores, live, many, shrunk
from tests.simulation.world import Outcome

MANY = 200
"""In so many worlds every crash point is reached by every stage, or something is wrong with the worlds."""


def main() -> int:
    """Run what is asked for; 1 if an invariant was violated, or a crash point is not reached in many worlds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument(
        "--kind", type=Kind, choices=list(Kind), help="only such worlds; else every third is of the lifecycle"
    )
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--seconds", type=float, help="end after that time")
    parser.add_argument("--until-failed", action="store_true", help="end at the first violation")
    parser.add_argument("what", nargs="?", choices=["shrink"])
    parser.add_argument("seed", nargs="?", type=int)
    asked = parser.parse_args()
    if asked.what == "shrink":
        return _shrink(expand(asked.seed, asked.kind))
    if asked.seeds == 1:
        return _one(expand(asked.first, asked.kind))
    total, seconds = many(
        asked.first,
        asked.seeds,
        asked.jobs,
        kind=asked.kind,
        until_failed=asked.until_failed,
        tell=_tell,
        for_s=asked.seconds,
    )
    _show(total)
    said = {
        "worlds": total.worlds,
        "violations": total.violations,
        "worlds_per_s": round(total.worlds / seconds, 1),
        "first": asked.first,
        "failed_seeds": [outcome.plan.seed for outcome in total.failed][:20],
        "events": total.events,
        "faults": total.faults,
        "crashes": total.crashed.total(),
        "triggers": total.compared,
        "points_unreached": total.unreached(),
        "points_missed": total.missed(),
    }
    print(json.dumps(said))
    left_out = total.worlds >= MANY and asked.kind is None and bool(total.unreached())
    return 1 if total.violations or left_out else 0


def _one(plan: Plan) -> int:
    outcome = live(plan, loud=True, digested=True)
    print("\n".join(outcome.log))
    _describe(plan)
    for violation in outcome.violations:
        print(violation)
    print(
        json.dumps(
            {
                "worlds": 1,
                "violations": len(outcome.violations),
                "worlds_per_s": None,
                "first": plan.seed,
                "events": outcome.events,
                "faults": outcome.faults,
                "digest": outcome.digest,
            }
        )
    )
    return 1 if outcome.violations else 0


def _shrink(plan: Plan) -> int:
    plan, outcome = shrunk(plan, print)
    print("\n".join(outcome.log))
    for event in plan.events:
        print(f"event {event.at_s:.3f} {event.topic} {json.dumps(event.record)} transaction={event.transaction}")
    _describe(plan)
    for violation in outcome.violations:
        print(violation)
    return 1


def _tell(outcome: Outcome) -> None:
    _describe(outcome.plan)
    for violation in outcome.violations[:12]:
        print(f"  {violation}")
    print(f"  again: make simulate FIRST={outcome.plan.seed} SEEDS=1 KIND={outcome.plan.options.kind}")
    sys.stdout.flush()


def _describe(plan: Plan) -> None:
    print(f"seed {plan.seed}: {len(plan.events)} events, {plan.options}")
    for change in plan.changes:
        print(f"  rulebook {change.number} at {change.at_s:.3f}")
    for fault in plan.faults:
        print(f"  fault at {fault.at_s:.3f}: {fault.what} {fault.how}")


def _show(total: Sum) -> None:
    print("crash points: how often reached, and how often somebody died there, by role")
    for point in Point:
        roles = sorted({role for name, role in total.reached if name == point.value})
        cells = [f"{role} {total.reached[point.value, role]}/{total.crashed[point.value, role]}" for role in roles]
        print(f"  {point.value:16} {', '.join(cells) or 'never'}")
    print("faults:", ", ".join(f"{what} {times}" for what, times in total.struck.most_common()))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets would differ from process to process, and with it the world of a seed.
        os.execve(sys.executable, sys.orig_argv, os.environ | {"PYTHONHASHSEED": "0"})
    sys.exit(main())
