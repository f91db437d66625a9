"""What a record says of its owners and its time, as it is written: for those who have to find its key or its place
before it is read by its contract."""

from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from schemas.base import instant_of
from schemas.mending.ids import read_customer, read_visitor
from schemas.mending.values import read_instant
from schemas.reading.json_text import Said, parse

OWNERS = {"visitor_id": read_visitor, "customer_id": read_customer}


def owners_written(value: bytes) -> dict[str, frozenset[bytes]]:
    """The ids of visitor and customer, each as a producer may have made it a key: as it is written, and as it is kept.
    Nothing of a record that is none."""
    said = parse(value)
    found: dict[str, frozenset[bytes]] = {}
    for name, told in said if isinstance(said, Said) else ():
        if name in OWNERS:
            found[name] = found.get(name, frozenset()) | _spellings(told, OWNERS[name](told).said)
    return found


def _spellings(told: object, kept: str | None) -> frozenset[bytes]:
    written = str(told) if isinstance(told, int | Decimal) else told
    if isinstance(told, bool):
        written = str(told).lower()
    texts = {text for text in (written, kept) if isinstance(text, str)}
    return frozenset(_encoded(text) for text in texts)


def _encoded(text: str) -> bytes:
    """The bytes from which the text was decoded, which are perhaps no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


class Written(NamedTuple):
    """The ids as bytes and as they are written, None where there is none; `at`, ms, where a time can be read."""

    visitor: bytes | None
    customer: bytes | None
    at: int | None


def as_written(value: bytes) -> Written:
    """Whose the record says it is, and when, though its contract may refuse it."""
    try:
        said: Any = orjson.loads(value)
        visitor, customer, at = said.get("visitor_id"), said.get("customer_id"), instant_of(said["occurred_at"])
        if (visitor is None or visitor.__class__ is str) and (customer is None or customer.__class__ is str):
            return Written(visitor.encode() if visitor else None, customer.encode() if customer else None, at)
    except (ValueError, KeyError, AttributeError, TypeError):
        pass  # perhaps good, and only not the usual
    owners = owners_written(value)
    visitors, customers = owners.get("visitor_id"), owners.get("customer_id")
    return Written(
        min(visitors) or None if visitors else None, min(customers) or None if customers else None, _time(value)
    )


def _time(value: bytes) -> int | None:
    said = parse(value)
    for name, told in said if isinstance(said, Said) else ():
        if name == "occurred_at":
            time: int | None = read_instant(told).said
            return time
    return None
