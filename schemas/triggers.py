"""What ESPs consume: a trigger fired, or one taken back. CloudEvents 1.0 on Kafka, versioned by event type."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Wire


class Kind(StrEnum):
    """Which occasion. The first three are the rungs of the abandonment ladder, shallowest first."""

    BROWSE_ABANDONMENT = "browse_abandonment"
    CART_ABANDONMENT = "cart_abandonment"
    CHECKOUT_ABANDONMENT = "checkout_abandonment"
    EXIT_INTENT = "exit_intent"
    INACTIVITY = "inactivity"
    LAPSE = "lapse"


class TriggerLine(Wire):
    """One product left in the cart; `quantity` is an integer, or has up to three decimals where goods are weighed;
    `unit_price` is a decimal in the trigger's currency, where known."""

    product_id: str
    quantity: int | float
    unit_price: str | None = None


class TriggerFired(Wire):
    """Somebody should be answered now.

    `anchor_ms` is the event that the wait counts from, `due_ms` when the wait was over, `fired_at_ms` the stream time
    of the verdict, `expires_at` (ms, or null for never) the moment from which on it must not be delivered any more.
    `value` is the cart's value as a decimal string, null where no price is known.
    """

    type: Literal["fired"] = "fired"
    trigger_id: str
    kind: Kind
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
    lines: tuple[TriggerLine, ...] = ()
    value: str | None = None
    currency: str | None = None
    viewed: tuple[str, ...] = ()


class TriggerCancelled(Wire):
    """A fired trigger is taken back: whoever has not delivered it yet must not. Same id, same Kafka key."""

    type: Literal["cancelled"] = "cancelled"
    trigger_id: str
    kind: Kind
    rule_id: str
    profile: str
    reason: str
    cancelled_at_ms: int


Trigger = Annotated[TriggerFired | TriggerCancelled, Field(discriminator="type")]
