"""Whoever is no target hears no marketing."""

from schemas.outcomes.decisions import Reason
from streams.person.shelves import standing_of
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def no_target(asked: Asked) -> Outcome:
    """Refuse marketing to whoever is in one of the segments that the rulebook excludes."""
    if asked.rule.category != "marketing":
        return ALLOWED
    segments = standing_of(asked.case.person).segments
    named = next((id_ for id_ in asked.case.rulebook.excluded_segments if id_ in segments), None)
    return ALLOWED if named is None else Refused(Reason.SEGMENT_EXCLUDED, {"segment": named})
