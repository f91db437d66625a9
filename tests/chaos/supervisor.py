"""Keeps the processes of the shop running, kills them when asked to, and remembers how each of them ended."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agents.crash_points import VARIABLE, Point
from agents.demo.broker.leash import leash
from agents.demo.broker.ports import free_ports

REPOSITORY = Path(__file__).parents[2]
PYTHON_PATH = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(REPOSITORY))))
"""What the run itself imports from comes first: the compiled core, if it is on that."""

BACK_OFF_S = 0.3
BACK_OFF_S_MAX = 8.0
SHORT_LIFE_S = 6.0
STOP_S = 14.0
"""A stop by SIGTERM is over before, by the product's own deadline; a kill follows."""

KILLED, AT_POINT, TOLD, ITSELF = "killed", "at point", "told", "itself"
"""Why a process ended: by our SIGKILL, at a crash point, as told by SIGTERM, or of its own accord."""


@dataclass
class Ended:
    """The end of one process; `point` is what it was armed with. `code` is negative for a signal."""

    slot: str
    pid: int
    started: float
    at: float
    code: int
    cause: str
    point: str | None
    point_times: int
    asked: float | None = None
    """When it was told to end."""


@dataclass
class Slot:
    """A place in the shop that is to be filled by one process at a time."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    roles: int = 1
    """How many roles have to be ready."""
    process: asyncio.subprocess.Process | None = None
    port: int = 0
    is_wanted: bool = False
    is_ready: bool = False
    is_paused: bool = False
    is_busy: bool = False
    """Whether a fault is at work on it."""
    points: list[tuple[Point, int]] = field(default_factory=list)
    """What the next processes are armed with, one each."""
    output: str | None = None
    """Where the next process writes to instead of its log."""
    endings: list[Ended] = field(default_factory=list)
    started: float = 0.0
    unready_since: float = 0.0
    _sent: str | None = None
    _asked: float | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, if there is a process."""
        return None if self.process is None or self.process.returncode is not None else self.process.pid

    def arguments(self) -> list[str]:
        """What is executed."""
        return [sys.executable, "-m", "tests.chaos.process", *self.command]

    def start(self) -> None:
        """Fill the slot from now on."""
        self.is_wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._live(), name=self.name)

    def kill(self) -> None:
        """SIGKILL; the successor follows by itself."""
        self._send(signal.SIGKILL, KILLED)

    def terminate(self) -> None:
        """SIGTERM; the successor follows by itself, unless the slot is not wanted any more."""
        self._send(signal.SIGTERM, TOLD)

    def pause(self) -> None:
        """SIGSTOP."""
        self.is_paused = True
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.is_paused = False
        self._signal(signal.SIGCONT)

    def show_stacks(self) -> None:
        """Have the process write where it stands."""
        self._signal(signal.SIGUSR2)

    async def stop(self) -> None:
        """Empty the slot for good, in order; what does not end in time is killed."""
        self.is_wanted = False
        self.terminate()
        if self._task is not None:
            try:
                async with asyncio.timeout(STOP_S):
                    await asyncio.shield(self._task)
            except TimeoutError:
                self.show_stacks()
                await asyncio.sleep(0.5)
                self._signal(signal.SIGKILL)
                await self._task

    async def gone(self, pid: int, within_s: float) -> bool:
        """Whether that process has ended in the time given."""
        deadline = time.monotonic() + within_s
        while self.pid == pid:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def ready(self, within_s: float) -> bool:
        """Whether a process of the slot was ready within the time given."""
        deadline = time.monotonic() + within_s
        while not self.is_ready:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    def _send(self, number: signal.Signals, sent: str) -> None:
        if self.pid is not None:
            self._sent = sent
            self._asked = self._asked or time.time()
            self._signal(number)
            if self.is_paused:
                self.resume()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            os.kill(self.pid, number)

    async def _live(self) -> None:
        short = 0
        while self.is_wanted:
            await self._one_life()
            if self.is_wanted:
                lived = time.time() - self.started
                short = 0 if lived > SHORT_LIFE_S else short + 1
                await asyncio.sleep(min(BACK_OFF_S * 2**short, BACK_OFF_S_MAX))

    async def _one_life(self) -> None:
        point = self.points.pop(0) if self.points else None
        output, self.output = self.output or str(self.folder / f"{self.name}.log"), None
        environment = {**os.environ, **self.environment, "PYTHONPATH": PYTHON_PATH}
        self.port = free_ports(1)[0]
        environment["AFTERCLICK_WEB__PORT"] = str(self.port)
        if point is not None:
            environment[VARIABLE] = f"{point[0].value}:{point[1]}"
        self._sent, self._asked, self.started, self.unready_since = None, None, time.time(), time.time()
        with open(output, "ab") as sink:
            self.process = await asyncio.create_subprocess_exec(
                *leash(),
                *self.arguments(),
                env=environment,
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )
        code = await self.process.wait()
        self.is_ready = self.is_paused = False
        cause = self._sent or (AT_POINT if code == -signal.SIGKILL and point is not None else ITSELF)
        self.endings.append(
            Ended(
                self.name,
                self.process.pid,
                self.started,
                time.time(),
                code,
                cause,
                None if point is None else point[0].value,
                0 if point is None else point[1],
                self._asked,
            )
        )


def as_json(ended: Ended) -> dict[str, Any]:
    """For the run folder."""
    return asdict(ended)
