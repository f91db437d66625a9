"""A person hears so much and no more, whichever rules speak."""

from schemas.outcomes.decisions import Evidence, Reason
from streams.person.send_log import sent
from streams.policy.asked import Asked
from streams.policy.consent import channel_of
from streams.policy.outcomes import ALLOWED, Deferred, Outcome, Refused


def caps(asked: Asked) -> Outcome:
    """Refuse or defer what would be one too many in (now − per, now] of the first cap that is full: what was sent
    exactly `per` ago counts no more. Deferred is until as many have gone out of it as have to."""
    book = asked.case.rulebook
    if not book.caps:
        return ALLOWED
    channel, category, now = channel_of(asked), asked.rule.category, asked.at
    for cap in book.caps:
        if cap.channel not in (None, channel) or cap.category not in (None, category):
            continue
        times = sent(asked.case.person, now - cap.per, now, cap.channel, cap.category)
        if len(times) < cap.max:
            continue
        evidence: Evidence = {"cap": cap.words, "sent": len(times), "sent_at": times[-1]}
        if cap.on_cap == "drop":
            return Refused(Reason.CAPPED, evidence)
        return Deferred(times[-cap.max] + cap.per, Reason.CAPPED, evidence)
    return ALLOWED
