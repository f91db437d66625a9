"""Every crash point is one step of the product; nothing is armed unless it is asked for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.crash_points import VARIABLE, Point, arm, arm_from_environment, reach

AGENTS = Path(__file__).parents[3] / "agents"


def test_each_point_stands_at_exactly_one_step() -> None:
    """A point that no step reaches proves nothing; one that two reach cannot be told apart."""
    reached = [name for path in AGENTS.rglob("*.py") for name in re.findall(r"reach\(Point\.(\w+)\)", path.read_text())]
    assert sorted(reached) == sorted(point.name for point in Point)


@pytest.mark.parametrize("wanted", ["committed:0", "nowhere", "committed:x", ":1"])
def test_a_wrong_wish_says_how_to_write_it(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt point must not pass for a run without a crash."""
    monkeypatch.setenv(VARIABLE, wanted)
    with pytest.raises(ValueError, match="the points are rules_published"):
        arm_from_environment()


def test_who_is_armed_hears_of_every_point_until_disarmed() -> None:
    """The simulation listens at all of them."""
    heard: list[Point] = []
    arm(heard.append)
    try:
        reach(Point.FOLDED)
        reach(Point.COMMITTED)
    finally:
        arm(None)
    reach(Point.RESTORED)
    assert heard == [Point.FOLDED, Point.COMMITTED]


def test_the_process_dies_the_nth_time_as_by_sigkill() -> None:
    """Neither sooner nor later, and without any cleanup."""
    program = (
        "from agents.crash_points import *\n"
        "arm_from_environment()\n"
        "for turn in range(5):\n"
        "    print(turn, flush=True)\n"
        "    reach(Point.FOLDED)\n"
        "    reach(Point.COMMITTED)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={VARIABLE: "committed:3"},
        cwd=AGENTS.parent,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.split()) == (-9, ["0", "1", "2"])
