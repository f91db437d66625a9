"""May a due trigger go out? Asked in one fixed order; the first refusal names the reason."""

from schemas.decisions import Reason
from schemas.person import Episode
from schemas.rules.base import RuleBase
from streams.triggers.case import Case
from streams.triggers.heard import heard_at
from streams.triggers.row import Row


def refusal(case: Case, episode: Episode, rule: RuleBase, row: Row) -> Reason | None:
    """Erased, consent, already converted, deadline, cool-down: the first that speaks against it, or None.

    The deadline is passed exactly at due + `expires_after`; that of a kind which is judged on arrival is for the
    dispatcher alone. A cool-down has passed when exactly its time lies between two dues: this one, and that of the last
    trigger of the rule that was delivered or is on its way; it is asked of the first step alone.
    """
    person, book = case.person, case.rulebook
    if person.erased:
        return Reason.ERASED
    if book.consent == "opt_out" and person.opted_out:
        return Reason.OPTED_OUT
    if book.already_converted and case.ordered_at(row.of_device) > episode.anchor:
        return Reason.ALREADY_CONVERTED
    waits = row.judge is None
    if waits and rule.expires_after is not None and case.now >= episode.due + rule.expires_after:
        return Reason.EXPIRED
    heard = heard_at(person, rule.id) if rule.cool_down is not None and episode.step == 1 else None
    if rule.cool_down is not None and heard is not None and episode.due - heard < rule.cool_down:
        return Reason.COOL_DOWN
    return None
