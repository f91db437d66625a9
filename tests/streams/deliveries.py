"""A trigger that has fired, and its line of the ledger, as tests of deliveries want them."""

from typing import Any

from schemas.outcomes.deliveries import Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerFired
from streams.delivery import delivery as machine
from streams.delivery.delivery import RetryPolicy

NOW = 1_700_000_000_000
SECOND = 1000
DAY = 24 * 3600 * SECOND
POLICY = RetryPolicy(attempts_max=3, base_ms=5 * SECOND, cap_ms=60 * SECOND, ambiguous="retry")
PARKING = RetryPolicy(attempts_max=3, base_ms=5 * SECOND, cap_ms=60 * SECOND, ambiguous="park")
PENDING, IN_FLIGHT, RETRY = DeliveryState.PENDING, DeliveryState.IN_FLIGHT, DeliveryState.RETRY
DELIVERED, CANCELLED = DeliveryState.DELIVERED, DeliveryState.CANCELLED
EXPIRED, DEAD = DeliveryState.EXPIRED, DeliveryState.DEAD


def fired(**changes: Any) -> TriggerFired:
    told: dict[str, Any] = {
        "trigger_id": "01HF7YAT00MUG",
        "kind": "cart_abandonment",
        "rule_id": "cart",
        "rule_version": "1",
        "step": 0,
        "destination": "esp",
        "profile": "c:ada",
        "visitor_id": None,
        "customer_id": "ada",
        "anchor_ms": NOW - 3600 * SECOND,
        "due_ms": NOW,
        "fired_at_ms": NOW,
        "expires_at": None,
    }
    return TriggerFired(**(told | changes))


def pending(**changes: Any) -> Delivery:
    return machine.on_fired(fired(**changes), 7, NOW)


def in_flight(**changes: Any) -> Delivery:
    return machine.on_started(pending(**changes), NOW)
