"""What is written is what the contracts say: the same fields, the same order, the same bytes."""

import pytest
from msgspec import Struct
from msgspec.json import encode
from pydantic import BaseModel

from schemas.outcomes.decisions import Decision, Reason, Verdict
from schemas.outcomes.outcome_records import (
    AlsoBoughtRecord,
    DecisionRecord,
    FiredRecord,
    LineRecord,
    MessageRecord,
    OfferRecord,
)
from schemas.outcomes.triggers import TriggerAlsoBought, TriggerFired, TriggerLine, TriggerMessage, TriggerOffer


@pytest.mark.parametrize(
    ("record", "contract"),
    [
        (LineRecord, TriggerLine),
        (OfferRecord, TriggerOffer),
        (AlsoBoughtRecord, TriggerAlsoBought),
        (MessageRecord, TriggerMessage),
        (FiredRecord, TriggerFired),
        (DecisionRecord, Decision),
    ],
)
def test_the_fields_are_those_of_the_contract(record: type[Struct], contract: type[BaseModel]) -> None:
    """In its order, which is that of the bytes."""
    assert record.__struct_fields__ == tuple(contract.model_fields)


def full_message() -> MessageRecord:
    """All that a message can ask."""
    also = AlsoBoughtRecord(("mug ☕",), ("tea",), 4)
    return MessageRecord("cart_1", ("mug ☕",), OfferRecord("WELCOME10", "welcome", 5), "https://x", also)


@pytest.mark.parametrize("known", [True, False])
def test_a_trigger_is_written_as_its_contract_writes_it(known: bool) -> None:
    """With all that can be known, and with nothing that need not be."""
    lines = (LineRecord("mug ☕", 2, "19.90"), LineRecord("tea", 0.3)) if known else ()
    record = FiredRecord(
        trigger_id="01J",
        kind="cart_abandonment",
        rule_id="cart",
        rule_version="abc",
        step=1,
        destination="default",
        profile="v:phone",
        visitor_id="phone" if known else None,
        customer_id=None,
        anchor_ms=1,
        due_ms=2,
        fired_at_ms=3,
        expires_at=4 if known else None,
        lines=lines,
        value="40.10" if known else None,
        currency="EUR" if known else None,
        viewed=("mug ☕", "tea") if known else (),
        message=full_message() if known else None,
    )
    said = encode(record)
    assert TriggerFired.model_validate_json(said).model_dump_json().encode() == said


def test_a_decision_is_written_as_its_contract_writes_it() -> None:
    """Words of closed sets as themselves."""
    record = DecisionRecord(
        verdict=Verdict.SUPPRESSED,
        reason=Reason.COOL_DOWN,
        kind="lapse",
        rule_id="lapse",
        rule_version="abc",
        profile="c:ada",
        visitor_id=None,
        customer_id="ada",
        anchor_ms=1,
        due_ms=2,
        at_ms=3,
        trigger_id="01J",
    )
    said = encode(record)
    assert Decision.model_validate_json(said).model_dump_json().encode() == said
