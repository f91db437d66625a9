"""Triggers and decisions as records: CloudEvents 1.0 in Kafka's binary mode, plain JSON underneath."""

from collections.abc import Callable
from typing import Final

from msgspec.json import Encoder

from schemas.base import rfc3339_from_ms
from schemas.outcomes.outcome_records import DecisionRecord, FiredRecord
from schemas.outcomes.triggers import TriggerCancelled
from schemas.topics import Topic
from streams.stage import Out

FIRED_TYPE: Final = "afterclick.trigger.fired.v1"
CANCELLED_TYPE: Final = "afterclick.trigger.cancelled.v1"
SOURCE: Final = b"/afterclick"
_encode: Callable[[FiredRecord | DecisionRecord], bytes] = Encoder().encode


def fired_record(key: str, trigger: FiredRecord) -> Out:
    """The record of a fired trigger; its Kafka key is fixed for good, so that a cancellation follows it."""
    extra: tuple[tuple[str, bytes], ...] = ()
    if trigger.expires_at is not None:
        extra = (("ce_expirytime", rfc3339_from_ms(trigger.expires_at).encode()),)
    value = _encode(trigger)
    headers = _headers(trigger.trigger_id, FIRED_TYPE, trigger.fired_at_ms, key)
    return Out(Topic.TRIGGERS, key.encode(), value, headers + extra)


def cancelled_record(key: str, trigger: TriggerCancelled) -> Out:
    """The record that takes a trigger back. Its event id differs from the fired one's, its trigger id does not."""
    value = trigger.model_dump_json().encode()
    headers = _headers(trigger.trigger_id + "-cancelled", CANCELLED_TYPE, trigger.cancelled_at_ms, key)
    return Out(Topic.TRIGGERS, key.encode(), value, headers)


def decision_record(decision: DecisionRecord) -> Out:
    """The record of a verdict, keyed by profile."""
    return Out(Topic.DECISIONS, decision.profile.encode(), _encode(decision))


def _headers(event_id: str, type_: str, at: int, key: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", SOURCE),
        ("ce_type", type_.encode()),
        ("ce_time", rfc3339_from_ms(at).encode()),
        ("ce_partitionkey", key.encode()),
    )
