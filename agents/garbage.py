"""How often a process looks for reference cycles."""

import gc

THRESHOLDS = (100_000, 20, 100)


def collect_rarely() -> None:
    """State and records are freed by their reference counts; cycles are rare, and looking for them walks all state: a
    third of the sessions path's time at Python's own thresholds."""
    gc.set_threshold(*THRESHOLDS)
