"""The supervisor on processes that do nothing: how each ended is told apart, and a successor follows."""

import sys
from pathlib import Path

from agents.crash_points import VARIABLE, Point
from tests.chaos.supervisor import AT_POINT, ITSELF, KILLED, TOLD, Slot
from tests.waiting import WITHIN_S, until

SLEEPS = "import time; time.sleep(3600)"
DIES_WHEN_ARMED = (
    f"import os, signal, time; os.environ.get({VARIABLE!r}) and os.kill(os.getpid(), signal.SIGKILL); time.sleep(3600)"
)


class Toy(Slot):
    """A slot whose process is a line of Python."""

    def arguments(self) -> list[str]:
        return [sys.executable, "-c", self.command[0]]


async def running(slot: Slot, beside: int | None = None) -> int:
    """The process id of a process other than `beside`."""
    await until(lambda: slot.pid not in (None, beside))
    assert slot.pid is not None
    return slot.pid


async def test_a_killed_process_is_followed_by_another(tmp_path: Path) -> None:
    """SIGKILL is ours, and so is SIGTERM; after `stop` nobody follows."""
    slot = Toy("toy", (SLEEPS,), {}, tmp_path)
    slot.start()
    first = await running(slot)
    slot.kill()
    await running(slot, beside=first)
    await slot.stop()

    assert [(ended.cause, ended.code) for ended in slot.endings] == [(KILLED, -9), (TOLD, -15)]
    assert slot.pid is None


async def test_a_death_at_a_point_is_told_from_a_kill(tmp_path: Path) -> None:
    """Whoever dies by a SIGKILL that nobody sent, and was armed, has reached its point; each point arms one process."""
    slot = Toy("toy", (DIES_WHEN_ARMED,), {}, tmp_path)
    slot.points = [(Point.FOLDED, 3), (Point.COMMITTED, 1)]
    slot.start()
    await until(lambda: len(slot.endings) >= 2)
    await running(slot)
    await slot.stop()

    assert [(ended.cause, ended.point) for ended in slot.endings[:2]] == [(AT_POINT, "folded"), (AT_POINT, "committed")]
    assert slot.endings[2].cause == TOLD


async def test_who_ends_by_itself_is_noted_as_such(tmp_path: Path) -> None:
    """With its exit code."""
    slot = Toy("toy", ("raise SystemExit(74)",), {}, tmp_path)
    slot.start()
    await until(lambda: slot.endings)
    await slot.stop()

    assert (slot.endings[0].cause, slot.endings[0].code) == (ITSELF, 74)


async def test_a_paused_process_can_still_be_killed(tmp_path: Path) -> None:
    """As a zombie that nobody wakes."""
    slot = Toy("toy", (SLEEPS,), {}, tmp_path)
    slot.start()
    first = await running(slot)
    slot.pause()
    slot.kill()

    assert await slot.gone(first, within_s=WITHIN_S)
    await slot.stop()
