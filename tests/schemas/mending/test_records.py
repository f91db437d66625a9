"""What a mended record says: amounts to the unit, quantities to the gram, owners in one spelling."""

from decimal import Decimal

import orjson
import pytest

from schemas.base import Wire
from schemas.events.clicks import Click
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.ids import cleaned, folded, is_stand_in, text_of
from schemas.mending.names import Shape
from schemas.mending.records import CLICK, ENGAGEMENT, Mended, mend_click
from schemas.mending.records import ORDER as ORDER_SHAPE
from schemas.mending.values import read_instant
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.wire import read_click, read_engagement, read_order
from schemas.reading.written import as_written, owners_written
from tests.bad_input.variation import COMPLETED, ITEM, ORDER, Json


def order(**fields: object) -> tuple[Order, set[Oddity]]:
    """The order with these fields, and what was odd."""
    noted: set[Oddity] = set()
    said = read_order(orjson.dumps({**ORDER, **fields}), noted.add)
    assert isinstance(said, Order), said
    return said, noted


def click(good: Json = ITEM, **fields: object) -> Click:
    """The click with these fields; `traits` keep it from being plain."""
    said = read_click(orjson.dumps({**good, "traits": {}, **fields}))
    assert isinstance(said, Click), said
    return said


@pytest.mark.parametrize(("kind", "contract"), [(CLICK, Click), (ORDER_SHAPE, Order), (ENGAGEMENT, Engagement)])
def test_what_the_contract_has_is_mended_too(kind: Shape, contract: type[Wire]) -> None:
    """A field that mending did not know would be lost from each record that is odd in another."""
    assert set(kind.readers) == set(contract.model_fields)


@pytest.mark.parametrize(
    ("told", "currency", "amount"),
    [
        (14.265, "EUR", "14.26"),
        (14.275, "EUR", "14.28"),
        (14.2650001, "EUR", "14.27"),
        (5.989999999999995, "EUR", "5.99"),
        ("4766.11570248", "USD", "4766.12"),
        ("1990.50", "ISK", "1990"),
        ("1991.50", "ISK", "1992"),
        ("1.2345", "KWD", "1.234"),
        ("1.2355", None, "1.24"),
        ("0.004", "EUR", "0.00"),
        (99_999_999_999.995, "EUR", "100000000000.00"),
        (10**13, "IRR", "10000000000000"),
    ],
)
def test_an_amount_is_rounded_half_to_even_to_its_currencys_unit(
    told: object, currency: str | None, amount: str
) -> None:
    """From the digits as they are told, not from the nearest float."""
    said, noted = order(lines=[], total=told, currency=currency)
    assert said.total == Decimal(amount)
    assert noted == ({Oddity.AMOUNT_ROUNDED} if Decimal(str(told)) != Decimal(amount) else set())


@pytest.mark.parametrize(("told", "kept"), [("eur", "EUR"), (" usd ", "USD"), ("", None), ("IRT", None), ("XXX", None)])
def test_a_currency_is_one_of_iso_4217_in_upper_case(told: str, kept: str | None) -> None:
    """One that is none takes the amounts with it; where none is told, they are amounts without one."""
    said, _ = order(currency=told)
    known = told not in ("IRT", "XXX")
    assert (said.currency, said.total) == (kept, Decimal(10) if known else None)
    assert said.lines[0].unit_price == (Decimal(10) if known else None)


def test_a_record_has_one_currency() -> None:
    """Its own, else the first that a line names: what is in another is unknown."""
    lines = [{"product_id": name, "unit_price": 1, "currency": code} for name, code in (("a", "EUR"), ("b", "USD"))]
    own, _ = order(lines=lines, currency="USD", total=1)
    first, _ = order(lines=lines, currency=None, total=1)
    assert [line.unit_price for line in own.lines] == [None, 1]
    assert own.total == 1
    assert [line.unit_price for line in first.lines] == [1, None]
    assert first.total is None


