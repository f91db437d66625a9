"""What a guard says of a due trigger."""

from typing import NamedTuple

from schemas.outcomes.decisions import Evidence, Reason


class Allowed(NamedTuple):
    """Nothing speaks against it."""


class Refused(NamedTuple):
    """It does not go, and never will; `evidence` are the values that this rests on."""

    reason: Reason
    evidence: Evidence


class Deferred(NamedTuple):
    """It does not go now, and is judged afresh at `until`, ms, which is later than it was judged."""

    until: int
    reason: Reason
    evidence: Evidence


Outcome = Allowed | Refused | Deferred

ALLOWED = Allowed()
