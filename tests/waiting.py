"""Tests wait for states, never for seconds: how long something takes says how busy the machine is, and nothing else.

So there is one deadline, generous enough for a laptop that does other work on all its cores. Whoever waits in vain is
told what was looked at last.
"""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

WITHIN_S = 180.0
"""Waited in vain for so long, a state does not come: several times what the slowest takes on two busy cores."""


def wait_until(holds: Callable[[], object], what: str, every_s: float = 0.05, *, within_s: float = WITHIN_S) -> None:
    """Look again and again until that holds; fails with `what` and what was seen last. Only what is measured, or takes
    longer on an idle machine, has a deadline of its own."""
    deadline = time.monotonic() + within_s
    while not (seen := holds()):
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}; the last look gave {seen!r}"
        time.sleep(every_s)


async def until(holds: Callable[[], Any], what: str = "", every_s: float = 0.05) -> None:
    """The same in a loop that does other things meanwhile; `holds` may be a coroutine function."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        seen = holds()
        if inspect.isawaitable(seen):
            seen = await seen
        if seen:
            return
        assert time.monotonic() < deadline, (
            f"not within {WITHIN_S:.0f} s: {what or inspect.getsource(holds).strip()}; the last look gave {seen!r}"
        )
        await asyncio.sleep(every_s)
