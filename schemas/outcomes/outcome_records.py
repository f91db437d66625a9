"""Triggers and decisions as they are written: the fields of their contracts, in the same order, as structs of msgspec.

The contracts are `schemas.outcomes.triggers` and `schemas.outcomes.decisions`. To fill and write one of those takes six
times as long, and every verdict is written. A test holds the two against each other, byte for byte.
"""

from msgspec import Struct

from schemas.outcomes.decisions import Evidence, Reason, Verdict
from schemas.outcomes.triggers import PERSON


class LineRecord(Struct, frozen=True, gc=False):
    """A `TriggerLine`."""

    product_id: str
    quantity: int | float
    unit_price: str | None = None


class OfferRecord(Struct, frozen=True, gc=False):
    """A `TriggerOffer`."""

    code: str | None
    code_pool: str | None = None
    expires_at: int | None = None


class AlsoBoughtRecord(Struct, frozen=True, gc=False):
    """A `TriggerAlsoBought`."""

    of: tuple[str, ...]
    without: tuple[str, ...]
    limit: int


class MessageRecord(Struct, frozen=True, gc=False):
    """A `TriggerMessage`."""

    template: str
    products: tuple[str, ...] = ()
    offer: OfferRecord | None = None
    restore_url: str | None = None
    also_bought: AlsoBoughtRecord | None = None


class FiredRecord(Struct, frozen=True, gc=False, kw_only=True):
    """A `TriggerFired`."""

    type: str = "fired"
    trigger_id: str
    kind: str
    rule_id: str
    rule_version: str
    step: int
    destination: str
    profile: str
    visitor_id: str | None
    customer_id: str | None
    anchor_ms: int
    due_ms: int
    fired_at_ms: int
    expires_at: int | None
    lines: tuple[LineRecord, ...] = ()
    value: str | None = None
    currency: str | None = None
    viewed: tuple[str, ...] = ()
    channel: str | None = None
    message: MessageRecord | None = None
    about: str = PERSON


class DecisionRecord(Struct, frozen=True, gc=False, kw_only=True):
    """A `Decision`."""

    verdict: Verdict
    reason: Reason
    kind: str
    rule_id: str
    rule_version: str
    profile: str
    visitor_id: str | None
    customer_id: str | None
    anchor_ms: int
    due_ms: int
    at_ms: int
    trigger_id: str
    step: int = 1
    until_ms: int | None = None
    evidence: Evidence = {}
