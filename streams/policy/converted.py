"""Nobody is asked to do what they have done."""

from schemas.outcomes.decisions import Reason
from schemas.state.person import ends_with_a_purchase
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def converted(asked: Asked) -> Outcome:
    """Refuse after a purchase that is known, if only from the backlog, and is later than what the occasion began with;
    but not what no purchase makes wrong."""
    case = asked.case
    if not case.rulebook.already_converted or not ends_with_a_purchase(asked.episode):
        return ALLOWED
    ordered_at = case.ordered_at(asked.row.of_device)
    if ordered_at <= asked.episode.start:
        return ALLOWED
    return Refused(Reason.ALREADY_CONVERTED, {"ordered_at": ordered_at})
