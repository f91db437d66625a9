"""What the chaos run starts in place of `afterclick`: the very command, with a clock that can be set wrong.

`CHAOS_CLOCK` names a file with an offset in seconds that is added to the wall clock, looked up ten times a second. On
SIGUSR2 all threads and tasks are written to standard error: how a process hangs must not be a riddle.
"""

import asyncio
import faulthandler
import os
import signal
import sys
import time
from typing import Any

LOOK_EVERY_S = 0.1

_time, _time_ns, _monotonic = time.time, time.time_ns, time.monotonic


class _Clock:
    """The offset, as the file says."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._looked = 0.0
        self._offset = 0.0

    def offset(self) -> float:
        now = _monotonic()
        if now - self._looked > LOOK_EVERY_S:
            self._looked = now
            try:
                with open(self._path) as file:
                    self._offset = float(file.read() or 0)
            except (OSError, ValueError):
                self._offset = 0.0
        return self._offset


def set_clock(path: str) -> None:
    """From now on `time.time` and `time.time_ns` are off by what the file says."""
    clock = _Clock(path)
    time.time = lambda: _time() + clock.offset()
    time.time_ns = lambda: _time_ns() + int(clock.offset() * 1e9)


def _show_tasks(_number: int, _frame: Any) -> None:
    faulthandler.dump_traceback(all_threads=True)
    for task in asyncio.all_tasks(_LOOPS[0]) if _LOOPS else ():
        task.print_stack(file=sys.stderr)


_LOOPS: list[asyncio.AbstractEventLoop] = []


class _Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        _LOOPS.append(loop)
        return loop


if __name__ == "__main__":
    if path := os.environ.get("CHAOS_CLOCK"):
        set_clock(path)
    signal.signal(signal.SIGUSR2, _show_tasks)
    asyncio.set_event_loop_policy(_Policy())
    from agents.cli import main

    main()
