"""Virtual time: one heap of what is to happen, and an event loop for each simulated process.

Everything runs in one thread, in an order that follows from the seed alone. A process that is killed simply runs no
more; one that is stopped keeps what was to run until it is resumed.
"""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from typing import Any

ROLES = ("sessions", "intake", "customers", "products", "dispatcher")


STEPS_MAX = 400_000
"""More than any world takes by far: something turns for ever."""


class Died(BaseException):
    """The process has ended: nothing of it runs any more."""


class Step:
    """Something to run, in a process or, without one, in the world itself. It stands in for asyncio's handles."""

    __slots__ = ("args", "at_s", "call", "is_cancelled", "process")

    def __init__(
        self, process: "Process | None", call: Callable[..., object], args: tuple[Any, ...], at_s: float = 0
    ) -> None:
        self.process = process
        self.call = call
        self.args = args
        self.at_s = at_s
        self.is_cancelled = False

    def cancel(self) -> None:
        """Do not run it."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Whether it will not run."""
        return self.is_cancelled

    def when(self) -> float:
        """Its time on its process's clock, for a timer."""
        assert self.process is not None
        return self.at_s + self.process.monotonic_from


class Clockwork:
    """The heap. `now` is true time in seconds since the beginning of the world."""

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self.running: Process | None = None
        self.ready: deque[Step] = deque()
        """What is to run at this very time, in order."""
        self._timers: list[tuple[float, int, Step]] = []
        self._count = 0

    def at(self, when: float, call: Callable[..., object], *args: Any) -> Step:
        """Run it in the world at that time, or now if that is over."""
        return self.timer(Step(None, call, args, when))

    def timer(self, step: Step) -> Step:
        """Run the step at its time."""
        self._count += 1
        heappush(self._timers, (step.at_s, self._count, step))
        return step

    def run(self, until: float) -> None:
        """Let everything happen up to that time, inclusive."""
        ready, timers = self.ready, self._timers
        try:
            while True:
                while ready:
                    self._run(ready)
                if not timers or timers[0][0] > until:
                    break
                when = timers[0][0]
                if when > self.now:
                    self.now = when
                while timers and timers[0][0] <= when:
                    step = heappop(timers)[2]
                    if not step.is_cancelled:
                        ready.append(step)
            self.now = max(self.now, until)
        finally:
            self.running = None
            events._set_running_loop(None)

    def _run(self, ready: deque[Step]) -> None:
        """Run all that is ready, and what that makes ready; this is where a simulation's time goes."""
        running, steps = self.running, 0
        try:
            while ready:
                step = ready.popleft()
                process = step.process
                if process is not running:
                    if process is not None:
                        if process.is_dead:
                            continue
                        if process.is_stopped:
                            process.kept.append(step)
                            continue
                    self.running = running = process
                    events._set_running_loop(process)
                elif process is not None and (process.is_dead or process.is_stopped):
                    self.running = running = None
                    events._set_running_loop(None)
                    ready.appendleft(step)
                    continue
                if step.is_cancelled:
                    continue
                steps += 1
                step.call(*step.args)
        except Died:
            assert running is None or running.is_dead
        finally:
            self.steps += steps
        if self.steps > STEPS_MAX:
            raise RuntimeError(f"I9: no end after {STEPS_MAX} steps, at {self.now:.3f} s")


class Task(asyncio.Task):  # type: ignore[type-arg]
    """A task that knows for which role of its process it works."""

    role = ""


# What a loop must have by its type is far more than what tasks and futures ask of it.
_Loop: Any = asyncio.AbstractEventLoop


class Process(_Loop):  # type: ignore[misc]
    """A simulated operating-system process: an event loop, its own clocks, and a way to die."""

    def __init__(self, clockwork: Clockwork, name: str, monotonic_from: float, wall_ahead: float) -> None:
        self.clockwork = clockwork
        self.name = name
        self.is_dead = False
        self.is_stopped = False
        self.kept: list[Step] = []
        self.wall_ahead = wall_ahead
        """By how much its wall clock is wrong, s."""
        self.exit_code: int | None = None
        self.errors: list[str] = []
        self._tasks: list[Task] = []
        """Kept until the world is over: Python runs the last lines of a task that it forgets, a dead process's too."""
        self.monotonic_from = monotonic_from

    # -- life ------------------------------------------------------------------------------------------------------

    def die(self, code: int) -> None:
        """End: nothing runs any more."""
        self.is_dead = True
        self.exit_code = code
        self.kept.clear()

    def stop_running(self) -> None:
        """SIGSTOP."""
        self.is_stopped = True

    def go_on(self) -> None:
        """SIGCONT: all that was to run meanwhile runs now."""
        self.is_stopped = False
        self.clockwork.ready.extend(self.kept)
        self.kept.clear()

    # -- clocks ----------------------------------------------------------------------------------------------------

    def time(self) -> float:
        """The monotonic clock, s. It goes on while the process is stopped."""
        return self.clockwork.now + self.monotonic_from

    # -- what asyncio needs of a loop ------------------------------------------------------------------------------

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Any:
        step = Step(self, callback, args)
        self.clockwork.ready.append(step)
        return step

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Any:
        return self.clockwork.timer(Step(self, callback, args, when - self.monotonic_from))

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Any:
        return self.clockwork.timer(Step(self, callback, args, self.clockwork.now + delay))

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> Any:
        task = Task(coro, loop=self, name=name)
        role = (name or "").partition(":")[0]
        if role in ROLES:
            task.role = role
        else:
            parent = asyncio.current_task(self) if events._get_running_loop() is self else None
            task.role = parent.role if isinstance(parent, Task) else ""
        self._tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.is_dead:
            self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        self.call_exception_handler(context)
