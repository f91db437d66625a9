"""Every consumed record ends in exactly one counted outcome, whatever it is (reference: reliability, part 7)."""

import base64
import hashlib
import random
from collections import Counter
from typing import NamedTuple

import orjson
import pytest

from schemas.dead_letters import RAW_BYTES_MAX
from schemas.topics import Topic
from streams.intake_stage import IntakeStage
from streams.replay import Given
from streams.session_stage import SessionStage
from streams.stage import Effects
from tests.streams.records import Json, batch, click, given_record, order
from tests.world import rule, rulebook

NOW = 1_750_000_000_000
OUTCOMES = {"applied", "duplicate", "late", "ignored", "quarantined"}


class Row(NamedTuple):
    """One bad or odd input: its number in the reference's table, and what becomes of it."""

    number: str
    value: bytes | None
    outcome: str
    reason: str | None = None


def said(**fields: object) -> bytes:
    """A good click but for these fields; None drops a field."""
    record: Json = click(at=NOW) | fields
    return orjson.dumps({name: value for name, value in record.items() if value is not None})


def put(**fields: object) -> bytes:
    """The same for an item added."""
    return said(**{"type": "cart_item_added", "product_id": "mug", "price": 1, "currency": "EUR"} | fields)


def raw(text: str, **fields: object) -> bytes:
    """A good click with this text for its `price`."""
    return put(**fields).replace(b'"price":1', b'"price":' + text.encode())


