"""The tasks of the dispatcher: one that dies of an error is the end of the whole, never a silent gap."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from agents.exits import error_of

log = structlog.get_logger(__name__)


class Tasks:
    """Starts tasks and keeps them referenced; `crashed` gets the first error that ended one."""

    def __init__(self) -> None:
        self.crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run it; its error, if it has one, crashes the dispatcher."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def crash(self, error: BaseException, where: str) -> None:
        """Report an error that the dispatcher cannot go on after."""
        log.error("the dispatcher crashed", what=where, error=error)
        if not self.crashed.done():
            self.crashed.set_exception(error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if (error := error_of(task)) is not None:
            self.crash(error, task.get_name())
