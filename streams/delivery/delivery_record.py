"""How the dispatcher's ledger stands on the topic `deliveries`: its lines, and how far it has read the triggers."""

from typing import Any

import orjson

from schemas.outcomes.deliveries import DELIVERY_VERSION, Delivery
from streams.state_format import FIRST_VERSION, StateFormat

Json = dict[str, Any]


def _says_its_version(line: Json) -> Json:
    """Version 1 said none."""
    return {**line, "version": 2}


def _has_no_code(line: Json) -> Json:
    """Version 2 knew no codes, and no state `unavailable`; nor of which calls nobody knows whether they arrived."""
    return {**line, "version": 3, "may_have_arrived": line.get("attempts", 0) > 0}


LINE = StateFormat("a line of the delivery ledger", (_says_its_version, _has_no_code))
assert LINE.version == DELIVERY_VERSION

POSITION = StateFormat("the delivery ledger's position")


def encode(line: Delivery) -> bytes:
    """The line's bytes."""
    return line.model_dump_json().encode()


def decode(value: bytes) -> Delivery:
    """The line that the topic holds. Raises UnreadableState."""
    said = orjson.loads(value)
    version = said.get("version", FIRST_VERSION)
    if version != LINE.version:
        value = orjson.dumps(LINE.lift(version, said))
    return Delivery.model_validate_json(value)


def encode_position(position: int) -> bytes:
    """The bytes of the next trigger offset to be folded."""
    return orjson.dumps({"position": position, "version": POSITION.version})


def decode_position(value: bytes | None) -> int:
    """The next trigger offset to be folded. It is never deleted. Raises UnreadableState."""
    assert value is not None, "the ledger's position has a tombstone"
    said = orjson.loads(value)
    position: int = POSITION.lift(said.get("version", FIRST_VERSION), said)["position"]
    return position
