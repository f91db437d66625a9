"""Words on a person that are about no rule: decisions all the same, so that why-not can tell them."""

from schemas.facts.profile_facts import ErasureAsked
from schemas.facts.suspected import Suspected
from schemas.outcomes.decisions import Evidence, Reason, Verdict
from schemas.outcomes.outcome_records import DecisionRecord
from streams.cloud_events import decision_record
from streams.ids import trigger_id
from streams.triggers.case import Case

ERASURE, SUSPICION = "erasure", "suspicion"
"""What stands for kind and rule in them."""


def erased(case: Case, fact: ErasureAsked) -> None:
    """The person is forgotten, as was asked: the receipt."""
    _decide(case, Verdict.ERASED, Reason.ERASED, ERASURE, None, fact.event_id, fact.at, {})


def suspected(case: Case, fact: Suspected) -> None:
    """The visitor behaves as no person does: from here on nothing waits for it."""
    id_ = trigger_id(SUSPICION, fact.visitor, fact.why, 1, fact.at)
    evidence: Evidence = {fact.why: fact.number, "since": fact.since}
    _decide(case, Verdict.SUSPECTED, Reason.SUSPECTED, SUSPICION, fact.visitor, id_, fact.at, evidence)


def _decide(
    case: Case, verdict: Verdict, reason: Reason, what: str, visitor: str | None, id_: str, at: int, evidence: Evidence
) -> None:
    case.effects.count("decisions", verdict.value, what, reason.value)
    case.effects.outputs.append(
        decision_record(
            DecisionRecord(
                verdict=verdict,
                reason=reason,
                kind=what,
                rule_id=what,
                rule_version="",
                profile=case.key,
                visitor_id=case.shown_visitor(visitor),
                customer_id=case.customer,
                anchor_ms=at,
                due_ms=at,
                at_ms=case.at,
                trigger_id=id_,
                evidence=evidence,
            )
        )
    )
