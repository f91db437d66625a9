"""Nothing goes to somebody who asked to be forgotten."""

from schemas.outcomes.decisions import Reason
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def erased(asked: Asked) -> Outcome:
    """Refuse what is for somebody who is to be forgotten."""
    person = asked.case.person
    return Refused(Reason.ERASED, {"erased_at": person.erased_at}) if person.erased else ALLOWED
