"""One bug in a copy of the tree, and who notices it: the fast tests named for it, else the simulation."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.mutants import (
    in_buying_again,
    in_calendars,
    in_deliveries,
    in_destinations,
    in_erasures,
    in_messages,
    in_orders_as_they_live,
    in_policy,
    in_products,
    in_replay,
    in_sequences,
    in_several_topics,
    in_state_and_triggers,
    in_steps,
    in_the_ceilings,
    in_the_conditions,
    in_the_folds,
    in_the_limits,
    in_the_mending,
    in_the_numbers_of_a_person,
    in_the_reading,
    in_the_rulebook,
    in_the_shell,
    in_the_wire,
    in_traffic,
    in_what_a_person_means,
    in_what_people_become,
    in_wishes,
)
from tests.mutants.bug import Bug, plant

BUGS: list[Bug] = [
    *in_the_shell.BUGS,
    *in_deliveries.BUGS,
    *in_destinations.BUGS,
    *in_the_ceilings.BUGS,
    *in_the_folds.BUGS,
    *in_state_and_triggers.BUGS,
    *in_the_reading.BUGS,
    *in_the_mending.BUGS,
    *in_the_rulebook.BUGS,
    *in_the_wire.BUGS,
    *in_replay.BUGS,
    *in_what_a_person_means.BUGS,
    *in_what_people_become.BUGS,
    *in_the_limits.BUGS,
    *in_several_topics.BUGS,
    *in_steps.BUGS,
    *in_policy.BUGS,
    *in_sequences.BUGS,
    *in_calendars.BUGS,
    *in_products.BUGS,
    *in_the_conditions.BUGS,
    *in_orders_as_they_live.BUGS,
    *in_buying_again.BUGS,
    *in_the_numbers_of_a_person.BUGS,
    *in_wishes.BUGS,
    *in_erasures.BUGS,
    *in_traffic.BUGS,
    *in_messages.BUGS,
]
COPIED = ("agents", "schemas", "streams", "tests", "deploy", "pyproject.toml", "README.md")
SEEDS = 120
HANG_S = 600
TEST_HANGS_S = 120
"""The tests are fast ones: each takes seconds, on a busy machine, too."""


class Verdict(NamedTuple):
    """Whether a bug was noticed, and by what: `tests`, `simulation` or nobody."""

    name: str
    by: str
    how: str

    @property
    def killed(self) -> bool:
        """Whether anybody noticed."""
        return self.by in ("tests", "simulation")


def copy_tree(root: Path, copy: Path) -> None:
    """What the suite needs of the tree."""
    for part in COPIED:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / part)


def doubt(tests: tuple[str, ...], root: Path) -> str | None:
    """What these tests, or without any the simulation, find in the tree at `root` where nothing is planted.

    Who fails there proves nothing by failing over a bug.
    """
    return _test(root, tests) if tests else _simulate(root)


def judge(bug: Bug, root: Path) -> Verdict:
    """Plant it in a copy of the tree at `root`, and let its tests run, then the simulation."""
    with tempfile.TemporaryDirectory(prefix="afterclick-mutant-") as place:
        copy = Path(place)
        copy_tree(root, copy)
        plant(bug, copy)
        if bug.tests and (failed := _test(copy, bug.tests)) is not None:
            return Verdict(bug.name, "tests", failed)
        if (found := _simulate(copy)) is not None:
            return Verdict(bug.name, "simulation", found)
    return Verdict(bug.name, "nobody", "")


def _simulate(copy: Path) -> str | None:
    command = ["-m", "tests.simulation", "--until-failed", "--first", "1", "--jobs", "1"]
    done = _run(copy, [*command, "--seeds", str(SEEDS)])
    if done is None:
        return "hangs"
    lines = done.stdout.splitlines()
    try:
        said = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"the simulation did not run: {done.stderr[-2000:]}") from None
    if not said["violations"]:
        return None
    first = next((line.strip() for line in lines if line.startswith("  ") and not line.startswith("  fault")), "")
    return f"seed {said['failed_seeds'][0]}, world {said['worlds']}: {first[:160]}"


def _test(copy: Path, tests: tuple[str, ...]) -> str | None:
    options = ["-q", "-x", "-p", "no:cacheprovider", "-o", f"timeout={TEST_HANGS_S}", "-m", "not kafka and not e2e"]
    done = _run(copy, ["-m", "pytest", *options, *tests])
    if done is None:
        return "hangs"
    assert done.returncode != pytest.ExitCode.NO_TESTS_COLLECTED, (
        f"none of {tests} runs without Kafka: nothing was tried"
    )
    if done.returncode == 0:
        return None
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0][:160] if failed else f"pytest ends with {done.returncode}"


def _run(copy: Path, arguments: list[str]) -> "subprocess.CompletedProcess[str] | None":
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, timeout=HANG_S
        )
    except subprocess.TimeoutExpired:
        return None
