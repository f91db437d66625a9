"""Refunds as shops tell them: products without a price, lines one by one, before the order, in another currency."""

from itertools import permutations
from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import BEGINNING_MS, World, rule, rulebook

Json = dict[str, Any]
POST, ASKED = "post_purchase", "sequence"
LINES: list[Json] = [
    {"product_id": "mug", "quantity": 2, "unit_price": "10.00"},
    {"product_id": "pot", "unit_price": "30.00"},
]
PLACED: Json = {"type": "order_placed", "lines": LINES, "total": "55.00", "shipping": "5.00", "currency": "EUR"}
POT, MUG, MUGS = ({"product_id": "pot"}, {"product_id": "mug"}, {"product_id": "mug", "quantity": 2})


def shop(condition: str) -> World:
    """It asks what somebody has spent, and how the order was."""
    asked = rule(ASKED, wait="0s", after={"event": "custom:called"}, **{"if": condition})
    return World(rulebook(asked, rule(POST, wait="2d"), currency="EUR"))


def told(world: World, *records: Json) -> World:
    """These records of one order come in this order."""
    for record in records:
        world.pipe({"order_id": "O1", "customer_id": "ada", **record})
    return world


def timed(*records: Json) -> list[Json]:
    """Each with its own time, whenever it comes: a millisecond after the one before, and just before now."""
    return [{**record, "occurred_at": BEGINNING_MS - 10 + place} for place, record in enumerate(records)]


def refund(*lines: Json, **fields: Any) -> Json:
    """What was given back: products, an amount, or both."""
    return {"type": "order_refunded", **({"lines": list(lines)} if lines else {}), **fields}


def holds(world: World) -> bool:
    """Whether the condition holds of her now."""
    world.after("1h").pipe({"type": "custom", "name": "called", "customer_id": "ada"}).after("1ms")
    return world.sent() == [ASKED]


@pytest.mark.parametrize(
    ("refunds", "left"),
    [
        ([refund(POT)], "25.00"),
        ([refund(MUG)], "45.00"),
        ([refund(MUG), refund(MUG)], "35.00"),
        ([refund(MUG, POT)], "15.00"),
        ([refund({**POT, "quantity": -1})], "25.00"),
        ([refund({**POT, "unit_price": "12.00"})], "43.00"),
        ([refund(POT, total="7.00", currency="EUR")], "48.00"),
        ([refund({"product_id": "jug"})], "55.00"),
    ],
)
def test_a_product_that_went_back_is_off_by_what_it_cost(refunds: list[Json], left: str) -> None:
    """Analytics name the product and how many, and no price; a price or an amount that is named counts before."""
    for order in permutations(timed(PLACED, *refunds)):
        assert holds(told(shop(f'person.spend_in("1d") == {left}'), *order)), order


@pytest.mark.parametrize(
    ("refunds", "expected"),
    [
        ([refund(MUGS, POT)], []),
        ([refund(POT), refund(MUG), refund(MUG)], []),
        ([refund(*LINES, total="50.00", currency="EUR")], []),
        ([refund(MUG, POT)], [POST]),
        ([refund(MUGS)], [POST]),
        ([refund(*LINES, total="49.99", currency="EUR")], [POST]),
    ],
)
def test_an_order_of_which_all_products_went_back_is_none(refunds: list[Json], expected: list[str]) -> None:
    """Though its shipping was kept: nobody is asked how it is. What went back for less was not all."""
    world = told(shop("false"), PLACED).after("1h")
    assert told(world, *refunds).after("9d").sent() == expected
    assert world.why(POST) is (Reason.DUE if expected else Reason.ORDER_REVERSED)


@pytest.mark.parametrize("kind", ["order_updated", "order_paid", "order_delivered"])
@pytest.mark.parametrize("state", ["refunded", "wc-refunded", "FULLY_REFUNDED", "FullyRefunded"])
def test_an_order_of_which_a_status_says_that_all_was_paid_back_is_none(kind: str, state: str) -> None:
    """WooCommerce tells of a refund in no other way; what is in the record is what was ordered."""
    world = told(shop('person.spend_in("1d") == 0'), PLACED).after("1h")
    assert holds(told(world, {**PLACED, "type": kind, "payment_state": state}))
    assert world.after("9d").sent() == [ASKED]
    assert world.why(POST) is Reason.ORDER_REVERSED


@pytest.mark.parametrize("state", ["partially_refunded", "PARTIALLY_REFUNDED", "refunded_partially"])
def test_an_order_of_which_some_was_paid_back_is_one(state: str) -> None:
    """How much that is the status does not say."""
    world = told(shop("false"), {**PLACED, "payment_state": "pending"})
    assert told(world, {"type": "order_updated", "payment_state": state}).after("9d").sent() == [POST]


def test_an_order_whose_lines_are_not_all_known_is_not_all_back() -> None:
    """Of sixty products fifty are kept."""
    lines = [{"product_id": f"p{number}"} for number in range(60)]
    world = told(shop("false"), {**PLACED, "lines": lines}, refund(*lines[:50]))
    assert world.after("9d").sent() == [POST]


UPDATED: Json = {"type": "order_updated", "total": "1250.00", "currency": "CZK"}


@pytest.mark.parametrize(
    ("records", "condition"),
    [
        ([PLACED, UPDATED], 'person.spend_in("1d") == null'),
        ([PLACED, UPDATED, {**UPDATED, "total": "50.00", "currency": "EUR"}], 'person.spend_in("1d") == 50'),
        ([PLACED, {**UPDATED, "type": "order_paid"}], 'person.spend_in("1d") == 55'),
        ([PLACED, refund(total="10.00", currency="CZK")], 'person.spend_in("1d") == null && person.orders == 1'),
        ([{**PLACED, "total": None}, {**PLACED, "total": None, "currency": "CZK"}], 'person.spend_in("1d") == null'),
    ],
)  # fmt: skip
def test_money_of_two_currencies_is_not_one_sum(records: list[Json], condition: str) -> None:
    """An order that was changed to crowns costs no thousand euros, and ten crowns back are not ten euros."""
    for order in permutations(timed(*records)):
        assert holds(told(shop(condition), *order)), order


def test_the_later_update_stands_whichever_is_told_first() -> None:
    """Its total, too, if it names no products."""
    updates = [{"type": "order_updated", "total": total} for total in ("40.00", "30.00")]
    for order in permutations(timed(PLACED, *updates)):
        assert holds(told(shop('person.spend_in("1d") == 30'), *order)), order


@pytest.mark.parametrize(("others", "expected"), [([], []), ([{**PLACED, "lines": [], "total": None}], [POST])])
def test_where_a_record_that_placed_it_names_no_products_not_all_are_known_to_be_back(
    others: list[Json], expected: list[str]
) -> None:
    """A marketplace splits the order, and one of the parts does not say what is in it: that may be on its way still."""
    world = told(shop("true"), *timed({**PLACED, "total": None}, *others, refund(MUGS, POT)))
    assert world.after("3d").sent() == expected