@pytest.mark.parametrize(
    ("told", "pieces"),
    [
        (0.3, "0.3"),
        (1.0, "1"),
        (2e6, "2000000"),
        (0.1 + 0.2, "0.3"),
        (0.0005, "0"),
        (0.0015, "0.002"),
        (None, "1"),
        ("1.2500", "1.25"),
    ],
)
def test_a_quantity_has_up_to_three_decimals(told: object, pieces: str) -> None:
    """More are rounded half to even; a whole one is an integer."""
    (line,) = order(lines=[{"product_id": "p", "quantity": told}])[0].lines
    assert line.quantity == Decimal(pieces)
    assert isinstance(line.quantity, int) == ("." not in pieces)


def test_the_first_500_lines_count() -> None:
    """And those that are products: the rest is counted, and in the total."""
    lines = [{"product_id": f"p{number}", "unit_price": 1} for number in range(700)]
    assert [line.product_id for line in order(lines=lines)[0].lines] == [f"p{number}" for number in range(500)]
    said, noted = order(lines=[*lines[:2], {"unit_price": 2}, {"product_id": "coupon", "unit_price": "-1"}], total=3)
    assert [line.product_id for line in said.lines] == ["p0", "p1"]
    assert noted == {Oddity.LINE_DROPPED, Oddity.ADJUSTMENT_LINE}


@pytest.mark.parametrize(("total", "differs"), [("28.53", False), ("28.52", True), ("28.54", True)])
def test_a_total_is_compared_with_the_lines_as_they_are_told(total: str, differs: bool) -> None:
    """Twice 14.265 is 28.53, though each is rounded to 14.26."""
    noted = order(lines=[{"product_id": "p", "quantity": 2, "unit_price": 14.265}], total=total)[1]
    assert (Oddity.TOTAL_MISMATCH in noted) == differs


def test_weighed_goods_have_a_rounded_total() -> None:
    """0.3 kg at 9.99 are 3.00."""
    assert order(lines=[{"product_id": "p", "quantity": 0.3, "unit_price": "9.99"}], total="3.00")[1] == set()


@pytest.mark.parametrize("currency", ["CLF", "eur"])
def test_the_largest_order_is_compared_too(currency: str) -> None:
    """As many lines as are taken, each as large as it can be: more digits than a decimal's context has."""
    lines = [{"product_id": "p", "quantity": 1e9, "unit_price": "9999999999999.9999"}] * 500
    assert Oddity.TOTAL_MISMATCH in order(lines=lines, currency=currency, total=10**13)[1]


def test_a_refund_may_be_below_zero() -> None:
    """Its lines are what came back."""
    lines = [{"product_id": "p", "quantity": -1, "unit_price": "57.23"}, {"product_id": "q", "unit_price": "-1.005"}]
    said, noted = order(type="order_refunded", lines=lines, total="-57.23")
    assert [(line.product_id, line.quantity, line.unit_price) for line in said.lines] == [
        ("p", -1, Decimal("57.23")),
        ("q", 1, Decimal("-1.00")),
    ]
    assert said.total == Decimal("-57.23")
    assert Oddity.ADJUSTMENT_LINE not in noted


def test_texts_are_cut_and_details_dropped() -> None:
    """What is left is what the contract takes."""
    said = click(COMPLETED, url="x" * 5_000, referrer=7, session_id=7, sent_at="soon", cart_id="C\u200b", properties=[])
    assert said.url == "x" * 4_096
    assert (said.referrer, said.session_id, said.sent_at, said.cart_id) == (None, "7", None, "C")
    assert said.properties is None


def test_maps_are_read_as_the_contract_reads_them() -> None:
    """Numbers are numbers, nulls are null, whatever else is mended."""
    said = click(properties={"a": [1, 1.5, None, {"b": True}], "c": 10**18}, currency="eur")
    assert said.properties == {"a": [1, 1.5, None, {"b": True}], "c": 10**18}


