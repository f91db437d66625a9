"""A stage's own mark in its changelog: the position, and what must not part from it."""

from typing import Any

import orjson

from streams.state_format import FIRST_VERSION, StateFormat


def _says_how_far_behind(mark: dict[str, Any]) -> dict[str, Any]:
    """1 to 2: a source's clock says how far its records are behind the broker's time."""
    return {**mark, "behind": 0} if "watermark" in mark else mark


MARK = StateFormat("a stage's mark", (_says_how_far_behind,))


def encode_mark(position: int, **more: Any) -> bytes:
    """The mark's bytes: the next source offset to be folded, and what the stage keeps with it."""
    return orjson.dumps({"position": position, **more, "version": MARK.version})


def decode_mark(value: bytes | None) -> dict[str, Any]:
    """What the mark says. A mark is never deleted. Raises NewerState."""
    assert value is not None, "a stage's mark has a tombstone"
    mark = orjson.loads(value)
    return {**MARK.lift(mark.get("version", FIRST_VERSION), mark), "version": MARK.version}
