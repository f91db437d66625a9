"""No process outlives the one that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import WITHIN_S

START_A_SLEEPER = """
import sys, threading, time
from pathlib import Path
from agents.demo.broker.leash import spawn

folder = Path(sys.argv[1])
def start():
    print(spawn(["/bin/sleep", "3600"], folder, folder / "out").pid, flush=True)
starter = threading.Thread(target=start)
starter.start()
starter.join()
sys.stdin.readline()
"""


def ends_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def parent(tmp_path: Path) -> subprocess.Popen[str]:
    """A Python that has started a sleeper, from a thread which is over, and waits for a line."""
    command = [sys.executable, "-c", START_A_SLEEPER, str(tmp_path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def sleeper_of(parent: subprocess.Popen[str]) -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def test_it_lives_on_when_only_the_thread_ends(parent: subprocess.Popen[str]) -> None:
    """The thread that asked for the process may end at once."""
    sleeper = sleeper_of(parent)
    assert not ends_within(sleeper, 0.5)
    parent.communicate("\n")
    assert ends_within(sleeper, WITHIN_S)


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only Linux tells a child that its parent was killed")
def test_it_dies_with_a_killed_parent(parent: subprocess.Popen[str]) -> None:
    """Even SIGKILL, after which no Python code runs, takes the process along."""
    sleeper = sleeper_of(parent)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert ends_within(sleeper, WITHIN_S)
