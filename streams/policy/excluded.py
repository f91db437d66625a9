"""Nothing goes to whoever is no customer: staff and tests, and visitors who behave as no person does."""

from schemas.outcomes.decisions import Reason
from schemas.state.profile import VISITOR
from streams.person.shelves import presence_of
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def excluded(asked: Asked) -> Outcome:
    """Refuse what is for somebody on the list, if only since a moment, or was left by a suspected visitor."""
    case = asked.case
    if case.traffic.excludes_somebody and case.traffic.excludes(case.key):
        return Refused(Reason.EXCLUDED, {})
    suspected = presence_of(case.person).suspected
    if suspected:
        visitor = case.key[len(VISITOR) :] if case.key.startswith(VISITOR) else asked.episode.visitor
        since = suspected.get(visitor) if visitor is not None else None
        if since is not None:
            return Refused(Reason.SUSPECTED, {"suspected_at": since})
    return ALLOWED
