"""Records of the trigger topic: triggers, or the one reason why they are none."""

import base64
import hashlib
from typing import Any

import orjson
import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from agents.dispatch.reading import RECORD_BYTES_MAX, dead_letter, read_trigger
from schemas.outcomes.dead_letters import RAW_BYTES_MAX, Rejection
from schemas.outcomes.deliveries import DeliveryState
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired, TriggerMessage
from schemas.reading.refusals import Rejected
from streams.delivery.delivery import on_fired
from tests.streams.deliveries import fired

STRUCTURED = (("content-type", b"application/cloudevents+json; charset=utf-8"),)


def record(value: bytes | None, headers: tuple[tuple[str, bytes], ...] = ()) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("triggers", 0, 7, 0, 0, b"c:ada", value, None, 5, len(value or b""), headers)


def changed(**changes: Any) -> bytes:
    told = {name: value for name, value in (fired().model_dump(mode="json") | changes).items() if value != "GONE"}
    return orjson.dumps(told)


def test_binary_mode_is_read() -> None:
    """The value is the data."""
    assert read_trigger(record(changed())) == fired()


def test_structured_mode_is_read() -> None:
    """The data lies in the envelope."""
    envelope = {"specversion": "1.0", "type": "afterclick.trigger.fired.v1", "data": orjson.loads(changed())}
    assert read_trigger(record(orjson.dumps(envelope), STRUCTURED)) == fired()


LINE = {"product_id": "mug", "quantity": 1, "unit_price": None}


@pytest.mark.parametrize(
    "more",
    [
        {"message": TriggerMessage(template="quote_1", products=("mug",)).model_dump(mode="json") | {"share": 0.5}},
        {"lines": [{**LINE, "image_url": "https://shop.example/mug.png"}]},
        {"kind": "quote_reminder", "asked_for": "in writing"},
        {"big": 2**63},
    ],
    ids=["field", "field_of_a_line", "kind_with_a_field", "largest_integer"],
)
def test_what_a_newer_minor_version_adds_is_delivered_as_it_is(more: dict[str, Any]) -> None:
    """Whoever renders the message knows what to do with it, though this dispatcher does not."""
    said = orjson.loads(changed(**more))
    found = read_trigger(record(orjson.dumps(said)))
    assert isinstance(found, TriggerFired)
    assert orjson.loads(on_fired(found, 7, 0).body)["data"] == said


@pytest.mark.parametrize("kind", ["birthday", "sequence", "a", "a" * 64, "b2b_quote"])
def test_a_kind_that_nobody_here_knows_is_a_trigger_like_any_other(kind: str) -> None:
    """Fired, and taken back; 64 characters are the most."""
    found = read_trigger(record(changed(kind=kind)))
    assert isinstance(found, TriggerFired)
    line = on_fired(found, 7, 0)
    assert (line.kind, line.state, orjson.loads(line.body)["data"]["kind"]) == (kind, DeliveryState.PENDING, kind)
    cancelled = TriggerCancelled(
        trigger_id="t1", kind=kind, rule_id="r", profile="c:ada", reason="a_newer_reason", cancelled_at_ms=1
    )
    assert read_trigger(record(cancelled.model_dump_json().encode())) == cancelled


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Rejection.EMPTY),
        (b"", Rejection.EMPTY),
        (b" \n", Rejection.EMPTY),
        (b"{", Rejection.MALFORMED),
        (b"\x80\x04", Rejection.WRONG_FORMAT),
        (b"\x00\x00\x00\x00\x07abc", Rejection.WRONG_FORMAT),
        (b"[" * 100_000, Rejection.TOO_DEEP),
        (b'{"type":"fired","trigger_id":"\\ud800"}', Rejection.ENCODING),
        (b'{"type":"\xff"}', Rejection.ENCODING),
        (b'{"__faust":{"ns":"os.system"}}', Rejection.WRONG_FORMAT),
        (b"null", Rejection.NOT_OBJECT),
        (b"[]", Rejection.NOT_OBJECT),
        (b"{}", Rejection.MISSING),
        (changed(type="exploded"), Rejection.INVALID),
        (changed(profile="GONE"), Rejection.MISSING),
        (changed(step="1"), Rejection.TYPE),
        (changed(kind=""), Rejection.INVALID),
        (changed(kind="Birthday"), Rejection.INVALID),
        (changed(kind="birth day"), Rejection.INVALID),
        (changed(kind="birthday\n"), Rejection.INVALID),
        (changed(kind="2nd_purchase"), Rejection.INVALID),
        (changed(kind="a" * 65), Rejection.INVALID),
        (changed(kind=7), Rejection.TYPE),
        (changed().replace(b'"step":0', b'"step":0,"new":1' + b"0" * 20), Rejection.NUMBER),
        (changed().replace(b'"step":0', b'"step":0,"new":' + b"[" * 300 + b"]" * 300), Rejection.TOO_DEEP),
        (changed(trigger_id=""), Rejection.BAD_ID),
        (changed(trigger_id="a.b"), Rejection.BAD_ID),
        (changed(trigger_id="a\r\nx: y"), Rejection.BAD_ID),
        (changed(trigger_id="ü"), Rejection.BAD_ID),
        (changed(trigger_id="x" * 129), Rejection.BAD_ID),
        (changed(fired_at_ms=2**62), Rejection.NUMBER),
        (changed(fired_at_ms=-1), Rejection.NUMBER),
        (changed(expires_at=2**62), Rejection.NUMBER),
        (changed(step=2**60), Rejection.NUMBER),
        (changed().replace(b'"step":0', b'"step":1' + b"0" * 99), Rejection.NUMBER),
        (changed(lines=[{"product_id": "tea", "quantity": 1e300}]), Rejection.NUMBER),
        (
            changed(lines=[{"product_id": "tea", "quantity": 0}]).replace(b'"quantity":0', b'"quantity":NaN'),
            Rejection.NUMBER,
        ),
        (changed(lines=[{"product_id": "tea", "quantity": "0.3"}]), Rejection.TYPE),
        (changed(viewed=["x" * RECORD_BYTES_MAX]), Rejection.TOO_LARGE),
    ],
)
def test_what_is_no_trigger_has_one_reason(value: bytes | None, reason: Rejection) -> None:
    """The detail never quotes the record."""
    found = read_trigger(record(value))
    assert isinstance(found, Rejected)
    assert found.reason is reason
    assert "c:ada" not in found.detail


