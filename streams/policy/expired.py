"""Late is worse than never."""

from schemas.outcomes.decisions import Reason
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def expired(asked: Asked) -> Outcome:
    """Refuse from exactly due + `expires_after` on, by the broker's clock. That of a kind which is answered on the spot
    is for the dispatcher alone."""
    expires_at = expiry(asked)
    if asked.is_answered_on_the_spot or expires_at is None or asked.case.now < expires_at:
        return ALLOWED
    return Refused(Reason.EXPIRED, {"expires_at": expires_at})


def expiry(asked: Asked) -> int | None:
    """From when on, ms, the trigger is good for nothing; None for never."""
    after = asked.rule.expires_after
    return None if after is None else asked.episode.due + after
