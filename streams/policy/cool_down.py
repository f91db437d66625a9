"""A rule does not repeat itself too soon."""

from schemas.outcomes.decisions import Reason
from schemas.rules.words import duration_brief
from streams.person.send_log import heard_at
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def cool_down(asked: Asked) -> Outcome:
    """Refuse what comes sooner than `cool_down` after what the rule last sent; exactly then it may speak again. What is
    on its way counts as sent. The first step alone is asked: those after it are the same occasion."""
    least = asked.rule.cool_down
    heard = None if least is None or asked.episode.step > 1 else heard_at(asked.case.person, asked.rule.id)
    if least is None or heard is None or asked.at - heard >= least:
        return ALLOWED
    return Refused(Reason.COOL_DOWN, {"cool_down": duration_brief(least), "sent_at": heard})
