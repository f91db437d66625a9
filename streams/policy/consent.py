"""Nothing goes to somebody who does not want it, and what goes takes the first of its channels that is welcome."""

from schemas.outcomes.decisions import Reason
from streams.person.consent import last_word, welcome
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Allowed, Outcome, Refused


def consent(asked: Asked) -> Outcome:
    """Refuse what no channel of the rule may carry; the reason is that of the first."""
    return _on(asked, channel_of(asked))


def channel_of(asked: Asked) -> str:
    """The channel that the trigger takes: the first of the rule's that is welcome, the first of all if none is; ""
    where the rule names none."""
    channels = asked.rule.channels
    if len(channels) < 2:
        return channels[0] if channels else ""
    return next((channel for channel in channels if isinstance(_on(asked, channel), Allowed)), channels[0])


def _on(asked: Asked, channel: str) -> Outcome:
    """Whether the person allows that channel, where the shop asks."""
    book, person, category = asked.case.rulebook, asked.case.person, asked.rule.category
    if not book.asks_for_consent:
        return ALLOWED
    needs = book.consent_on(channel)
    if welcome(person, channel, category, needs):
        return ALLOWED
    at, refused = last_word(person, channel, category)
    if refused:
        return Refused(Reason.OPTED_OUT, {"opted_out_at": at, **({"channel": channel} if channel else {})})
    return Refused(Reason.NOT_OPTED_IN, {"consent": needs, "channel": channel})