@pytest.mark.parametrize("quantity", [2, 0.3, 0.001, 1_000_000_000])
def test_goods_that_are_weighed_are_passed_on_as_they_are(quantity: float) -> None:
    """Whole pieces stay whole."""
    found = read_trigger(record(changed(lines=[{"product_id": "tea", "quantity": quantity}])))
    assert isinstance(found, TriggerFired)
    assert (found.lines[0].quantity, type(found.lines[0].quantity)) == (quantity, type(quantity))
    assert orjson.loads(found.model_dump_json())["lines"][0]["quantity"] == quantity


@pytest.mark.parametrize("version", ["v0", "v2", "v11"])
def test_another_major_version_is_refused(version: str) -> None:
    """In either mode; it may mean something else by the same names."""
    name = f"afterclick.trigger.fired.{version}"
    envelope = {"specversion": "1.0", "type": name, "data": orjson.loads(changed())}
    for odd in (record(changed(), (("ce_type", name.encode()),)), record(orjson.dumps(envelope), STRUCTURED)):
        found = read_trigger(odd)
        assert isinstance(found, Rejected)
        assert found.reason is Rejection.VERSION
    assert read_trigger(record(changed(), (("ce_type", b"afterclick.trigger.fired.v1"),))) == fired()


@pytest.mark.parametrize(
    "headers",
    [
        (("content-type", None),),
        (("Content-Type", b"\xff"), ("content-type", b"x")),
        (("trigger_id", b"forged"), ("trigger_id", b"twice")),
        (("x", b"x" * 1_000_000),),
        (("ce_type", None), ("ce_type", b"\xff\xfe")),
    ],
    ids=["null", "no_text", "forged", "large", "type_null"],
)
def test_headers_that_say_nothing_to_us_are_passed_over(headers: tuple[tuple[str, bytes], ...]) -> None:
    """Null, twice, huge, no text, or the id of another trigger."""
    assert read_trigger(record(changed(), headers)) == fired()


@pytest.mark.parametrize("value", [b"[]", b"{}", b'{"data": 1}', b'{"data_base64": "e30="}'])
def test_an_envelope_without_data_is_refused(value: bytes) -> None:
    """Structured mode needs an object of data."""
    found = read_trigger(record(value, STRUCTURED))
    assert isinstance(found, Rejected)
    assert found.reason is Rejection.NOT_OBJECT


@given(st.binary(max_size=200) | st.dictionaries(st.text(), st.integers() | st.text()).map(repr).map(str.encode))
def test_nothing_that_is_read_raises(value: bytes) -> None:
    """Whatever lies on the topic."""
    read_trigger(record(value))


WILD = st.fixed_dictionaries(
    {},
    optional={
        "fired_at_ms": st.integers(-(2**70), 2**70),
        "expires_at": st.none() | st.integers(-(2**70), 2**70),
        "step": st.integers(-(2**70), 2**70),
        "destination": st.text(),
        "viewed": st.lists(st.text(), max_size=3).map(tuple),
    },
)


@given(WILD)
def test_whatever_passes_can_be_taken_up(changes: dict[str, Any]) -> None:
    """A record that is accepted here never breaks the ledger."""
    told = fired().model_copy(update=changes)
    found = read_trigger(record(told.model_dump_json().encode()))
    if isinstance(found, TriggerFired):
        assert on_fired(found, 7, 0).model_dump_json()


def test_a_dead_letter_keeps_the_beginning_and_the_digest_of_all() -> None:
    """64 KB of it, and what it was."""
    value = b"x" * (RAW_BYTES_MAX + 1)
    letter = dead_letter(Rejection.TOO_LARGE, "too large", "triggers", 3, 7, value)
    assert base64.b64decode(letter.raw) == value[:-1]
    assert (letter.size, letter.sha256) == (len(value), hashlib.sha256(value).hexdigest())
    assert (letter.stage, letter.topic, letter.partition, letter.offset) == ("dispatcher", "triggers", 3, 7)
