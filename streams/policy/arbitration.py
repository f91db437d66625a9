"""Of a person's triggers that are due at once, one goes.

At once is at the same instant, or within `settle` of the first: that one waits so long for the others, and then all are
judged as of one instant. The highest priority wins, then what is left in the cart, for the kinds that are about it,
then the rule's id. Only what nothing else speaks against can win.
"""

from collections.abc import Iterable
from decimal import Decimal

from schemas.outcomes.decisions import Evidence, Reason
from schemas.state.person import Person
from streams.person.carts import value_of
from streams.policy.asked import Asked
from streams.policy.outcomes import ALLOWED, Deferred, Outcome, Refused

Rank = tuple[int, Decimal, str, int, str]


def arbitration(asked: Asked, rivals: Iterable[Asked]) -> Outcome:
    """Let it go if it is the one. `rivals` are due at the same instant, and nothing else speaks against them."""
    person, at, settle = asked.case.person, asked.at, asked.case.rulebook.settle or 0
    until, chosen = person.choice
    if at > until:
        until, chosen = at + settle, ""
        person.choice = until, chosen
    if at < until - settle:  # it came to light when the choice was over
        return ALLOWED
    if at < until:
        return Deferred(until, Reason.SETTLING, {})
    if chosen:
        return _outranked(asked, chosen)
    best = min(rivals, key=_rank, default=None)
    if best is not None and _rank(best) < _rank(asked):
        return _outranked(asked, best.rule.id)
    return ALLOWED


def choose(person: Person, at: int, rule_id: str) -> None:
    """A trigger of that rule has gone, judged for that instant: it is the one."""
    if person.choice[0] == at:
        person.choice = at, rule_id


def _outranked(asked: Asked, by: str) -> Outcome:
    gap: int | None = asked.case.rulebook.gap
    evidence: Evidence = {"by": by}
    if gap is None:
        return Refused(Reason.OUTRANKED, evidence)
    return Deferred(asked.at + gap, Reason.OUTRANKED, evidence)


def _rank(asked: Asked) -> Rank:
    """The least goes first."""
    value = value_of(asked.case.person.cart)[0] if asked.row.of_device else None
    return (
        -(asked.rule.priority or 0),
        -(value or Decimal(0)),
        asked.rule.id,
        asked.episode.anchor,
        asked.episode.origin,
    )
