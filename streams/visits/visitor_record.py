"""How a visitor's record stands in the changelog: packed, since it is written once a visitor and batch.

The first byte is the version. What is always there comes first, as numbers of a fixed width, lowest byte first: the
record, its hashes, then each visit with its clicks; then the profile, as it stands in a record of its own. Texts of the
visits stand behind, as one JSON array.
"""

from struct import Struct
from typing import Any, Final

import orjson

from schemas.state.profile import Profile
from streams.profiles.profile_record import as_of_today as profile_of_today
from streams.profiles.profile_record import encode as encode_profile
from streams.state_format import StateFormat
from streams.visits.fresh_clicks import FreshClick, as_namings, as_places
from streams.visits.viewed_products import Seen
from streams.visits.visitors import Visit, Visitor, pack_times, unpack_times

_RECORD: Final = Struct("<B?qqqqIIII")
_VISIT: Final = Struct("<qqIIIH?")

RECORD: Final = StateFormat("a visitor's record", oldest=18)
VERSION: Final = RECORD.version

JSON_VERSION: Final = 1
"""The first records were JSON, and began with a bracket."""


def version_of(value: bytes) -> int:
    """The version of the record, also of one that only another program can read."""
    return JSON_VERSION if value.startswith(b"[") else value[0]


def rest(visitor: Visitor) -> None:
    """Keep the profile as its bytes until it is asked for: they are written anyway, and a fifth of the live object.
    Most visitors never come back; of those who are here most only look. One that facts wait for is soon asked for."""
    held = visitor.profile
    if isinstance(held, Profile) and not (visitor.visits and held.journal):
        visitor.profile = encode_profile(held)


def encode(visitor: Visitor) -> bytes:
    """The record's bytes; equal records have equal bytes."""
    visits, seen, older, end = visitor.visits, visitor.seen, visitor.older, visitor.closed_end
    held = visitor.profile
    profile = held if isinstance(held, bytes) else b"" if held is None else encode_profile(held)
    parts = [
        _RECORD.pack(
            VERSION,
            end is not None,
            visitor.last_at,
            visitor.seen_since,
            end or 0,
            visitor.forgotten,
            len(seen),
            len(older),
            len(visits),
            len(profile),
        ),
        seen,
        older,
        profile,
    ]
    if visits:
        texts = []
        for visit in visits:
            clicks = visit.clicks
            parts += (
                _VISIT.pack(
                    visit.start, visit.end, visit.views, visit.added, visit.searches, len(clicks), visit.announced
                ),
                clicks,
            )
            pace = unpack_times(visit.beyond), unpack_times(visit.carts), visit.suspected_at
            texts.append(
                (
                    visit.first_id,
                    visit.last_id,
                    as_places(visit.fresh),
                    visit.ties,
                    [(product, seen.at - visit.start, seen.event_id) for product, seen in visit.products.items()],
                    as_namings(visit.namings),
                    visit.zones,
                    *pace,
                )
            )
        parts.append(orjson.dumps(texts))
    return b"".join(parts)


def as_of_today(value: bytes) -> bytes:
    """The record, if it and the profile in it are of today's versions. Raises UnreadableState."""
    if value[0] != VERSION:
        RECORD.lift(version_of(value), None)
    _, _, _, _, _, _, seen_size, older_size, _, profile_size = _RECORD.unpack_from(value)
    if profile_size:
        profile_from = _RECORD.size + seen_size + older_size
        profile_of_today(value[profile_from : profile_from + profile_size])
    return value


def decode(value: bytes) -> Visitor:
    """The record that the changelog holds; its profile stays as its bytes. Raises UnreadableState."""
    return decode_of_today(as_of_today(value))


def decode_of_today(value: bytes) -> Visitor:
    """The same of a record of which the version is known to be today's."""
    _, has_closed, last_at, seen_since, closed_end, forgotten, *sizes = _RECORD.unpack_from(value)
    seen_size, older_size, count, profile_size = sizes
    older_from = _RECORD.size + seen_size
    profile_from = older_from + older_size
    place = profile_from + profile_size
    numbers = []
    for _ in range(count):
        start, end, views, added, searches, size, announced = _VISIT.unpack_from(value, place)
        place += _VISIT.size + size
        numbers.append((start, end, views, added, searches, announced, value[place - size : place]))
    texts = orjson.loads(value[place:]) if count else []
    return Visitor(
        visits=tuple([_visit(*said) for said in zip(numbers, texts, strict=True)]),
        seen=value[_RECORD.size : older_from],
        older=value[older_from:profile_from],
        seen_since=seen_since,
        last_at=last_at,
        closed_end=closed_end if has_closed else None,
        forgotten=forgotten,
        profile=value[profile_from : profile_from + profile_size] if profile_size else None,
    )


def _visit(numbers: tuple[int, int, int, int, int, bool, bytes], texts: list[Any]) -> Visit:
    start, end, views, added, searches, announced, clicks = numbers
    first_id, last_id, fresh, ties, products, namings, zones, beyond, carts, suspected_at = texts
    return Visit(
        start,
        end,
        first_id,
        last_id,
        [FreshClick(at, event_id) for at, event_id in fresh],
        clicks,
        tuple([(at, event_id) for at, event_id in ties]),
        views,
        added,
        {product: Seen(start + offset, event_id) for product, offset, event_id in products},
        announced,
        [FreshClick(at, event_id, customer, is_link) for at, event_id, customer, is_link in namings],
        [(at, event_id, zone) for at, event_id, zone in zones],
        searches,
        pack_times(beyond),
        pack_times(carts),
        suspected_at,
    )
