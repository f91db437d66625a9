"""`python -m tests.mutants [NAME…]`: plant each bug in a copy of the tree, and see whether the suite notices it."""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.bug import Bug
from tests.mutants.planting import BUGS, Verdict, copy_tree, doubt, judge
from tests.simulation.running import cores

ENOUGH = 0.95
# Of what has to pass without a bug: a run is then far from being taken for one that hangs.
FILES_AT_ONCE = 8


def main() -> int:
    """0 if at least 95 % of the bugs are noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these bugs")
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--list", action="store_true", help="name the bugs, and why they are bugs")
    asked = parser.parse_args()
    unknown = set(asked.names) - {bug.name for bug in BUGS}
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    bugs = [bug for bug in BUGS if not asked.names or bug.name in asked.names]
    if asked.list:
        for bug in bugs:
            print(f"{bug.name}: {bug.why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="afterclick-mutants-") as place:
        # As it stands now: the tree may be edited meanwhile.
        copy_tree(Path(), Path(place))
        verdicts = _judge(bugs, Path(place), asked.jobs)
    killed = sum(verdict.killed for verdict in verdicts)
    said = {
        "planted": len(verdicts),
        "killed": killed,
        "survivors": [verdict.name for verdict in verdicts if not verdict.killed],
        "killed_by_simulation": sum(verdict.by == "simulation" for verdict in verdicts),
    }
    print(json.dumps(said))
    return 0 if killed >= ENOUGH * len(verdicts) else 1


def _judge(bugs: list[Bug], root: Path, jobs: int) -> list[Verdict]:
    verdicts: list[Verdict] = []
    with ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(lambda tests: doubt(tests, root), [(), *_all_tests(bugs)]):
            if found is not None:
                raise SystemExit(f"the suite fails without any bug, so it proves nothing: {found}")
        for verdict in pool.map(lambda bug: judge(bug, root), bugs):
            verdicts.append(verdict)
            print(f"{verdict.name:36} {verdict.by:10} {verdict.how}", flush=True)
    return verdicts


def _all_tests(bugs: list[Bug]) -> list[tuple[str, ...]]:
    tests = sorted({test for bug in bugs for test in bug.tests})
    return [tuple(tests[at : at + FILES_AT_ONCE]) for at in range(0, len(tests), FILES_AT_ONCE)]


if __name__ == "__main__":
    sys.exit(main())
