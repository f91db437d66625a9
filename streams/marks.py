"""A stage's own mark in its changelog: its positions, and what must not part from it."""

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.topics import Topic
from streams.state_format import FIRST_VERSION, StateFormat

MARK = StateFormat("a stage's mark", oldest=2)


def encode_mark(positions: Mapping[Topic, int], **more: Any) -> bytes:
    """The mark's bytes: by source topic the next offset to be folded, and what the stage keeps with it."""
    return orjson.dumps(
        {"positions": {topic.value: position for topic, position in positions.items()}, **more, "version": MARK.version}
    )


def decode_mark(value: bytes | None) -> dict[str, Any]:
    """What the mark says. A mark is never deleted. Raises OtherState."""
    assert value is not None, "a stage's mark has a tombstone"
    mark = orjson.loads(value)
    return {**MARK.lift(mark.get("version", FIRST_VERSION), mark), "version": MARK.version}
