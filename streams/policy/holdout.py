"""A control group is sent nothing, so that it can be seen what answering the others is worth.

Who is of it follows from a salted hash of the id under which it was first asked: the same person before and after a
sign-in. What is held out counts for the rule as if it had been sent; caps do not count it, since nobody heard it.
"""

from schemas.outcomes.decisions import Reason
from schemas.state.profile import CUSTOMER
from streams.ids import bucket_of
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Outcome, Refused


def holdout(asked: Asked) -> Outcome:
    """Refuse what is for somebody of the control group, unless the rule speaks to everybody."""
    held_out, person = asked.case.rulebook.holdout, asked.case.person
    if held_out is None or not asked.rule.holdout:
        return ALLOWED
    if not person.first_id:
        person.first_id = asked.case.key[len(CUSTOMER) :]
    bucket = bucket_of(held_out.salt, person.first_id)
    if bucket >= held_out.buckets:
        return ALLOWED
    return Refused(Reason.HOLDOUT, {"bucket": bucket, "held_out_below": held_out.buckets})
