"""What rules ask of events: bounded, and nothing that a record may say stops a stage."""

from collections import Counter
from decimal import Decimal
from typing import Any

import orjson
import pytest

from schemas.events.clicks import Click
from schemas.events.orders import Order
from schemas.facts.profile_facts import Happened
from schemas.reading.wire import read_click, read_fact, read_order, write_fact
from schemas.rules.events import FIELDS
from streams.limits import size_of, uncounted
from streams.triggers.conditions.kinds import Kind, Type
from streams.triggers.conditions.names import EVENT
from streams.triggers.event_fields import (
    ANCHOR_BYTES_MAX,
    FIELDS_BYTES_MAX,
    NUMBERS,
    OfEvent,
    part_of,
    said_of,
    same_value,
)


def click(**fields: Any) -> Click:
    """A click of a shop's own."""
    said = {"event_id": "e", "type": "custom", "occurred_at": 10**12, "visitor_id": "v", "name": "n", **fields}
    read = read_click(orjson.dumps(said))
    assert isinstance(read, Click)
    return read


def test_only_what_is_asked_is_told() -> None:
    """As deep as it was asked for; what is not there is not told."""
    said = said_of(
        click(properties={"a": {"b": 1, "c": 2}, "d": 3}, traits={"plan": "gold"}, url="u"),
        7,
        ("properties.a.b", "traits", "occurred_at", "properties.x.y", "query"),
        uncounted,
    )
    assert said == {"properties": {"a": {"b": 1}}, "traits": {"plan": "gold"}, "occurred_at": 7}


def test_it_survives_the_journal_as_it_is() -> None:
    """Amounts are exact again for conditions; a shop's own numbers are numbers."""
    order = Order.model_validate_json(
        b'{"event_id":"e","type":"order_placed","occurred_at":1000000000000,"order_id":"o","customer_id":"c",'
        b'"total":"12.50","currency":"EUR","lines":[{"product_id":"p","quantity":1.5,"unit_price":"0.10"}]}'
    )
    said = said_of(order, 7, ("total", "lines", "type", "currency"), uncounted)
    fact = read_fact(write_fact(Happened(7, "e", None, "order_placed", on_site=False, said=said)))
    assert isinstance(fact, Happened)
    event = OfEvent(fact.said)
    assert (event.value("event.total"), event.value("event.type")) == (Decimal("12.50"), "order_placed")
    assert event.value("event.lines") == [
        {"product_id": "p", "quantity": Decimal("1.5"), "unit_price": Decimal("0.10")}
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (-(2**63), -(2**63)),
        (float("inf"), None),
        (1.5, 1.5),
        (True, True),
        ("\ud800", None),
        ({"\ud800": 1, "b": "\ud800", "c": 1}, {"c": 1}),
        ([1, None, "a"], [1, None, "a"]),
        ({"a": {"b": {"c": {"d": {}}}}}, {"a": {"b": {"c": {}}}}),
        (Decimal("1E+999999"), None),
        (Decimal("1E+30"), 1e30),
        (Decimal("3.0"), 3),
        (Decimal("2.5"), 2.5),
        (object, None),
    ],
    ids=str,
)
def test_what_no_fact_can_hold_is_unknown(value: object, told: object) -> None:
    """Numbers of more than 64 bits or without an end, half characters, what lies too deep."""
    said = said_of(click(traits={}).model_copy(update={"properties": {"x": value}}), 7, ("properties.x",), uncounted)
    assert said == ({} if told is None else {"properties": {"x": told}})
    write_fact(Happened(7, "e", "v", "custom:n", on_site=True, said=said))


def test_what_is_too_large_is_cut_the_largest_first_and_counted() -> None:
    """The rest is told."""
    counted: Counter[str] = Counter()
    said = said_of(
        click(url="u" * 4000, referrer="r" * 3000, properties={"x": "x" * 4000}),
        7,
        ("url", "referrer", "properties.x"),
        lambda what, by: counted.update({what: by}),
    )
    assert sorted(said) == ["referrer", "url"] or sorted(said) == ["properties", "referrer"]
    assert size_of(said) <= FIELDS_BYTES_MAX
    assert counted == {"event_fields": 1}
    kept = part_of({"url": "u" * 4000, "query": "shoes"}, ("url", "query", "category"), uncounted)
    assert (kept, size_of(kept) <= ANCHOR_BYTES_MAX) == ({"query": "shoes"}, True)


def test_every_number_of_a_record_is_a_decimal_to_conditions() -> None:
    """A float is nothing that one can be added to."""
    told = frozenset().union(*FIELDS.values())
    numbers = {name for name, type_ in EVENT.fields.items() if isinstance(type_, Type) and type_.kind is Kind.NUMBER}
    assert numbers & told == NUMBERS


def test_a_list_that_an_order_leaves_out_is_not_told() -> None:
    """A missing field is null: without a code, none was used."""
    said = {"event_id": "e", "type": "order_placed", "occurred_at": 10**12, "customer_id": "88", "order_id": "1"}
    for codes in ({}, {"discount_codes": ["TEN"]}):
        order = read_order(orjson.dumps({**said, **codes}))
        assert isinstance(order, Order)
        assert said_of(order, 1, ("discount_codes", "lines", "parcels"), uncounted) == codes


def test_values_that_tell_occasions_apart_are_texts_of_a_bounded_length() -> None:
    """5 and "5" are the same; two long ones differ by their hashes."""
    one, other = "x" * 70, "x" * 69 + "y"
    values = [same_value({"properties": {"id": value}}, "properties.id") for value in (5, "5", one, other, one, None)]
    assert values[0] == values[1] == "5"
    assert values[2] == values[4] != values[3]
    assert len(values[2]) < 20
    assert values[5] == ""
