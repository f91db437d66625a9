"""From a record of the trigger topic to a trigger, or to the reason why it is none. Never raises for bad input."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka.structs import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from schemas.base import INSTANT_MS_MAX
from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.triggers import Trigger, TriggerCancelled, TriggerFired

STAGE = "dispatcher"
RECORD_BYTES_MAX = 256 * 1024
STRUCTURED = b"application/cloudevents+json"
INTEGER_MAX = 2**53 - 1  # what every JSON reader at the other end can hold
# The id becomes the webhook-id, a part of what is signed: a dot would make two readings of it.
TRIGGER_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TRIGGER: TypeAdapter[TriggerFired | TriggerCancelled] = TypeAdapter(Trigger)


@dataclass(slots=True, frozen=True)
class Rejected:
    """Why a record is no trigger; `detail` never quotes it."""

    reason: Rejection
    detail: str


def read_trigger(record: "ConsumerRecord[Any, Any]") -> TriggerFired | TriggerCancelled | Rejected:
    """The trigger of a CloudEvents record, binary or structured mode."""
    value: bytes | None = record.value
    if value is None or not value.strip():
        return Rejected(Rejection.EMPTY, "the record has no value")
    if len(value) > RECORD_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"the record is larger than {RECORD_BYTES_MAX} bytes")
    try:
        if _is_structured(record):
            envelope = orjson.loads(value)
            if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), dict):
                return Rejected(Rejection.NOT_OBJECT, "the structured CloudEvent has no data object")
            value = orjson.dumps(envelope["data"])
        trigger = _TRIGGER.validate_json(value)
    except ValidationError as error:
        return _rejected(error)
    except orjson.JSONDecodeError:
        return Rejected(Rejection.MALFORMED, "the value is not JSON")
    if TRIGGER_ID.fullmatch(trigger.trigger_id) is None:
        return Rejected(Rejection.BAD_ID, "the trigger id is not made of A-Z a-z 0-9 _ - alone")
    if not _writable(trigger):
        return Rejected(Rejection.NUMBER, "a time or a number is out of range")
    return trigger


def dead_letter(reason: Rejection, detail: str, topic: str, partition: int, offset: int, value: bytes) -> DeadLetter:
    """What is put aside of a value that could not be used."""
    return DeadLetter(
        reason=reason,
        detail=detail,
        stage=STAGE,
        topic=topic,
        partition=partition,
        offset=offset,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
        raw=base64.b64encode(value[:RAW_BYTES_MAX]).decode(),
    )


def _is_structured(record: "ConsumerRecord[Any, Any]") -> bool:
    return any(name.lower() == "content-type" and value.startswith(STRUCTURED) for name, value in record.headers)


def _writable(trigger: TriggerFired | TriggerCancelled) -> bool:
    if isinstance(trigger, TriggerCancelled):
        return True
    times = (trigger.anchor_ms, trigger.due_ms, trigger.fired_at_ms, trigger.expires_at or 0)
    numbers = (trigger.step, *(line.quantity for line in trigger.lines))
    return all(0 <= time <= INSTANT_MS_MAX for time in times) and all(
        -INTEGER_MAX <= number <= INTEGER_MAX for number in numbers
    )


def _rejected(error: ValidationError) -> Rejected:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    kind, where = first["type"], ".".join(str(part) for part in first["loc"])
    match kind:
        case "json_invalid":
            return Rejected(Rejection.MALFORMED, "the value is not JSON")
        case "missing" | "union_tag_not_found":
            return Rejected(Rejection.MISSING, f"missing: {where}")
        case "model_attributes_type" | "model_type" | "dict_type":
            return Rejected(Rejection.NOT_OBJECT, "the value is not a JSON object")
    return Rejected(Rejection.TYPE if kind.endswith("_type") else Rejection.INVALID, f"{kind}: {where}")
