"""How a line of the dispatcher's ledger stands on the topic `deliveries`."""

from typing import Any

import orjson

from schemas.deliveries import DELIVERY_VERSION, Delivery
from streams.state_format import FIRST_VERSION, StateFormat

Json = dict[str, Any]


def _says_its_version(line: Json) -> Json:
    """Version 1 said none."""
    return {**line, "version": 2}


LINE = StateFormat("a line of the delivery ledger", (_says_its_version,))
assert LINE.version == DELIVERY_VERSION


def encode(line: Delivery) -> bytes:
    """The line's bytes."""
    return line.model_dump_json().encode()


def decode(value: bytes) -> Delivery:
    """The line that the topic holds. Raises NewerState."""
    said = orjson.loads(value)
    version = said.get("version", FIRST_VERSION)
    if version != LINE.version:
        value = orjson.dumps(LINE.lift(version, said))
    return Delivery.model_validate_json(value)
