"""How a process ends, and the codes by which its supervisor can tell why.

A stage's live objects may be ahead of what is committed, so nothing is repaired in a process that has seen a broken
invariant: it ends at once, from whatever thread, and its successor restores what was committed.
"""

import asyncio
import os
import sys
import threading
from enum import IntEnum
from typing import Any, NoReturn

import structlog

from schemas.facts.fact_versions import NewerFact

HEARD_S_MAX = 2.0
"""How long an end may be held up by what is said of it."""


class Exit(IntEnum):
    """The exit codes of `afterclick run`."""

    OK = 0
    """Stopped by SIGTERM or SIGINT; running commits were finished."""
    UNREACHABLE = 69
    """No broker answered when the process started; a supervisor tries again."""
    CRASHED = 70
    """A broken invariant, or a crash in a task."""
    STOP_TIMED_OUT = 71
    """Stopped by a signal, but something did not end in time."""
    COMMIT_FAILED = 74
    """A transaction failed, was fenced by a new owner, or its result is unknown."""
    STALLED = 75
    """The watchdog saw no progress."""
    MISCONFIGURED = 78
    """The cluster is not as the process needs it: topics, partition counts, positions that are gone, or what a newer
    version wrote."""


class CommitFailed(Exception):
    """A transaction did not end as committed, or nobody knows how it ended."""


class Misconfigured(Exception):
    """The cluster or the settings are not as the process needs them; the text says what to do."""


class Unreachable(Exception):
    """No broker answers; the text says where and what to do."""


_CODES: dict[type[BaseException], Exit] = {
    CommitFailed: Exit.COMMIT_FAILED,
    Misconfigured: Exit.MISCONFIGURED,
    NewerFact: Exit.MISCONFIGURED,
    Unreachable: Exit.UNREACHABLE,
}


def end_process(code: Exit, event: str, error: BaseException | None = None, **fields: Any) -> NoReturn:
    """Log and end the process at once. No cleanup runs: open transactions are aborted by their next owner."""
    # Whoever reads the log may have stopped reading: then a line more is waited for without end.
    unheard = threading.Timer(HEARD_S_MAX, os._exit, (code,))
    unheard.daemon = True
    unheard.start()
    log = structlog.get_logger("afterclick")
    (log.critical if code else log.warning)(event, exit_code=int(code), error=error, **fields)
    leave(code)


def leave(code: Exit) -> NoReturn:
    """End the process at once, with all that was logged. Python's own end would wait for the threads of libraries."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def code_of(error: BaseException) -> Exit:
    """The exit code that tells of this error, or of the first in a group."""
    if isinstance(error, BaseExceptionGroup):
        return code_of(error.exceptions[0])
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    return Exit.CRASHED


def crash(error: BaseException) -> NoReturn:
    """End the process because of this error."""
    end_process(code_of(error), "crashed", error)


def error_of(task: "asyncio.Task[Any]") -> BaseException | None:
    """What a task ended by; None if it returned, or was cancelled.

    A task that is cancelled though nobody has asked for it was told so by what it waited for: that is an error, since
    whoever relies on the task would wait for ever.
    """
    if not task.cancelled():
        return task.exception()
    return None if task.cancelling() else RuntimeError(f"{task.get_name()} was cancelled by nobody")


def crash_with(task: "asyncio.Task[Any]") -> None:
    """Let the process end when this task fails; a task that is cancelled, or returns, has ended in order."""
    task.add_done_callback(_judge)


def _judge(task: "asyncio.Task[Any]") -> None:
    if (error := error_of(task)) is not None:
        crash(error)
