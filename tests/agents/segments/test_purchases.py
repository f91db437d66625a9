"""What becomes of an order, by all that its records say."""

from itertools import permutations

import orjson
import pytest

from agents.segments.purchases import RECORDS_MAX, LeftOut, Purchase, Purchases, Skipped
from schemas.base import instant_of
from schemas.events.orders import Order
from schemas.reading.wire import read_order
from tests.agents.replay.recorded import BEGUN, DAY, HOUR, Json

ADA = {"customer_id": "ada"}


def record(event: str, at: int = BEGUN, type_: str = "order_placed", **more: object) -> Json:
    """One record of order 1, Ada's."""
    return {"event_id": event, "type": type_, "order_id": "1", "occurred_at": at} | ADA | more


def line(price: str | None, quantity: int = 1) -> Json:
    """A line of an order."""
    return {"product_id": "p1", "quantity": quantity} | ({} if price is None else {"unit_price": price})


def became(*records: Json) -> Purchase | LeftOut:
    """What became of the one order of these records, in whatever order they come and though each comes twice."""
    outcomes = set()
    for arrival in permutations(records):
        purchases = Purchases()
        for one in (*arrival, *arrival):
            order = read_order(orjson.dumps(one))
            assert isinstance(order, Order)
            purchases.take(order, instant_of(one["occurred_at"]))
        outcomes.add(next(purchases.settled()))
    (outcome,) = outcomes
    return outcome


def amount(*records: Json) -> int | None:
    """What the purchase of these records comes to, in minor units."""
    outcome = became(*records)
    assert isinstance(outcome, Purchase)
    return outcome.amount


def test_an_order_placed_is_a_purchase_at_its_time() -> None:
    """With its total, in minor units of its currency."""
    placed = record("e1", total="19.90", currency="EUR")
    assert became(placed) == Purchase("ada", BEGUN, 1990, "EUR")


def test_the_first_record_is_the_purchase() -> None:
    """Whatever its type, and whichever comes first: the order was paid before anybody said that it was placed."""
    placed, paid = record("e1", BEGUN + HOUR, total=5, currency="EUR"), record("e2", BEGUN, "order_paid")
    assert became(paid, placed) == Purchase("ada", BEGUN, 500, "EUR")


@pytest.mark.parametrize("before", ["paid", "authorized", None])
def test_what_was_paid_and_is_voided_then_is_cancelled(before: str | None) -> None:
    """Whatever is told of it afterwards."""
    paid = record("e1", payment_state=before, total=5, currency="EUR")
    voided = record("e2", BEGUN + HOUR, "order_updated", payment_state="voided")
    for later in ([], [record("e3", BEGUN + DAY, "order_updated")], [record("e3", BEGUN + DAY, "order_paid")]):
        assert became(paid, voided, *later) is LeftOut.CANCELLED


@pytest.mark.parametrize("state", ["pending", "failed", "expired", "voided"])
def test_an_order_that_is_not_paid_is_none(state: str) -> None:
    """Until a later record says otherwise: then it counts from its first."""
    open_ = record("e1", payment_state=state, total=5, currency="EUR")
    assert became(open_) is LeftOut.NOT_PAID
    assert became(open_, record("e2", BEGUN + DAY, "order_paid")) == Purchase("ada", BEGUN, 500, "EUR")
    paid = record("e0", BEGUN - HOUR, "order_paid", payment_state="paid", total=5, currency="EUR")
    still = Purchase("ada", BEGUN - HOUR, 500, "EUR")  # who has paid does not owe again
    ended = {"pending": still, "expired": still, "failed": LeftOut.NOT_PAID, "voided": LeftOut.CANCELLED}
    assert became(paid, open_) == ended[state]
    assert became(open_, record("e2", BEGUN + DAY, "payment_failed")) is LeftOut.NOT_PAID


@pytest.mark.parametrize("state", ["authorized", "paid", "offline"])
def test_a_bank_transfer_on_its_way_is_a_purchase(state: str) -> None:
    """So is what is authorized or paid."""
    assert isinstance(became(record("e1", payment_state=state)), Purchase)


def test_a_cancelled_order_is_none() -> None:
    """Nor is one of which only the cancellation is known."""
    cancelled = record("e2", BEGUN + HOUR, "order_cancelled")
    assert became(record("e1"), cancelled) is LeftOut.CANCELLED
    assert became(cancelled) is LeftOut.NOT_PLACED


@pytest.mark.parametrize(
    ("refund", "left"),
    [
        ({"total": "-5.00", "currency": "EUR"}, 1490),
        ({"total": "5.00", "currency": "EUR"}, 1490),
        ({"total": "19.89", "currency": "EUR"}, 1),
        ({"lines": [line("5.00", 2)], "currency": "EUR"}, 990),
        ({"lines": [line(None)]}, 1990),  # nobody can tell how much
    ],
)
def test_what_is_refunded_in_part_no_longer_counts(refund: Json, left: int) -> None:
    """By its total, with either sign, or by its lines."""
    assert (
        amount(record("e1", total="19.90", currency="EUR"), record("e2", BEGUN + 1, "order_refunded", **refund)) == left
    )


