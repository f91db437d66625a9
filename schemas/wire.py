"""Bytes to models: what a source record says, or why it cannot be used. Bad input is a value, never an exception."""

from collections.abc import Callable
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.clicks import Click, ClickType
from schemas.currencies import UNITS
from schemas.dead_letters import Oddity, Rejection
from schemas.engagements import Engagement
from schemas.facts import Fact, FactOnWire
from schemas.orders import Order
from schemas.plain_clicks import AnyClick
from schemas.plain_reading import read_plain
from schemas.refusals import BYTE_ORDER_MARK, Rejected, Unknown, why_not
from schemas.second_look import (
    Note,
    look_at_ids,
    look_at_money,
    look_at_names,
    may_be_no_money,
    may_hide_characters,
    may_lack,
    names_in,
    totals_differ,
)

CLICK_BYTES_MAX = 64 * 1024
ORDER_BYTES_MAX = 256 * 1024
CLICK_FIELDS = frozenset(Click.model_fields)
ORDER_FIELDS = frozenset(Order.model_fields)
ENGAGEMENT_FIELDS = frozenset(Engagement.model_fields)
T = TypeVar("T")

validate_click: Callable[[bytes], Click] = Click.__pydantic_validator__.validate_json
"""The bare validation of a click; raises pydantic's ValidationError. What the bench compares with."""

_order: TypeAdapter[Order] = TypeAdapter(Order)
_engagement: TypeAdapter[Engagement] = TypeAdapter(Engagement)
_fact: TypeAdapter[Fact] = TypeAdapter(FactOnWire)


def unnoted(oddity: Oddity) -> None:
    """For readers to whom no oddity matters."""


def read_click(value: bytes, note: Note = unnoted) -> AnyClick | Rejected | Unknown:
    """The click that `value` says; `note` hears what was odd about one that can be used. Most are plain."""
    if len(value) > CLICK_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"a click has at most {CLICK_BYTES_MAX} bytes")
    return read_plain(value) or read_any(value, note)


def read_any(value: bytes, note: Note) -> Click | Rejected | Unknown:
    """As the contract reads it, whether plain or not.

    The conditions of the second looks are as cheap as bytes allow. A duplicate escapes only a producer that writes a
    blank before the colon of some names and not of others.
    """
    try:
        click = validate_click(value)
    except ValidationError as error:
        return _again(read_any, value, note) or why_not(value, error)
    refused: Rejected | None = None
    names = value.count(b'":')
    if names != len(click.__pydantic_fields_set__) and names != names_in(click):
        refused = look_at_names(value, CLICK_FIELDS, note)
    if may_hide_characters(value):
        refused = refused or look_at_ids(click)
    said = click.__dict__  # an attribute of a model costs five times as much
    price = said["price"]
    if said["lines"] is not None or (price is not None and may_be_no_money(price, UNITS[said["currency"]])):
        refused = refused or look_at_money(value, click)
    if may_lack(said["type"], said["product_id"]):
        refused = refused or _lacks(click)
    return refused or click


def _again(read: Callable[[bytes, Note], T], value: bytes, note: Note) -> T | None:
    """What the record says behind its byte order mark, if it has one."""
    if not value.startswith(BYTE_ORDER_MARK) or value.startswith(BYTE_ORDER_MARK * 2):
        return None
    note(Oddity.BYTE_ORDER_MARK)
    return read(value.removeprefix(BYTE_ORDER_MARK), note)


def _lacks(click: Click) -> Rejected | None:
    """What a click about the cart needs beyond the fields of every click."""
    if click.type is ClickType.CART_UPDATED:
        return Rejected(Rejection.MISSING, "lines: a cart_updated has the whole cart") if click.lines is None else None
    if click.product_id is None:
        return Rejected(Rejection.MISSING, f"product_id: a {click.type} needs it")
    return None


def read_order(value: bytes, note: Note = unnoted) -> Order | Rejected | Unknown:
    """The order record that `value` says; `note` hears what was odd about one that can be used."""
    if len(value) > ORDER_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"an order has at most {ORDER_BYTES_MAX} bytes")
    try:
        order = _order.validate_json(value)
    except ValidationError as error:
        return _again(read_order, value, note) or why_not(value, error)
    refused = look_at_names(value, ORDER_FIELDS, note) or look_at_ids(order) or look_at_money(value, order)
    if refused is None and totals_differ(order):
        note(Oddity.TOTAL_MISMATCH)
    return refused or order


def read_engagement(value: bytes, note: Note = unnoted) -> Engagement | Rejected | Unknown:
    """The engagement that `value` says; `note` hears what was odd about one that can be used."""
    if len(value) > CLICK_BYTES_MAX:
        return Rejected(Rejection.TOO_LARGE, f"an engagement has at most {CLICK_BYTES_MAX} bytes")
    try:
        engagement = _engagement.validate_json(value)
    except ValidationError as error:
        return _again(read_engagement, value, note) or why_not(value, error)
    return look_at_names(value, ENGAGEMENT_FIELDS, note) or look_at_ids(engagement) or engagement


def read_fact(value: bytes) -> Fact:
    """A fact from `customer-inbox`. Only our own stages write there: anything else is a broken invariant and raises."""
    return _fact.validate_json(value)


def write_fact(fact: Fact) -> bytes:
    """The fact as it stands on `customer-inbox`."""
    # Copied, because orjson writes into a kilobyte and cuts it off: what is kept would lie scattered, in fresh memory.
    return bytes(memoryview(orjson.dumps(fact)))