def test_owners_are_kept_in_one_spelling() -> None:
    """Numbers as texts, addresses in lower case, nobody's device as its customer's."""
    said, _ = order(customer_id=205, visitor_id="Anna@X.de")
    assert (said.customer_id, said.visitor_id) == ("205", "anna@x.de")
    nobodys = click(visitor_id=None)
    assert is_stand_in(nobodys.visitor_id)
    assert nobodys.customer_id == "c1"
    told = {"event_id": "g", "type": "erasure_requested", "occurred_at": 1, "customer_id": ["x"], "visitor_id": 7}
    engagement = read_engagement(orjson.dumps(told))
    assert isinstance(engagement, Engagement)
    assert (engagement.customer_id, engagement.visitor_id) == (None, "7")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Anna@X.de", "anna@x.de"),
        (" a@b.c ", "a@b.c"),
        ("A@B", "A@B"),
        ("A B@c.d", "A B@c.d"),
        ("A@b@c.d", "A@b@c.d"),
        ("ÄÖ@X.de", "äö@x.de"),
    ],
)
def test_only_an_address_is_folded(written: str, kept: str) -> None:
    """One name, one @, a host with a dot."""
    assert folded(written) == kept


def test_a_cleaned_id_is_clean() -> None:
    """Once is enough, and what is left may be nothing."""
    for id_ in ("a\u200b\u0301", "\u0301\t", "e\u2060\u0301", "\u200b", "a b"):
        assert cleaned(cleaned(id_)) == cleaned(id_)
    assert [cleaned(id_) for id_ in ("e\u2060\u0301", "\u200b", "a b")] == ["\u00e9", "", "a b"]


def test_the_text_of_a_number_is_its_decimals() -> None:
    """Whole numbers have no point, and nothing is that long."""
    numbers = ("205", "205.0", "1e3", "12.50", "-0", "1e300", "NaN")
    assert [text_of(Decimal(number)) for number in numbers] == ["205", "205", "1000", "12.50", "0", None, None]


@pytest.mark.parametrize(
    "at", ["2025-06-02T08:00:00Z", "2025-06-02t08:00:00z", "2025-06-02 08:00:00 UTC", 1748851200000.0, 1748851200000]
)
def test_a_time_is_the_same_in_all_its_spellings(at: object) -> None:
    """To whoever reads it, and to whoever sorts files by it."""
    value = orjson.dumps({**ORDER, "occurred_at": at})
    said = read_order(value)
    assert isinstance(said, Order)
    assert said.occurred_at == as_written(value).at == 1748851200000
    assert read_instant(at if isinstance(at, str | int) else Decimal(str(at))).said == 1748851200000


def test_keys_are_found_as_they_are_written() -> None:
    """And as they are kept; nothing of a record that is none."""
    assert owners_written(b'{"customer_id":"Anna@X.de","visitor_id":12.0}') == {
        "customer_id": {b"Anna@X.de", b"anna@x.de"},
        "visitor_id": {b"12.0", b"12"},
    }
    assert owners_written(b'{"visitor_id":"\xff"}') == {"visitor_id": {b"\xff"}}
    assert owners_written(b"[1]") == owners_written(b"{") == {}
    assert as_written(b"{") == (None, None, None)
    assert as_written(b'{"visitor_id":7,"customer_id":false,"occurred_at":1748851200}') == (b"7", b"false", None)


@pytest.mark.parametrize(
    ("name", "first", "last", "agree"),
    [
        ("schema_version", b"1", b'"1"', True),
        ("schema_version", b'"1"', b"1", True),
        ("schema_version", b"1", b'"1.7"', False),
        ("order_id", b"5", b'"5"', True),
        ("price", b"1.5", b'"1.50"', True),
        ("price", b"1.5", b'"1.51"', False),
    ],
)
def test_a_number_and_a_text_of_the_same_are_no_contradiction(
    name: str, first: bytes, last: bytes, agree: bool
) -> None:
    """Said twice; whoever reads it says the same, whichever of the two comes first."""
    good = {field: said for field, said in ITEM.items() if field not in ("price", "currency")}
    value = orjson.dumps({**good, "traits": {}})[:-1]
    value += b',"%b":%b,"%b":%b,"currency":"EUR"}' % (name.encode(), first, name.encode(), last)
    noted: list[Oddity] = []
    said, mended = read_click(value, noted.append), mend_click(value)
    assert mended == (Mended(said, dict.fromkeys(noted)) if isinstance(said, Click) else said)
    assert (isinstance(said, Click) and not noted) is agree
