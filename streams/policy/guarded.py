"""A rule that speaks to too many at once is a mistake of somebody's: it is shut until an operator has looked."""

from schemas.outcomes.decisions import Reason
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def guarded(asked: Asked) -> Outcome:
    """Refuse what is beyond the share of this partition, and all that follows. Today's guard counts, whichever version
    of the rule has opened the episode. It is asked last: what it lets out goes."""
    case, rule_id = asked.case, asked.rule.id
    guard = case.rulebook.by_id[rule_id].guard
    if guard is None or asked.rule.shadow or case.blasts.lets_out(rule_id, guard, asked.at):
        return ALLOWED
    return Refused(Reason.GUARDED, {"guard": guard.words, "share": case.blasts.share(guard)})
