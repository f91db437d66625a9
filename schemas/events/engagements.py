"""What the customer says back: consent, opt-out, erasure, and how messages fared; keyed by customer, else visitor."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.base import Id, Instant, Version, Wire


class EngagementType(StrEnum):
    """What the customer did. `opted_out` and `erasure_requested` stop messages at once."""

    CONSENT_GIVEN = "consent_given"
    OPTED_OUT = "opted_out"
    ERASURE_REQUESTED = "erasure_requested"
    MESSAGE_OPENED = "message_opened"
    MESSAGE_CLICKED = "message_clicked"
    MESSAGE_REPLIED = "message_replied"


RESPONSES: Mapping[str, str] = {
    "open": EngagementType.MESSAGE_OPENED.value,
    "click": EngagementType.MESSAGE_CLICKED.value,
    "reply": EngagementType.MESSAGE_REPLIED.value,
}
"""What somebody may do with a message, as rulebooks say it."""

WISHES = frozenset({EngagementType.OPTED_OUT, EngagementType.ERASURE_REQUESTED})
"""What is heard if the person is known: nobody is written to whose wish was told with a mistake in a detail."""


class Engagement(Wire):
    """One engagement of one customer, or of a visitor whom nobody knows yet. Consent and opt-out are about all
    messages, or those of a `channel` or a `category`. What is done with a message may name the trigger that it came
    of, or the rule. `machine` says that no person did it, but a scanner or a mail program that opens all by itself."""

    event_id: Id
    type: EngagementType
    occurred_at: Instant
    customer_id: Id | None = None
    visitor_id: Id | None = None
    trigger_id: Id | None = None
    rule_id: Id | None = None
    channel: Id | None = None
    category: Id | None = None
    machine: bool | None = None
    schema_version: Version | None = None

    @model_validator(mode="after")
    def _belongs_to_somebody(self) -> Self:
        if self.customer_id is None and self.visitor_id is None:
            raise PydanticCustomError("missing", "an engagement needs a customer_id or a visitor_id")
        return self
