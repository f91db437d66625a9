"""How a visitor's record stands in the changelog: packed, since it is written once a visitor and batch.

The first byte is the version. What is always there comes first, as numbers of a fixed width, lowest byte first: the
record, its hashes, then each visit with its clicks. Texts stand behind, as one JSON array. Version 1 was all JSON.
"""

from binascii import a2b_base64
from struct import Struct
from typing import Any

import orjson

from streams.state_format import StateFormat
from streams.visitors import Visit, Visitor, pack_times

Fields = tuple[list[Visit], bytes, bytes, int, int, int | None]
"""Those of a Visitor, in its order."""

ALL_JSON = ord("[")
"""The first byte of a record of version 1, hence the number of no version."""

_RECORD = Struct("<B?qqqIII")
_VISIT = Struct("<qqIIH?")


def _packed(said: list[Any]) -> Fields:
    """Of version 1, 2: hashes and clicks are bytes."""
    last_at, closed_end, seen_since, seen, older, rows = said
    visits = []
    for start, end, first_id, last_id, fresh, clicks, ties, views, added, products, announced in rows:
        times, viewed = pack_times(clicks), dict.fromkeys(products)
        pairs = _pairs(fresh), _pairs(ties)
        visits.append(Visit(start, end, first_id, last_id, pairs[0], times, pairs[1], views, added, viewed, announced))
    return visits, a2b_base64(seen), a2b_base64(older), seen_since, last_at, closed_end


def _pairs(rows: list[list[Any]]) -> list[tuple[int, str]]:
    return [(at, event_id) for at, event_id in rows]


RECORD = StateFormat("a visitor's record", (_packed,))
VERSION = RECORD.version


def version_of(value: bytes) -> int:
    """The version of the record, also of one that only a newer program can read."""
    return int(orjson.loads(value)[0]) if value[0] == ALL_JSON else value[0]


def encode(visitor: Visitor) -> bytes:
    """The record's bytes; equal records have equal bytes."""
    visits, seen, older, end = visitor.visits, visitor.seen, visitor.older, visitor.closed_end
    parts = [
        _RECORD.pack(
            VERSION,
            end is not None,
            visitor.last_at,
            visitor.seen_since,
            end or 0,
            len(seen),
            len(older),
            len(visits),
        ),
        seen,
        older,
    ]
    if visits:
        texts = []
        for visit in visits:
            clicks = visit.clicks
            parts += (
                _VISIT.pack(visit.start, visit.end, visit.views, visit.added, len(clicks), visit.announced),
                clicks,
            )
            texts.append((visit.first_id, visit.last_id, visit.fresh, visit.ties, list(visit.products)))
        parts.append(orjson.dumps(texts))
    return b"".join(parts)


def decode(value: bytes) -> Visitor:
    """The record that the changelog holds. Raises UnreadableState."""
    version, said = value[0], None
    if version == VERSION:
        return Visitor(*_fields(value))
    if version == ALL_JSON:
        version, *said = orjson.loads(value)
    return Visitor(*RECORD.lift(version, said))


def _fields(value: bytes) -> Fields:
    _, has_closed, last_at, seen_since, closed_end, seen_size, older_size, count = _RECORD.unpack_from(value)
    older_from = _RECORD.size + seen_size
    place = older_from + older_size
    seen, older = value[_RECORD.size : older_from], value[older_from:place]
    numbers = []
    for _ in range(count):
        start, end, views, added, size, announced = _VISIT.unpack_from(value, place)
        place += _VISIT.size + size
        numbers.append((start, end, views, added, announced, value[place - size : place]))
    texts = orjson.loads(value[place:]) if count else []
    visits = [
        Visit(
            start,
            end,
            first_id,
            last_id,
            _pairs(fresh),
            clicks,
            _pairs(ties),
            views,
            added,
            dict.fromkeys(products),
            announced,
        )
        for (start, end, views, added, announced, clicks), (first_id, last_id, fresh, ties, products) in zip(
            numbers, texts, strict=True
        )
    ]
    return visits, seen, older, seen_since, last_at, closed_end if has_closed else None
