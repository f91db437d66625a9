"""Late is worse than never."""

from schemas.outcomes.decisions import Reason
from schemas.rules.timed import TimedRule
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def expired(asked: Asked) -> Outcome:
    """Refuse from exactly due + `expires_after` on, by the broker's clock; that of a kind which is answered on the spot
    is for the dispatcher alone. A step that is judged for the `deadline` of its run or later is refused, too."""
    if asked.is_answered_on_the_spot:
        return ALLOWED
    expires_at, ends_at = expiry(asked), _run_end(asked)
    if expires_at is not None and asked.case.now >= expires_at:
        return Refused(Reason.EXPIRED, {"expires_at": expires_at})
    if ends_at is not None and asked.at >= ends_at:
        return Refused(Reason.DEADLINE, {"deadline": ends_at})
    return ALLOWED


def last_moment(asked: Asked) -> int | None:
    """From when on, ms, nothing may be sent of it; None for never."""
    return min((at for at in (expiry(asked), _run_end(asked)) if at is not None), default=None)


def expiry(asked: Asked) -> int | None:
    """From when on, ms, the trigger is good for nothing; None for never."""
    after = asked.rule.expires_after
    return None if after is None else asked.episode.due + after


def _run_end(asked: Asked) -> int | None:
    return asked.rule.run_end(asked.episode.anchor) if isinstance(asked.rule, TimedRule) else None
