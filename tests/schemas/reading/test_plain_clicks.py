"""The plain click against the contract: what the quick reading takes, `Click` takes with equal values, and no second
look finds anything in it. What it does not take it leaves alone."""

import os

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events.clicks import Click
from schemas.events.flat_clicks import FlatClick
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.plain_reading import PLAIN_BYTES_MAX, read_plain
from schemas.reading.refusals import Rejected
from schemas.reading.wire import read_any, read_click
from streams.person.money import minor_units
from tests.bad_input.case import NOW, Case, click, page, raw
from tests.bad_input.cases import CASES
from tests.bench.clicks import clicks
from tests.schemas.reading.test_wire import FULL

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1500"))
HOLDING_OBJECTS = ("lines", "traits", "properties", "context")
FLAT = orjson.dumps({name: said for name, said in FULL.items() if name not in HOLDING_OBJECTS})
UUIDS = ['"f47ac10b-58cc-4372-a567-0e02b2c3d479"', '"F47AC10B-58CC-4372-A567-0E02B2C3D479"']
ID = [
    *UUIDS,
    '" x"',
    '"x "',
    '"a b"',
    '"x"',
    '""',
    '"' + "i" * 256 + '"',
    '"' + "i" * 257 + '"',
    '"c:1"',
    '"\\u0041"',
    '"é"',
    '"\x7f"',
    "7",
    "null",
]
TEXT = ['"https://shop.example/a?b=c:d"', '"/mug"', '""', '":,"', '"{"', '"[1"', '"' + "t" * 4097 + '"', "1", "null"]
TIME = [
    *(str(NOW), "1", "0", "-1", "-0", "1.0", "1e3", "01", "253402300799999", "253402300800000", "null", "true"),
    *('"2025-06-02T10:00:00.250+02:00"', '"2025-06-02"', '"2025-06-02T24:00:00Z"', '"1969-12-31T23:59:59Z"', '"1"'),
]
PRICE = [
    *("19.9", "1", "0", "0.0", "-0.0", "1e-400", "1e400", "1e2", "0.001", "1.005", "-1", "1000000000", "1000000000.01"),
    *("1e-1000027", "5E-1000100", '"1e-1000027"', "0e-3", '"0e-3"', '"0.00"', "1" + "0" * 4300 + "e-4300"),
    *("19.900000000000000000000000000000000000001", "100.00000000000000001", "99999999.99", "NaN", "Infinity", "null"),
    *(
        '"19.90"',
        '"NaN"',
        '"sNaN"',
        '"Infinity"',
        '" 1 "',
        '"1_0"',
        '"1_000"',
        '"+5"',
        '"5."',
        '"x"',
        '""',
        "[1]",
        "true",
    ),
]
VALUES = {
    **dict.fromkeys(("event_id", "visitor_id", "customer_id", "product_id", "cart_id", "order_id"), ID),
    **dict.fromkeys(("session_id", "url", "referrer", "category", "query", "exit_kind", "name"), TEXT),
    **dict.fromkeys(("occurred_at", "sent_at"), TIME),
    "type": ['"page_viewed"', '"cart_item_added"', '"cart_updated"', '"exit_signal"', '"new"', '"PAGE_VIEWED"', "null"],
    "price": PRICE,
    "quantity": ["1", "0", "2", "-0", "1e0", "1000000", "1000001", "-1", "1.0", '"1"', "null", "true", str(10**30)],
    "currency": ['"EUR"', '"JPY"', '"BHD"', '"CLF"', '"eur"', '"XXX"', "1", "null"],
    "schema_version": ["1", '"1"', '"1.0"', '"1.2"', '"2"', "2", "1.0", "true", "null"],
    "more": ["1", '"x"', "[[1]]", "[" * 300 + "]" * 300],
    **{name: ["null", "{}", "[]", '[{"product_id":"p"}]'] for name in HOLDING_OBJECTS},
}
GOOD = {"event_id": '"x"', "type": '"page_viewed"', "occurred_at": str(NOW), "visitor_id": '"v"'}
BETWEEN = [":", ": ", " :"]


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """The text of a record of which each field is one of those that are plain, odd or wrong; most fields are well."""
    pairs = []
    for name in draw(st.permutations([*GOOD, *draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=5))])):
        odd = draw(st.integers(0, 9)) == 0 or name not in GOOD
        said = draw(st.sampled_from(VALUES[name])) if odd else GOOD[name]
        pairs.append(f'"{name}"{draw(st.sampled_from(BETWEEN)) if odd else ":"}{said}')
    return draw(st.sampled_from(["{%s}", " {%s}", "{%s}\n", "[{%s}]"])).replace("%s", ",".join(pairs)).encode()


