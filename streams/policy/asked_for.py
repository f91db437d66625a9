"""Whoever has just asked for their cart by mail is not reminded of it."""

from schemas.outcomes.decisions import Reason
from streams.person.send_log import is_released
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def asked_for(asked: Asked) -> Outcome:
    """Refuse a reminder in the time after what was asked for was sent, or is on its way; the last instant included."""
    if not asked.row.reminds_of_cart:
        return ALLOWED
    rules = asked.case.rulebook.by_id
    for fired in asked.case.person.fired:
        rule = rules.get(fired.rule_id)
        silent = 0 if rule is None or fired.shadow or is_released(fired) else rule.instead_of_reminders
        if silent and fired.anchor <= asked.at <= fired.anchor + silent:
            return Refused(Reason.ASKED_FOR, {"asked_at": fired.anchor})
    return ALLOWED
