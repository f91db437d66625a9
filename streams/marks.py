"""A stage's own mark in its changelog: its positions, and what must not part from them."""

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.topics import INBOXES, Topic
from streams.state_format import FIRST_VERSION, StateFormat

MARK = StateFormat("a stage's mark", oldest=3)
"""Versions before 3 came from before the release."""

UNMARKED_MAX = 2000
"""How many records of an inbox that left nothing behind may be folded before the position is committed all the same."""


def is_mark_due(positions: Mapping[Topic, int], marked: Mapping[Topic, int]) -> bool:
    """Whether a stage that has come from the `marked` positions to these has to mark them, though nothing was left
    behind: at once for any record of a source, and only now and then for mere watermarks."""
    for topic, position in positions.items():
        if position - marked[topic] >= (UNMARKED_MAX if topic in INBOXES else 1):
            return True
    return False


def encode_mark(positions: Mapping[Topic, int], **more: Any) -> bytes:
    """The mark's bytes: by source topic the next offset to be folded, and what the stage keeps with that."""
    told = {topic.value: position for topic, position in positions.items()}
    return orjson.dumps({"positions": told, **more, "version": MARK.version})


def decode_mark(value: bytes | None) -> dict[str, Any]:
    """What the mark says. A mark is never deleted. Raises UnreadableState."""
    assert value is not None, "a stage's mark has a tombstone"
    mark = orjson.loads(value)
    mark = MARK.lift(mark.get("version", FIRST_VERSION), mark)
    positions = {Topic(name): position for name, position in mark["positions"].items()}
    return {**mark, "positions": positions, "version": MARK.version}
