"""How often a process looks for reference cycles."""

import gc

THRESHOLDS = (1_000_000, 20, 100)
"""A backlog has some hundred thousand records under way. Below that number every one of them would be walked once,
although all will be freed by their reference counts: a sixth of the sessions path's time."""


def collect_rarely() -> None:
    """State and records are freed by their reference counts; cycles are rare, and looking for them walks all state: a
    third of the sessions path's time at Python's own thresholds."""
    gc.set_threshold(*THRESHOLDS)
