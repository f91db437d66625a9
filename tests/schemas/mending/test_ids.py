"""Ids in one spelling, whoever reads them: the quick reading, the contract, or who mends; as customer, visitor, key."""

import orjson
import pytest

from schemas.base import ID_CHARS_MAX
from schemas.ids import digest_of
from schemas.mending.ids import read_customer, read_visitor
from schemas.reading.wire import read_click, read_engagement, read_order
from schemas.reading.written import owners_written
from tests.bad_input.case import click, engagement, order

UUID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
LONG = "x" * (ID_CHARS_MAX + 1)

KEPT = (
    ("88", "88"),
    (" 88\r\n", "88"),
    ("\ufeff8\u200b8", "88"),
    ("rene\u0301", "ren\u00e9"),
    ("\u00a088\u2003", "88"),
    ("a b", "a b"),
    ("Ann", "Ann"),
    ("\u200bAnna@X.de\n", "anna@x.de"),
    (LONG, digest_of(LONG.encode())),
    (LONG + "\n", digest_of(LONG.encode())),
    ("x" * ID_CHARS_MAX + "\n", "x" * ID_CHARS_MAX),
    (205, "205"),
)


def kept_of(name: str, written: object, **more: object) -> set[object]:
    """The owner as it is kept of a click, an order and an engagement."""
    visitor = {"visitor_id": "v"} if name == "customer_id" else {}
    said = {**visitor, "customer_id": "c", name: written, **more}
    records = (
        read_click(click(**said)), read_click(click(**said, traits={})), read_click(click(**said, cart_id=[])),
        read_order(order(**said)), read_order(order(**said, currency="eur")), read_engagement(engagement(**said)),
    )  # fmt: skip
    return {getattr(record, name) for record in records}


@pytest.mark.parametrize(("written", "kept"), KEPT)
@pytest.mark.parametrize("name", ["customer_id", "visitor_id"])
def test_an_owner_is_kept_in_one_spelling(name: str, written: object, kept: str) -> None:
    """In records that are plain, that the contract takes, and that are mended."""
    assert kept_of(name, written) == {kept}


@pytest.mark.parametrize("written", [UUID, UUID.upper(), UUID.title()])
def test_a_uuid_is_a_customers_in_lower_case_and_a_visitors_as_it_is(written: str) -> None:
    """The key of a visitor's clicks is the id as it is written."""
    assert kept_of("customer_id", written) == {UUID}
    assert kept_of("visitor_id", written) == {written}


@pytest.mark.parametrize(
    "written", [UUID.upper() + "0", UUID.upper().replace("-", "_"), "X" * 36, "G" + UUID[1:].upper()]
)
def test_what_is_no_uuid_keeps_its_case(written: str) -> None:
    """Though it is as long, or looks like one."""
    assert kept_of("customer_id", written) == {written}


@pytest.mark.parametrize("written", ["", " ", "\n", "\u200b", True, [], "\ud800"])
def test_of_some_nothing_is_left(written: object) -> None:
    """Then it is no owner."""
    assert read_customer(written).said is read_visitor(written).said is None


@pytest.mark.parametrize(("written", "kept"), KEPT)
def test_a_key_is_the_id_as_it_is_written_or_as_it_is_kept(written: object, kept: str) -> None:
    """Producers key by what they send."""
    keys = owners_written(orjson.dumps({"visitor_id": written}))
    assert keys == {"visitor_id": {str(written).encode(), kept.encode()}}


def test_all_ids_of_an_order_are_read_as_those_of_a_click() -> None:
    """So what is told on the site meets what the feed tells."""
    ids = {"order_id": " 1\r", "cart_id": "c\u200b ", "store": "\ufeffnorth", "event_id": LONG}
    told = [read_click(click(**ids)), read_order(order(**ids))]
    assert [tuple(getattr(each, name) for name in ids) for each in told] == [
        ("1", "c", "north", digest_of(LONG.encode()))
    ] * 2
