"""The dispatcher's ledger and what it reports back: one record a trigger, compacted by its id."""

from enum import StrEnum

from schemas.base import Wire
from schemas.outcomes.triggers import KindOnWire

DELIVERY_VERSION = 3
"""The version of a ledger line; its steps stand in `streams.delivery.delivery_record`."""


class DeliveryState(StrEnum):
    """Where a delivery stands. The last six are terminal."""

    PENDING = "pending"  # taken from the topic, no call made yet
    IN_FLIGHT = "in_flight"  # a call may have been made: written before the first byte leaves
    RETRY = "retry"  # the last call failed; the next is due at `next_at_ms`
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNAVAILABLE = "unavailable"  # nothing of what it is about can be bought any more
    DEAD = "dead"


TERMINAL = frozenset(
    {
        DeliveryState.DELIVERED,
        DeliveryState.CANCELLED,
        DeliveryState.EXPIRED,
        DeliveryState.SUPPRESSED,
        DeliveryState.UNAVAILABLE,
        DeliveryState.DEAD,
    }
)


class Delivery(Wire):
    """One line of the ledger. `body` is the exact text that the next attempt sends, and every one once a call may have
    arrived; times in ms, UTC.

    `attempts` counts the calls that use up the destination's budget, `calls` all that were begun. `cancelled` is set
    when the trigger is taken back during a call: the call's outcome decides, and it is never repeated. `offset` is
    where the trigger lies in its partition. A terminal line keeps no body: nothing is sent from it any more. `code` is
    the one that was claimed for it from its `code_pool`; it `may_have_arrived` once a call was made of which nobody
    knows.
    """

    trigger_id: str
    state: DeliveryState
    destination: str
    profile: str
    rule_id: str
    kind: KindOnWire
    body: str
    expires_at: int | None
    offset: int
    taken_at_ms: int
    cancelled: bool = False
    calls: int = 0
    attempts: int = 0
    first_at_ms: int | None = None
    next_at_ms: int | None = None
    updated_at_ms: int
    version: int = DELIVERY_VERSION
    status: int | None = None
    detail: str | None = None
    code_pool: str | None = None
    code: str | None = None
    may_have_arrived: bool = False
