"""The body of a call, in the envelope of Standard Webhooks: the text that every attempt sends, and what it says.

What looks at a body, or changes it, takes what it says: the text is decoded once a call.
"""

from typing import Any

import orjson

from schemas.base import rfc3339_from_ms
from schemas.outcomes.triggers import TriggerFired

EVENT_TYPE_FIRED = "afterclick.trigger.fired.v1"
BODY_BYTES_MAX = 20_000

Body = dict[str, Any]
"""What a text says: `type`, `timestamp` and, in `data`, the trigger."""


def body_of(fired: TriggerFired) -> Body:
    """What is said of a trigger that has fired."""
    said = fired.model_dump(mode="json")
    return {"type": EVENT_TYPE_FIRED, "timestamp": rfc3339_from_ms(fired.fired_at_ms), "data": said}


def read_body(text: str) -> Body:
    """What the text says."""
    body: Body = orjson.loads(text)
    return body


def write_body(body: Body) -> str:
    """The text that says it."""
    return orjson.dumps(body).decode()
