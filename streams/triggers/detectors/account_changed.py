"""Something in the account was changed: a sequence after that event, one occasion a field. A newer change of the same
field takes back what was fired of the one before, and is not yet delivered."""

from schemas.facts.profile_facts import FactInOrder, Happened
from schemas.outcomes.decisions import Reason
from schemas.rules.sequence import AccountChanged
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.detectors import sequence
from streams.triggers.event_fields import same_value
from streams.triggers.row import Row


def observe(case: Case, rule: AccountChanged, fact: FactInOrder, change: Change) -> None:
    """Let the newer change stand for the older."""
    sequence.observe(case, rule, fact, change)
    if not isinstance(fact, Happened):
        return
    same = "" if rule.same is None else same_value(fact.said, rule.same)
    waiting = case.episode(rule, same)
    if waiting is None or waiting.event_id != fact.event_id:
        return
    for fired in case.person.fired:
        if fired.rule_id == rule.id and fired.same == same and not fired.settled:
            case.cancel(fired, Reason.REPLACED)


ROW: Row = sequence.ROW._replace(kind="account_changed", section=AccountChanged, observe=observe)