DEEP = b'{"event_id":"e","type":"page_viewed","occurred_at":1,"visitor_id":"phone","properties":' + b"[" * 20_000
ROWS = [
    Row("1 empty", b"", "quarantined", "empty"),
    Row("1 whitespace", b" \n\t ", "quarantined", "empty"),
    Row("2 tombstone", None, "ignored"),
    Row("3 null", b"null", "quarantined", "not_object"),
    Row("3 list", b"[]", "quarantined", "not_object"),
    Row("3 string", b'"x"', "quarantined", "not_object"),
    Row("3 number", b"1", "quarantined", "not_object"),
    Row("3 true", b"true", "quarantined", "not_object"),
    Row("4 truncated", said()[:-1], "quarantined", "malformed"),
    Row("4 trailing", said() + b"x", "quarantined", "malformed"),
    Row("4 two documents", said() + said(), "quarantined", "malformed"),
    Row("5 invalid utf-8", said(url="x").replace(b'"x"', b'"\xff"'), "quarantined", "encoding"),
    Row("5 overlong", said(url="x").replace(b'"x"', b'"\xc0\xaf"'), "quarantined", "encoding"),
    Row("5 utf-16", said().decode().encode("utf-16"), "quarantined", "encoding"),
    Row("6 lone surrogate", said(url="x").replace(b'"x"', b'"\\ud800"'), "quarantined", "malformed"),
    Row("7 control character in an id", said(event_id="a\nb"), "quarantined", "bad_id"),
    Row("7 nul in an id", said(event_id="a\0b"), "quarantined", "bad_id"),
    Row("9 too large", said(url="x" * 70_000), "quarantined", "too_large"),
    Row("9 long text", said(url="x" * 5_000), "quarantined", "too_large"),
    Row("9 too many lines", said(type="cart_updated", lines=[{"product_id": "m"}] * 600), "quarantined", "too_large"),
    Row("10 too deep", DEEP, "quarantined", "malformed"),
    Row("11 gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "quarantined", "encoding"),
    Row("11 avro", b"\x00\x00\x00\x00\x07abc", "quarantined", "malformed"),
    Row("13 nan", raw("NaN"), "quarantined", "number"),
    Row("13 infinity", raw("Infinity"), "quarantined", "number"),
    Row("13 1e400", raw("1e400"), "quarantined", "number"),
    Row("14 2^70", raw(str(2**70)), "quarantined", "number"),
    Row(
        "14 quantity 2^70", put(quantity=1).replace(b'"quantity":1', b'"quantity":%d' % 2**70), "quarantined", "number"
    ),
    Row("14 -0", raw("-0"), "applied"),
    Row("15 decimal comma", put(price="12,50"), "quarantined", "number"),
    Row("15 decimal string", put(price="12.50"), "applied"),
    Row("15 true for a price", put(price=True), "quarantined", "type"),
    Row("15 string for a quantity", put(quantity="2"), "quarantined", "type"),
    Row("16 negative price", put(price=-1), "quarantined", "number"),
    Row("16 negative quantity", put(quantity=-1), "quarantined", "number"),
    Row("17 lower-case currency", put(currency="eur"), "quarantined", "currency"),
    Row("18 missing field", said(visitor_id=None), "quarantined", "missing"),
    Row("18 null field", said().replace(b'"visitor_id":"phone"', b'"visitor_id":null'), "quarantined", "type"),
    Row("18 item without a product", put(product_id=None), "quarantined", "missing"),
    Row("18 cart without lines", said(type="cart_updated"), "quarantined", "missing"),
    Row("19 unknown field", said(loyalty_tier="gold"), "applied"),
    Row("20 unknown type", said(type="wishlist_opened"), "ignored"),
    Row("24 empty id", said(event_id=""), "quarantined", "bad_id"),
    Row("24 long id", said(event_id="x" * 4_096), "quarantined", "too_large"),
    Row("28 time in words", said(occurred_at="now"), "quarantined", "time"),
    Row("28 time without offset", said(occurred_at="2025-06-02T08:00:00"), "quarantined", "time"),
    Row("28 true for a time", said(occurred_at=True), "quarantined", "time"),
    Row("28 zero", put(occurred_at=0), "quarantined", "time"),
    Row("28 minus one", put(occurred_at=-1), "quarantined", "time"),
    Row("28 before 1970", put(occurred_at="1969-12-31T23:59:59Z"), "quarantined", "time"),
    Row("28 before all time", put(occurred_at=1).replace(b'_at":1', b'_at":-%d' % 10**20), "quarantined", "time"),
    Row("28 fraction of a millisecond", said(occurred_at=1.5), "quarantined", "time"),
    Row("30 a day ahead", said(occurred_at=NOW + 86_400_000), "applied"),
    Row("30 more than a day ahead", said(occurred_at=NOW + 86_400_001), "quarantined", "future"),
    Row("30 2099", said(occurred_at="2099-01-01T00:00:00Z"), "quarantined", "future"),
    Row("50 a template", said(url="{{7*7}}{0.__class__}%n"), "applied"),
    Row("58 pickle", b"\x80\x04\x95\x00", "quarantined", "encoding"),
]


def outcomes(effects: Effects, topic: Topic) -> dict[str, int]:
    """How many records ended how; counts of nothing left out."""
    counted = {name[2]: by for name, by in effects.counts.items() if name[:2] == ("records", topic.value) and by}
    assert set(counted) <= OUTCOMES
    return counted


def letters(effects: Effects) -> list[Json]:
    """The dead letters."""
    return [orjson.loads(out.value) for out in effects.outputs if out.topic is Topic.DEAD_LETTERS]


def sessions() -> SessionStage:
    """A partition of clicks."""
    return SessionStage(0, rulebook(rule("cart_abandonment")), 5_000)


@pytest.mark.parametrize("row", ROWS, ids=[row.number for row in ROWS])
def test_a_bad_or_odd_click_has_its_one_outcome(row: Row) -> None:
    """And a dead letter with the reason, if it was put aside."""
    stage = sessions()
    stage.fold(batch([given_record(row.value)], now=NOW))
    effects = stage.take()
    assert outcomes(effects, Topic.CLICKSTREAM) == {row.outcome: 1}
    assert [letter["reason"] for letter in letters(effects)] == ([row.reason] if row.reason else [])


@pytest.mark.parametrize(
    ("value", "outcome", "reason"),
    [
        (order(at=NOW, customer_id="phone"), "applied", None),
        (order(at=NOW), "quarantined", "invalid"),
        (order(at=NOW, customer_id="phone", total=-1), "quarantined", "number"),
        (order(at=NOW, customer_id="phone", total=0, lines=[]), "applied", None),
        (order(at=NOW, customer_id="phone", kind="order_shipped"), "ignored", None),
        (order(at=NOW, customer_id="phone", lines=[{"quantity": 1}]), "quarantined", "missing"),
        (order(at=NOW, customer_id="phone", lines=[{"product_id": "m", "price": "1.50"}]), "applied", None),
        (order("", at=NOW, customer_id="phone"), "quarantined", "bad_id"),
        (order(at=NOW + 86_400_001, customer_id="phone"), "quarantined", "future"),
        (order(at=NOW, customer_id="ada", visitor_id="phone"), "quarantined", "key_mismatch"),
        (order(at=NOW - 5_001, customer_id="phone"), "late", None),
        (b"", "quarantined", "empty"),
        (None, "ignored", None),
        (b"[]", "quarantined", "not_object"),
    ],
    ids=[
        "good",
        "nobodys",
        "negative_total",
        "nothing_for_nothing",
        "unknown_type",
        "line_without_product",
        "price_of_a_line",
        "empty_order_id",
        "future",
        "keyed_by_the_visitor_of_a_customer",
        "late",
        "empty",
        "tombstone",
        "list",
    ],
)
def test_a_bad_or_odd_order_has_its_one_outcome(value: Json | bytes | None, outcome: str, reason: str | None) -> None:
    """The order feed is judged alike."""
    stage = IntakeStage(Topic.ORDERS, 0, 5_000)
    stage.fold(batch([], now=NOW, at_end=True))
    stage.fold(batch([given_record(value)], now=NOW))
    effects = stage.take()
    assert outcomes(effects, Topic.ORDERS) == {outcome: 1}
    assert [letter["reason"] for letter in letters(effects)] == ([reason] if reason else [])


@pytest.mark.parametrize("seed", [1, 2, 3], ids="seed{}".format)
def test_what_was_consumed_is_what_was_counted(seed: int) -> None:
    """Good, repeated, late and bad records in one batch: the sum is right at every commit."""
    rng, stage, consumed, counted = random.Random(seed), sessions(), 0, Counter[str]()
    good = [said(event_id=f"e{number}", occurred_at=NOW - rng.randint(0, 20_000)) for number in range(30)]
    for _ in range(20):
        values = [rng.choice([*good, *(row.value for row in ROWS)]) for _ in range(rng.randint(0, 12))]
        records = [given_record(value, offset=consumed + index) for index, value in enumerate(values)]
        stage.fold(batch(records, now=NOW, first=consumed, at_end=rng.random() < 0.3))
        consumed += len(values)
        counted.update(outcomes(stage.take(), Topic.CLICKSTREAM))
        assert counted.total() == consumed
    assert set(counted) == OUTCOMES


def test_a_dead_letter_says_where_it_lay_and_what_it_was() -> None:
    """Enough to find it, to know it again, and to send it once more."""
    value = b"x" * (RAW_BYTES_MAX + 10)
    stage = sessions()
    stage.fold(batch([given_record(value, offset=7)], now=NOW, first=7))
    effects = stage.take()
    (letter,) = letters(effects)
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("clickstream", 0, 7)
    assert (letter["size"], letter["sha256"]) == (len(value), hashlib.sha256(value).hexdigest())
    assert base64.b64decode(letter["raw"]) == value[:RAW_BYTES_MAX]


def test_a_rejection_never_quotes_the_content() -> None:
    """Its detail goes to logs and metrics; what customers typed does not."""
    stage = sessions()
    stage.fold(batch([given_record(said(occurred_at="ada@example.org"))], now=NOW))
    (letter,) = letters(stage.take())
    assert "ada" not in letter["detail"]
    assert "occurred_at" in letter["detail"]


def test_the_brokers_time_counts_where_the_topic_has_it() -> None:
    """A click a day and a second ahead of the broker is the future, though the fetch came days later."""
    stage = sessions()
    ahead = Given(b"phone", said(occurred_at=NOW + 86_401_000), 0, timestamp=NOW, timestamp_type=1)
    stage.fold(batch([ahead], now=NOW + 10 * 86_400_000))
    assert [letter["reason"] for letter in letters(stage.take())] == ["future"]