def compare(value: bytes) -> bool:
    """Whether the record is plain; one that is says the same to the contract."""
    plain = read_plain(value)
    if plain is None:
        return False
    noted: list[Oddity] = []
    said = read_any(value, noted.append)
    assert isinstance(said, Click), said
    assert not noted
    for name in FlatClick.__struct_fields__:
        own, contract = getattr(plain, name), getattr(said, name)
        assert (own, type(own)) == (contract, type(contract)), name
    if said.price is not None:
        assert plain.price is not None
        assert minor_units(plain.price, plain.currency) == minor_units(said.price, said.currency)
    assert all(getattr(said, name) is None for name in HOLDING_OBJECTS)
    assert plain.lines is said.lines
    return True


@settings(max_examples=EXAMPLES)
@given(records())
def test_a_plain_click_says_what_the_contract_reads(value: bytes) -> None:
    """Whatever the fields say, in whatever order, once, twice or not at all."""
    compare(value)


@pytest.mark.parametrize("case", [case for case in CASES if case.value], ids=lambda case: case.name)
def test_no_odd_record_is_read_otherwise(case: Case) -> None:
    """The whole table of bad input, whose outcomes the contract decides."""
    assert case.value is not None
    compare(case.value)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_each_value_of_each_field_says_what_the_contract_reads(name: str) -> None:
    """Alone in a good click, so that nothing else hides it; some are plain, and some are not."""
    plain = []
    for said in VALUES[name]:
        fields = {**GOOD, name: said}
        value = "{" + ",".join(f'"{one}":{text}' for one, text in fields.items()) + "}"
        plain.append(compare(value.encode()))
    assert not all(plain)
    assert any(plain) == (name in FlatClick.__struct_fields__)


def test_a_plain_click_has_the_fields_of_the_contract() -> None:
    """A field that is added to the one must be added to the other; with the same default."""
    own = [name for name in Click.model_fields if name not in HOLDING_OBJECTS]
    assert list(FlatClick.__struct_fields__) == own
    defaults = [field.default for name, field in Click.model_fields.items() if name in own and not field.is_required()]
    assert list(FlatClick.__struct_defaults__) == defaults


def test_a_shops_clicks_are_plain() -> None:
    """Those of the benchmark, the flat part of a full one, times as text, money as text."""
    assert all(compare(value) for _, value in clicks(500, NOW))
    assert compare(FLAT)
    assert compare(click(price=0, schema_version="1.2"))
    assert compare(click(price="19.90", quantity=3, url="https://shop.example:8080/a", referrer="https://x.example"))
    assert compare(page(occurred_at="2025-06-02T10:00:00.250+02:00", sent_at="2025-06-02T10:00:01+02:00"))


@pytest.mark.parametrize(
    "value",
    [
        page(url="é"),
        raw(page(), '"x"', '"\\u0078"'),
        raw(page(), '"x"', b'"\x7f"'),
        page(query=None),
        page(user_agent="x"),
        page(properties={}),
        raw(page(), '{"event_id":"e"', '{"event_id":"e","event_id":"e"'),
        raw(page(), '"url":"x"', '"url":"/x","url":"https://shop.example"'),
        raw(page(), '"url":"x"', '"quantity":1,"quantity":2'),
        raw(page(), '"url":"x"', '"name" :"x","name":"y"'),
        raw(page(), '"url":"x"', '"query":"quantity","url":"a","url":"b"'),
        page(url="x" * PLAIN_BYTES_MAX),
        raw(click(), '"price":1', '"price":1e-1000027'),
        raw(click(), '"price":1', '"price":0e-3'),
        b"\xef\xbb\xbf" + page(),
        click(price=1.005),
        click(product_id=...),
        click(type="cart_updated"),
        click(schema_version="1.25"),
        click(price="1_000"),
        raw(click(), '"price":1', '"price" : "1_000"'),
        *[
            click(**{name: " x"})
            for name in ("event_id", "visitor_id", "customer_id", "product_id", "cart_id", "store")
        ],
        *[click(**{name: "x "}) for name in ("event_id", "visitor_id", "customer_id", "product_id", "order_id")],
    ],
)
def test_what_gives_reason_for_a_second_look_is_not_plain(value: bytes) -> None:
    """Though some of it is good."""
    assert read_plain(value) is None
    assert isinstance(read_click(value), Click | Rejected)
