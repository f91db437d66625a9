"""Bytes to models: what a source record says, or why it cannot be used. Bad input is a value, never an exception.

A good record is read by the contract alone. One that the contract refuses, or that gives reason for doubt, is mended.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import orjson
from msgspec import MsgspecError
from msgspec.json import Decoder, Encoder
from pydantic import TypeAdapter, ValidationError

from schemas.events.catalog import CatalogRecord
from schemas.events.clicks import Click, ClickType
from schemas.events.currencies import UNITS
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.events.plain_clicks import AnyClick
from schemas.facts.fact_versions import FACT_VERSIONS, UPGRADE, NewerFact
from schemas.facts.profile_facts import Fact
from schemas.ids import folded, folded_customer, may_be_folded
from schemas.mending.catalog import mend_catalog
from schemas.mending.records import Mended, mend_click, mend_engagement, mend_order
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.plain_reading import read_plain
from schemas.reading.refusals import BYTE_ORDER_MARK, Rejected, Unknown
from schemas.reading.second_look import (
    DOUBTFUL,
    GROUPED_PRICE,
    KNOWN,
    Note,
    ids_are_doubtful,
    lines_are_doubtful,
    look_at_names,
    may_be_no_money,
    may_lack,
    may_name_mailboxes,
    names_in,
    totals_differ,
)

RECORD_BYTES_MAX: Final = 1 << 20
"""What Kafka itself takes of a record, unless it is told otherwise. An order is not refused for its length: a
wholesaler's has more than 500 lines, and 1,000 bytes a line are much."""

CLICK_FIELDS: Final = frozenset(Click.model_fields)
ORDER_FIELDS: Final = frozenset(Order.model_fields)
ENGAGEMENT_FIELDS: Final = frozenset(Engagement.model_fields)
OVERSIZE: Final = Rejected(Rejection.TOO_LARGE, f"a record has at most {RECORD_BYTES_MAX} bytes")
T = TypeVar("T")

validate_click: Callable[[bytes], Click] = Click.__pydantic_validator__.validate_json
"""The bare validation of a click; raises pydantic's ValidationError. What the bench compares with."""

LINE_END: Final = b"\n"
"""What stands between the facts of one record. JSON has no bare line end within a text."""

_order: TypeAdapter[Order] = TypeAdapter(Order)
_engagement: TypeAdapter[Engagement] = TypeAdapter(Engagement)
_decode_fact: Final[Callable[[bytes], Fact]] = Decoder(Fact).decode
_encode_fact: Final[Callable[[Fact], bytes]] = Encoder().encode
_HEADS: Final[dict[str, bytes]] = {kind: b'{"version":%d,' % version for kind, version in FACT_VERSIONS.items()}


def unnoted(oddity: Oddity) -> None:
    """For readers to whom no oddity matters."""


def read_click(value: bytes, note: Note = unnoted) -> AnyClick | Rejected | Unknown:
    """The click that `value` says; `note` hears what was odd about one that can be used. Most are plain."""
    if len(value) > RECORD_BYTES_MAX:
        return OVERSIZE
    return read_plain(value) or read_any(value, note)


def read_any(value: bytes, note: Note) -> Click | Rejected | Unknown:
    """As the contract reads it, whether plain or not, or mended.

    The conditions of the second looks are as cheap as bytes allow. A duplicate escapes only a producer that writes a
    blank before the colon of some names and not of others.
    """
    try:
        click = validate_click(value)
    except ValidationError:
        again = _again(read_any, value, note)
        if again is not None:
            return again
        return _noted(mend_click(value), note)
    found = KNOWN
    names = value.count(b'":')
    if names != len(click.__pydantic_fields_set__) and names != names_in(click):
        found = look_at_names(value, CLICK_FIELDS)
    said = click.__dict__  # an attribute of a model costs five times as much
    price, product = said["price"], said["product_id"]
    if (
        found == DOUBTFUL
        or ids_are_doubtful(value, click)
        or (said["lines"] is not None and lines_are_doubtful(value, click))
        or (price is not None and may_be_no_money(price, UNITS[said["currency"]]) and lines_are_doubtful(value, click))
        or (price is not None and GROUPED_PRICE.search(value) is not None)
        or (may_lack(said["type"], product) and (said["lines"] is None or said["type"] is not ClickType.CART_UPDATED))
    ):
        return _noted(mend_click(value), note)
    customer = said["customer_id"]
    if may_name_mailboxes(value) or (customer is not None and may_be_folded(customer)):
        _fold_owners(said)
    if found != KNOWN:
        note(Oddity.UNKNOWN_FIELD)
    return click