@pytest.mark.parametrize("refund", [{}, {"total": "19.90", "currency": "EUR"}, {"total": -20, "currency": "EUR"}])
def test_what_is_refunded_in_full_is_no_purchase(refund: Json) -> None:
    """All of it, more than that, or without a word how much."""
    placed = record("e1", total="19.90", currency="EUR")
    assert became(placed, record("e2", BEGUN + 1, "order_refunded", **refund)) is LeftOut.REFUNDED


@pytest.mark.parametrize(
    ("kind", "total", "left"),
    [("order_updated", 1250, 125000), ("order_refunded", 10, None), ("order_paid", 1250, 2000)],
)
def test_money_of_two_currencies_is_not_one_sum(kind: str, total: int, left: int | None) -> None:
    """An update stands for the order, and a refund in crowns leaves nobody knows how many euros."""
    placed = record("e1", total=20, currency="EUR")
    outcome = became(placed, record("e2", BEGUN + 1, kind, total=total, currency="CZK"))
    assert isinstance(outcome, Purchase)
    assert (outcome.amount, outcome.currency) == (left, "CZK" if kind == "order_updated" else "EUR")


def test_two_refunds_of_a_half_are_a_whole() -> None:
    """Each event counts once, though each is told twice."""
    placed = record("e1", total=20, currency="EUR")
    halves = [record(f"r{n}", BEGUN + n, "order_refunded", total=10, currency="EUR") for n in (1, 2)]
    assert amount(placed, halves[0]) == 1000
    assert became(placed, *halves) is LeftOut.REFUNDED


def test_a_free_order_is_a_purchase() -> None:
    """Of nothing; one that says nothing of money is of an unknown amount."""
    assert amount(record("e1", total=0, currency="EUR")) == 0
    assert amount(record("e1")) is None
    assert amount(record("e1", lines=[line("5.00"), line(None)])) is None


def test_lines_speak_where_no_total_does() -> None:
    """Price times quantity."""
    assert amount(record("e1", lines=[line("5.00", 2), line("0.50")], currency="EUR")) == 1050


def test_a_feed_of_a_record_a_line_adds_up() -> None:
    """With or without the total of each; a total that is the same in all of them is that of the whole."""
    one: Json = {"lines": [line("5.00")], "currency": "EUR"}
    other: Json = {"lines": [line("7.00")], "currency": "EUR"}
    assert amount(record("e1", **one), record("e2", **other)) == 1200
    assert amount(record("e1", **one, total=5), record("e2", **other, total=7)) == 1200
    assert amount(record("e1", **one, total=5), record("e2", **one, total=5)) == 1000
    assert amount(record("e1", **one, total=13), record("e2", **other, total=13)) == 1300


def test_an_update_replaces_what_was_placed() -> None:
    """The latest of them by its time; a shipment of a part does not."""
    placed = record("e1", total=20, currency="EUR")
    updates = [record(f"u{n}", BEGUN + n, "order_updated", total=20 - n, currency="EUR") for n in (1, 2)]
    shipped = record("s1", BEGUN + 9, "order_shipped", lines=[line("1.00")], currency="EUR")
    assert amount(placed, *updates, shipped) == 1800
    assert amount(shipped) == 100


def test_an_order_belongs_to_the_first_customer_it_names() -> None:
    """Though the record that placed it names a visitor only; without any it is left out."""
    visitors = record("e1", customer_id=None, visitor_id="v1")
    assert became(visitors) is LeftOut.WITHOUT_CUSTOMER
    assert became(visitors, record("e2", BEGUN + 1, "order_paid")) == Purchase("ada", BEGUN, None, None)


def test_an_order_id_is_its_stores() -> None:
    """Two shops that count alike have two orders."""
    purchases = Purchases()
    for store in ("north", "south"):
        order = read_order(orjson.dumps(record("e1", store=store)))
        assert isinstance(order, Order)
        assert purchases.take(order, BEGUN) is None
    assert len(list(purchases.settled())) == 2


def test_records_of_one_order_have_an_end() -> None:
    """As many as an order has lines; the next one is cut, and said so."""
    purchases, said = Purchases(), []
    for number in range(RECORDS_MAX + 1):
        order = read_order(orjson.dumps(record(f"e{number}", total=1, currency="EUR", lines=[line("1.00")])))
        assert isinstance(order, Order)
        said.append(purchases.take(order, BEGUN))
    assert said == [None] * RECORDS_MAX + [Skipped.CUT]
    assert next(purchases.settled()) == Purchase("ada", BEGUN, RECORDS_MAX * 100, "EUR")
