"""Payment failed: who ordered, and has not paid, is told; what answers it, and the ladder."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

CART, CHECKOUT, FAILED = "cart_abandonment", "checkout_abandonment", "payment_failed"
OPEN: dict[str, Any] = {"payment_state": "pending"}
LINES = [{"product_id": "mug", "quantity": 2, "unit_price": "5.00"}, {"product_id": "jug", "unit_price": "1.00"}]


@pytest.fixture
def world() -> World:
    """A shop that says it half an hour after the failure."""
    return World(rulebook(rule(FAILED, wait="30m")))


@pytest.mark.parametrize("state", ["failed", "expired", "voided", " Failed"])
def test_a_payment_that_failed_is_told_of(world: World, state: str) -> None:
    """Also where nobody had heard of the order; with what was ordered."""
    world.orders("O1", on_site=False, payment_state=state, lines=LINES, currency="EUR").after("1d")
    assert [(shot.anchor, shot.due) for shot in world.triggers()] == [(0, ms("30m"))]
    (fired,) = world.fired()
    assert [(line["product_id"], line["quantity"]) for line in fired["lines"]] == [("mug", 2), ("jug", 1)]
    assert (fired["value"], fired["currency"]) == ("11.00", "EUR")


@pytest.mark.parametrize(
    ("pause", "expected"), [("29m", []), ("30m", []), ("30m 1ms", [FAILED])], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize("order_id", ["O1", "O2"], ids=["it_is_paid", "another_order"])
def test_a_payment_and_another_order_end_it(world: World, pause: str, expected: list[str], order_id: str) -> None:
    """At the due time, too."""
    world.orders("O1", on_site=False, payment_state="failed").after(pause)
    world.orders(order_id, on_site=False, payment_state="paid").after("1d")
    assert world.sent() == world.cancelled() == expected
    assert world.why(FAILED) is Reason.ORDERED


def test_a_second_attempt_is_waited_for(world: World) -> None:
    """She tries again with another card, which fails too: that is when it counts from."""
    world.orders("O1", on_site=False, payment_state="failed").after("10m").orders("O1", on_site=False, **OPEN)
    world.after("1m")
    assert world.why(FAILED) is Reason.PAYMENT_PENDING
    world.after("5m").pipe({"type": "payment_failed", "order_id": "O1"}).after("1d")
    assert world.anchors(FAILED) == [ms("16m")]


def test_a_repeated_failure_is_none(world: World) -> None:
    """The shop says it every hour."""
    for _ in range(4):
        world.pipe({"type": "payment_failed", "order_id": "O1"}).after("1h")
    assert world.anchors(FAILED) == [0]


def test_who_has_paid_does_not_owe_again_because_a_record_says_less(world: World) -> None:
    """The records of one second, in any order of their ids."""
    world.orders("O1", on_site=False, payment_state="paid", event_id="a")
    world.orders("O1", on_site=False, event_id="b", **OPEN).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("before", [{"payment_state": "paid"}, {"payment_state": "authorized"}, {}])
@pytest.mark.parametrize("state", ["voided", "wc-cancelled"])
def test_what_was_paid_and_is_called_off_has_not_failed(before: dict[str, str], state: str) -> None:
    """Shops tell of a cancellation by the payment, too: nobody is asked to pay, or how it was."""
    world = World(rulebook(rule(FAILED, wait="0s"), rule("post_purchase", wait="1d")))
    world.orders("O1", on_site=False, **before).after("1h")
    world.pipe({"type": "order_updated", "order_id": "O1", "payment_state": state}).after("9d")
    assert world.sent() == []
    assert world.why("post_purchase") is Reason.ORDER_REVERSED


@pytest.mark.parametrize(("before", "expected"), [("paid", []), ("pending", [FAILED])])
def test_who_has_paid_has_paid_though_another_try_expires(world: World, before: str, expected: list[str]) -> None:
    """She had opened the page of payment twice; the second one ends a day later."""
    world.orders("O1", on_site=False, payment_state=before).after("59m")
    world.pipe({"type": "order_updated", "order_id": "O1", "payment_state": "expired"}).after("1d")
    assert world.sent() == expected


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_an_order_that_is_undone_ends_it(world: World, kind: str) -> None:
    """There is nothing to be paid."""
    world.orders("O1", on_site=False, payment_state="failed").after("10m").pipe({"type": kind, "order_id": "O1"})
    world.after("1d")
    assert world.sent() == []
    assert world.why(FAILED) is Reason.ORDER_REVERSED


def test_it_is_the_deepest_rung_of_the_ladder() -> None:
    """The failed payment speaks, and the cart and the checkout beside it do not."""
    world = World(rulebook(rule(CART), rule(CHECKOUT), rule(FAILED, wait="2h"), ladder=True))
    world.adds("mug").checks_out().after("5m").orders("O1", on_site=False, payment_state="failed").after("1d")
    assert world.sent() == [FAILED]
    assert {world.why(CART), world.why(CHECKOUT)} == {Reason.DEEPER_STAGE}


def test_a_payment_that_a_visitor_owes_and_the_customer_has_made(world: World) -> None:
    """The same order, told by visitor and by customer, before it is known that they are one."""
    world.orders("O1", on_site=False, visitor_id="phone", payment_state="failed").after("1m")
    world.orders("O1", on_site=False, customer_id="ada", payment_state="paid").after("1m").signs_in("ada").after("1d")
    assert world.sent() == []
