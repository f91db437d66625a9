"""Named points at which the chaos run and the simulation end a process: the steps between which a crash must not show.

In production nothing is armed, and reaching a point costs one comparison. `AFTERCLICK_CRASH_AT=committed:3` kills the
process, as SIGKILL does, the third time it gets there.
"""

import os
import signal
from collections.abc import Callable
from enum import StrEnum

VARIABLE = "AFTERCLICK_CRASH_AT"


class Point(StrEnum):
    """The steps, in the order in which a process, a partition, and then a delivery gets to them."""

    RULES_PUBLISHED = "rules_published"
    """The rulebook that the process was started with is on its topic; the process has not read it."""
    RULES_READ = "rules_read"
    """All published rulebooks are read; no partition is opened yet."""
    ASSIGNED = "assigned"
    """A rebalance has given partitions; nothing is opened yet."""
    FENCED = "fenced"
    """The partition's earlier owner is fenced; its state is not read yet."""
    RESTORING = "restoring"
    """A part of the changelog is read."""
    RESTORED = "restored"
    """All of it is; nothing is folded yet."""
    TAKEN_OVER = "taken_over"
    """A partition goes by another rulebook; nothing of that is committed."""
    FOLDED = "folded"
    """A batch is folded; its transaction has not begun."""
    BATCHES_SENT = "batches_sent"
    """Outputs and changelog are on their way; none is known to be written."""
    BATCHES_WRITTEN = "batches_written"
    """All are written; the transaction is open."""
    COMMITTED = "committed"
    """The transaction is committed; nobody in this process has heard of it."""
    VECTOR_PUBLISHED = "vector_published"
    """The committed watermarks are on the inbox."""
    REVOKED = "revoked"
    """A rebalance takes partitions away; running commits have ended."""
    LEDGER_FENCED = "ledger_fenced"
    """The ledger's earlier owner is fenced; the ledger is not read yet."""
    LEDGER_RESTORING = "ledger_restoring"
    """A part of the ledger is read."""
    TRIGGERS_FOLDED = "triggers_folded"
    """Triggers are in the ledger's memory, and not committed."""
    LEDGER_WRITTEN = "ledger_written"
    """A ledger's lines are written; the transaction is open."""
    LEDGER_COMMITTED = "ledger_committed"
    """They are committed; nobody in this process has heard of it."""
    CALL_CLEARED = "call_cleared"
    """The last look is taken; the first byte of the call is about to leave."""
    CALL_SENT = "call_sent"
    """The request has left; there is no answer yet."""
    CALL_ANSWERED = "call_answered"
    """The destination has answered; the outcome is not noted."""


def kill_at(point: Point, times: int) -> Callable[[Point], None]:
    """What ends the process, without a word, the `times`-th time that it reaches the point."""
    left = times

    def arrive(reached: Point) -> None:
        nonlocal left
        if reached is point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return arrive


_armed: Callable[[Point], None] | None = None


def arm(what: Callable[[Point], None] | None) -> None:
    """From now on call this at every point; None disarms."""
    global _armed
    _armed = what


def arm_from_environment() -> None:
    """Arm what the variable names, as `point` or `point:times`. Raises ValueError for anything else."""
    if wanted := os.environ.get(VARIABLE):
        name, _, times = wanted.partition(":")
        if name not in list(Point) or not (times or "1").isdecimal() or times == "0":
            raise ValueError(f"{VARIABLE}={wanted}: write POINT or POINT:TIMES; the points are {', '.join(Point)}")
        arm(kill_at(Point(name), int(times or 1)))


def reach(point: Point) -> None:
    """This step is reached. Nothing is in flight here that a caller would not lose in a power cut."""
    if _armed is not None:
        _armed(point)