def _again(read: Callable[[bytes, Note], T], value: bytes, note: Note) -> T | None:
    """What the record says behind its byte order mark, if it has one."""
    if not value.startswith(BYTE_ORDER_MARK) or value.startswith(BYTE_ORDER_MARK * 2):
        return None
    note(Oddity.BYTE_ORDER_MARK)
    return read(value.removeprefix(BYTE_ORDER_MARK), note)


def _noted(mended: Mended[T] | Rejected | Unknown, note: Note) -> T | Rejected | Unknown:
    """The record that was mended; `note` hears what was odd about it."""
    if isinstance(mended, Rejected | Unknown):
        return mended
    for oddity in mended.odd:
        note(oddity)
    return mended.record


def _fold_owners(said: dict[str, Any]) -> None:
    """E-mail addresses in lower case, and customers as they are kept, in a record that nobody has seen yet."""
    visitor, customer = said["visitor_id"], said["customer_id"]
    if visitor is not None:
        said["visitor_id"] = folded(visitor)
    if customer is not None:
        said["customer_id"] = folded_customer(customer)


def read_order(value: bytes, note: Note = unnoted) -> Order | Rejected | Unknown:
    """The order record that `value` says; `note` hears what was odd about one that can be used."""
    if len(value) > RECORD_BYTES_MAX:
        return OVERSIZE
    try:
        order = _order.validate_json(value)
    except ValidationError:
        again = _again(read_order, value, note)
        if again is not None:
            return again
        return _noted(mend_order(value), note)
    found = look_at_names(value, ORDER_FIELDS)
    if found == DOUBTFUL or ids_are_doubtful(value, order) or lines_are_doubtful(value, order):
        return _noted(mend_order(value), note)
    _fold_owners(order.__dict__)
    if found != KNOWN:
        note(Oddity.UNKNOWN_FIELD)
    if totals_differ(order):
        note(Oddity.TOTAL_MISMATCH)
    return order


def read_engagement(value: bytes, note: Note = unnoted) -> Engagement | Rejected | Unknown:
    """The engagement that `value` says; `note` hears what was odd about one that can be used."""
    if len(value) > RECORD_BYTES_MAX:
        return OVERSIZE
    try:
        engagement = _engagement.validate_json(value)
    except ValidationError:
        again = _again(read_engagement, value, note)
        if again is not None:
            return again
        return _noted(mend_engagement(value), note)
    found = look_at_names(value, ENGAGEMENT_FIELDS)
    if found == DOUBTFUL or ids_are_doubtful(value, engagement):
        return _noted(mend_engagement(value), note)
    _fold_owners(engagement.__dict__)
    if found != KNOWN:
        note(Oddity.UNKNOWN_FIELD)
    return engagement


def read_catalog(value: bytes, note: Note = unnoted) -> CatalogRecord | Rejected:
    """The record of a product that `value` says; `note` hears what was odd about one that can be used."""
    if len(value) > RECORD_BYTES_MAX:
        return OVERSIZE
    if (again := _again(read_catalog, value, note)) is not None:
        return again
    mended = mend_catalog(value)
    if isinstance(mended, Rejected):
        return mended
    for oddity in mended.odd:
        note(oddity)
    return mended.record


def read_fact(value: bytes) -> Fact:
    """A fact from an inbox; fields that are not known are passed over. Only our own stages write there: anything
    else is a broken invariant and raises. Raises NewerFact for what a newer program wrote."""
    try:
        fact = _decode_fact(value)
    except MsgspecError:
        _refuse_newer(value)
        raise
    if not value.startswith(_HEADS[fact.fact]):
        _refuse_newer(value)
    return fact


def _refuse_newer(value: bytes) -> None:
    said = orjson.loads(value)
    kind, version = said.get("fact"), said.get("version", 1)
    known = FACT_VERSIONS.get(kind, 0)
    if kind is not None and version > known:
        reads = f"reads up to version {known} of it" if known else "knows no such fact"
        raise NewerFact(f"a fact {kind!r} of version {version}, and this program {reads}: {UPGRADE}")


def read_facts(value: bytes) -> list[Fact]:
    """All facts of a record of an inbox: as `read_fact` reads each line."""
    return [read_fact(line) for line in value.split(LINE_END)]


def write_fact(fact: Fact) -> bytes:
    """The fact as it stands on an inbox: its version first. It is one line; several make one record."""
    return _HEADS[fact.fact] + memoryview(_encode_fact(fact))[1:]
