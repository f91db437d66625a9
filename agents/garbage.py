"""How often a process looks for reference cycles."""

import gc

THRESHOLDS = (4_000_000, 20, 100)
"""How many more objects there are than at the last look before the next. A backlog has some hundred thousand records
under way: below that number every one of them would be walked once, although all will be freed by their reference
counts, a sixth of the sessions path's time. State that grows by so many objects, which is that of 100,000 people, is
walked once, too: at a million it was a fiftieth of the whole path's. All of them as one cycle would be 400 MB."""


def collect_rarely() -> None:
    """State and records are freed by their reference counts; cycles are rare, and looking for them walks all state: a
    third of the sessions path's time at Python's own thresholds."""
    gc.set_threshold(*THRESHOLDS)
