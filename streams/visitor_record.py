"""How a visitor's record stands in the changelog: a JSON array, since it is written once a visitor and batch."""

from binascii import a2b_base64, b2a_base64

import orjson

from streams.state_format import StateFormat
from streams.visitors import Visit, Visitor

RECORD = StateFormat("a visitor's record")


def encode(visitor: Visitor) -> bytes:
    """The record's bytes; equal records have equal bytes."""
    return orjson.dumps(
        (
            RECORD.version,
            visitor.last_at,
            visitor.closed_end,
            visitor.seen_since,
            b2a_base64(visitor.seen, newline=False).decode(),
            b2a_base64(visitor.older, newline=False).decode() if visitor.older else "",
            [
                (
                    visit.start,
                    visit.end,
                    visit.first_id,
                    visit.last_id,
                    visit.fresh,
                    visit.clicks,
                    visit.ties,
                    visit.views,
                    visit.added,
                    visit.products,
                    visit.announced,
                )
                for visit in visitor.visits
            ],
        )
    )


def decode(value: bytes) -> Visitor:
    """The record that the changelog holds. Raises NewerState."""
    version, *fields = orjson.loads(value)
    last_at, closed_end, seen_since, seen, older, visits = RECORD.lift(version, fields)
    return Visitor(
        [_visit(*row) for row in visits], a2b_base64(seen), a2b_base64(older), seen_since, last_at, closed_end
    )


def _visit(
    start: int,
    end: int,
    first_id: str,
    last_id: str,
    fresh: list[list[int | str]],
    clicks: list[int],
    ties: list[list[int | str]],
    views: int,
    added: int,
    products: list[str],
    announced: bool,
) -> Visit:
    return Visit(start, end, first_id, last_id, _pairs(fresh), clicks, _pairs(ties), views, added, products, announced)


def _pairs(rows: list[list[int | str]]) -> list[tuple[int, str]]:
    return [(int(at), str(event_id)) for at, event_id in rows]
