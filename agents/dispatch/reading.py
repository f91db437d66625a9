"""From a record of the trigger topic to a trigger, or to the reason why it is none. Never raises for bad input."""

import base64
import hashlib
import re
from typing import Any

import orjson
from aiokafka.structs import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from schemas.base import INSTANT_MS_MAX
from schemas.outcomes.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.outcomes.triggers import Trigger, TriggerCancelled, TriggerFired
from schemas.reading.refusals import Rejected, unreadable, why_not

STAGE = "dispatcher"
RECORD_BYTES_MAX = 256 * 1024
STRUCTURED = b"application/cloudevents+json"
INTEGER_MAX = 2**53 - 1  # what every JSON reader at the other end can hold
# The id becomes the webhook-id, a part of what is signed: a dot would make two readings of it.
TRIGGER_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NEWER = re.compile(rb"afterclick\.trigger\.[a-z]+\.v(?!1$)[0-9]+")
_TRIGGER: TypeAdapter[TriggerFired | TriggerCancelled] = TypeAdapter(Trigger)


def read_trigger(record: "ConsumerRecord[Any, Any]") -> TriggerFired | TriggerCancelled | Rejected:
    """The trigger of a CloudEvents record, binary or structured mode."""
    value: bytes | None = record.value
    if value is None or not value.strip():
        return Rejected(Rejection.EMPTY, "the record has no value")
    if len(value) > RECORD_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"the record is larger than {RECORD_BYTES_MAX} bytes")
    said_type = _header(record, "ce_type")
    try:
        if _header(record, "content-type").startswith(STRUCTURED):
            envelope = orjson.loads(value)
            if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), dict):
                return Rejected(Rejection.NOT_OBJECT, "the structured CloudEvent has no data object")
            said_type = str(envelope.get("type", "")).encode(errors="replace")
            value = orjson.dumps(envelope["data"])
        trigger = _TRIGGER.validate_json(value)
    except ValidationError as error:
        return _rejected(value, error)
    except orjson.JSONDecodeError:
        return unreadable(value)
    if _NEWER.fullmatch(said_type):
        return Rejected(Rejection.VERSION, "the event type is of another major version than 1")
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


def _header(record: "ConsumerRecord[Any, Any]", name: str) -> bytes:
    """The value of the first header of that name, which may be in any case; b"" if there is none."""
    return next((value or b"" for key, value in record.headers if key.lower() == name), b"")


def _writable(trigger: TriggerFired | TriggerCancelled) -> bool:
    if isinstance(trigger, TriggerCancelled):
        return True
    if trigger.says_more():
        try:
            orjson.dumps(trigger.model_dump(mode="json"))
        except TypeError:  # an integer beyond 64 bits
            return False
    offer = None if trigger.message is None else trigger.message.offer
    ends = trigger.expires_at or 0, 0 if offer is None else offer.expires_at or 0
    times = (trigger.anchor_ms, trigger.due_ms, trigger.fired_at_ms, *ends)
    numbers = (trigger.step, *(line.quantity for line in trigger.lines))
    return all(0 <= time <= INSTANT_MS_MAX for time in times) and all(
        -INTEGER_MAX <= number <= INTEGER_MAX for number in numbers
    )


def _rejected(value: bytes, error: ValidationError) -> Rejected:
    """A type that we do not know is none of ours: only we write to the topic."""
    why = why_not(value, error)
    return why if isinstance(why, Rejected) else Rejected(Rejection.INVALID, "type: enum")
