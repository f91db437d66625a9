"""Mending, whatever the bytes: it never raises, invents nobody and no time, and leaves alone what is good."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import INSTANT_MS_MAX
from schemas.events.clicks import Click
from schemas.events.engagements import WISHES, Engagement
from schemas.events.orders import Order
from schemas.ids import digest_of, names_nothing, stand_in
from schemas.mending.ids import read_customer, read_id, read_visitor
from schemas.mending.records import Mended, mend_click, mend_engagement, mend_order
from schemas.mending.values import read_instant
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.json_text import Said, parse
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import read_any, read_engagement, read_order
from tests.bad_input.case import click, engagement, order
from tests.bad_input.test_fuzz import fuzz, records
from tests.bad_input.variations import VARIED
from tests.schemas.reading.test_plain_clicks import records as plain_records

Mend = Callable[[bytes], Mended[Any] | Rejected | Unknown]

ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["", " ", "eur", "1.0000", "12,5", "Anna@x.de", "undefined", "a\n", "2025-06-15 15:06:40 UTC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["product_id", "price", "a"]), inner),
    max_leaves=6,
)  # fmt: skip


@st.composite
def swapped(draw: st.DrawFn) -> tuple[type, bytes]:
    """A good record of which some fields are anything at all."""
    _, good, variation = draw(st.sampled_from(VARIED))
    fields = {name: draw(ANY_VALUE) for name in draw(st.lists(st.sampled_from(sorted(good)), max_size=3))}
    fields = {name: each if _can_be_written(each) else None for name, each in fields.items()}
    kind = Order if str(good["type"]).startswith("order_p") else Click
    return kind, variation.of(good | fields) if draw(st.booleans()) else orjson.dumps(good | fields)


def _can_be_written(value: object) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def told(value: bytes, name: str) -> list[object]:
    """What the record says under that name."""
    said = parse(value)
    return [each for named, each in said if named == name] if isinstance(said, Said) else []


def holds(mended: Mended[Any] | Rejected | Unknown, value: bytes) -> None:
    """Who and when are said by the record itself."""
    assert isinstance(mended, Mended | Rejected | Unknown)
    if not isinstance(mended, Mended):
        return
    record = mended.record
    customers = {read_customer(each).said for each in told(value, "customer_id")}
    visitors = {read_visitor(each).said for each in told(value, "visitor_id")}
    assert record.customer_id is None or record.customer_id in customers
    assert record.visitor_id is None or record.visitor_id in visitors | {stand_in(each) for each in customers if each}
    times = {read_instant(each).said for each in told(value, "occurred_at")}
    assert record.occurred_at in (times | {INSTANT_MS_MAX} if record.type in WISHES else times)
    ids = {read_id(each).said for each in told(value, "event_id")}
    is_none = any(id_ is not None and names_nothing(id_) for id_ in ids)
    assert record.event_id in (ids | {digest_of(value)} if record.type in WISHES or is_none else ids)
    assert set(mended.odd) <= set(Oddity)


@pytest.mark.parametrize(
    ("mend", "start"),
    [(mend_click, click()), (mend_order, order(lines=[{"product_id": "m"}])), (mend_engagement, engagement())],
)
def test_any_bytes_are_mended_or_refused(mend: Mend, start: bytes) -> None:
    """Never an exception; what comes of it the contract takes."""

    @fuzz
    @given(records(start))
    def look(value: bytes) -> None:
        holds(mend(value), value)

    look()


@fuzz
@given(swapped())
def test_any_value_of_any_field_is_mended_or_refused(kind_and_value: tuple[type, bytes]) -> None:
    """As the accidents of bytes, but nearer to what shops write."""
    kind, value = kind_and_value
    holds(mend_order(value) if kind is Order else mend_click(value), value)


def unchanged(mend: Mend, read: Callable[..., object], kind: type, value: bytes) -> None:
    """What the contract takes, and finds nothing odd in, is the same mended. But a blank before some colons hides a
    name that is there twice from it, and not from who mends."""
    if re.search(rb'"\s+:', value):
        return
    noted: list[Oddity] = []
    said = read(value, noted.append)
    if isinstance(said, kind) and not noted:
        assert mend(value) == Mended(said, {})


@fuzz
@given(records(click()) | plain_records())
def test_a_good_click_is_not_mended(value: bytes) -> None:
    """Field by field the same."""
    unchanged(mend_click, read_any, Click, value)


@fuzz
@given(records(order(lines=[{"product_id": "m", "price": "1.50"}], total="1.50")))
def test_a_good_order_is_not_mended(value: bytes) -> None:
    """Line by line the same."""
    unchanged(mend_order, read_order, Order, value)


@fuzz
@given(records(engagement()))
def test_a_good_engagement_is_not_mended(value: bytes) -> None:
    """The same."""
    unchanged(mend_engagement, read_engagement, Engagement, value)
