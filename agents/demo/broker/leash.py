"""Processes that can't outlive us: however a test run or a demo is killed, its broker must be gone."""

import atexit
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PR_SET_PDEATHSIG = 1
SIGKILL = 9

# Linux sends the death signal when the *thread* that started the child ends. So all children are started by this one
# thread, which lives as long as the interpreter does.
_parent = ThreadPoolExecutor(max_workers=1, thread_name_prefix="broker-parent")

# Java's launcher obeys these; what a user exports for other programs must not change our brokers.
_FOREIGN_OPTIONS = frozenset({"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JDK_AOT_VM_OPTIONS"})


def spawn(command: Sequence[str], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start the command in the folder, its output in the file (emptied first), in a session of its own.

    It dies with this process: on Linux even when we are killed, elsewhere when the interpreter exits in order.
    """
    leashed = [*leash(), *command]
    process = _parent.submit(_spawn, leashed, folder, output).result()
    atexit.register(process.kill)
    return process


def _spawn(command: Sequence[str], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN_OPTIONS}
    with output.open("wb") as sink:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the broker is stopped in order
        )


def leash() -> list[str]:
    """What to put before a command so that, on Linux, its process dies with the thread that started it."""
    if sys.platform != "linux":
        return []
    # An exec through this very file instead of a preexec_fn, which is not safe in a process that has threads.
    return [sys.executable, "-I", "-S", __file__, str(os.getpid())]


def _become(parent: int, command: list[str]) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() == parent:  # else it died before it could be watched
        os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
