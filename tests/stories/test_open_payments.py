"""An order whose payment is open takes the cart with it, and is waited for; then it is a purchase, or has failed."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from tests.world import Shot, World, ms, rule, rulebook

BROWSE, CART, CHECKOUT, LAPSE = "browse_abandonment", "cart_abandonment", "checkout_abandonment", "lapse"
FAILED = "payment_failed"
OPEN: dict[str, Any] = {"payment_state": "pending"}


def shop(**settings: object) -> World:
    """It speaks of what was left, of what was not paid, and of lapsed customers, each for itself."""
    waits = [rule(BROWSE), rule(CART), rule(CHECKOUT), rule(LAPSE, wait="3d")]
    return World(rulebook(rule(FAILED, wait="0s"), *waits, **settings))


@pytest.fixture
def world() -> World:
    """With the wait of an hour that a rulebook has."""
    return shop()


def test_an_open_payment_ends_what_was_left(world: World) -> None:
    """She has ordered, and is on her bank's page: nobody reminds her of her cart."""
    world.sees("mug").adds("mug").checks_out().after("10m").orders("O1", on_site=False, **OPEN).after("49m")
    assert world.sent() == []
    assert [world.why(kind) for kind in (CART, CHECKOUT)] == [Reason.PAYMENT_PENDING] * 2


def test_a_replay_is_over_when_the_last_open_payment_is(world: World) -> None:
    """Also if nothing else waits."""
    assert world.orders("O1", on_site=False, **OPEN).drain().triggers() == [Shot(FAILED, "v:phone", ms("1h"), ms("1h"))]


def test_of_an_order_of_nothing_no_payment_is_open(world: World) -> None:
    """Some shops call all new orders pending: there is nothing to be paid, and nobody is asked to."""
    world.adds("mug").after("5m").orders("O1", on_site=False, total="0.00", currency="EUR", **OPEN).after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(LAPSE, ms("5m"))]


@pytest.mark.parametrize("pause", ["59m", "60m"], ids=["within", "exactly_at"])
@pytest.mark.parametrize("state", ["paid", "authorized", "offline"])
def test_paid_in_time_it_is_a_purchase_from_its_first_record_on(world: World, pause: str, state: str) -> None:
    """No word of the payment; the lapse counts from the order."""
    world.adds("mug").after("5m").orders("O1", on_site=False, **OPEN).after(pause)
    world.pipe({"type": "order_paid", "order_id": "O1"}, payment_state=state).after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(LAPSE, ms("5m"))]


def test_paid_too_late_what_went_out_is_taken_back(world: World) -> None:
    """A moment after the hour she was told; it is not delivered yet. The purchase counts from its first record."""
    world.adds("mug").after("5m").orders("O1", on_site=False, **OPEN).after("60m 1ms")
    world.pipe({"type": "order_paid", "order_id": "O1"}).after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FAILED, ms("65m")), (LAPSE, ms("5m"))]
    assert world.cancelled() == [FAILED]


def test_a_failing_record_ends_the_waiting(world: World) -> None:
    """The bank has said no after ten minutes: that is when it counts from."""
    world.adds("mug").orders("O1", on_site=False, **OPEN).after("10m")
    world.pipe({"type": "payment_failed", "order_id": "O1"}).after("9d")
    assert [(shot.kind, shot.anchor, shot.due) for shot in world.triggers()] == [(FAILED, ms("10m"), ms("10m"))]


def test_a_record_says_until_when_it_is_waited_for(world: World) -> None:
    """A bank transfer takes three days; that one is late by a day is nothing yet."""
    world.orders("O1", on_site=False, payment_due_at=world.instant("3d"), **OPEN).after("2d")
    assert world.sent() == []
    world.after("1d 1ms")
    assert world.anchors(FAILED) == [ms("3d")]


@pytest.mark.parametrize("due", ["-1d", "-1ms", "900d"])
def test_a_time_that_nobody_can_wait_until_is_none(world: World, due: str) -> None:
    """It has passed, or is years ahead: then the rulebook says."""
    world.after("2d").orders("O1", on_site=False, payment_due_at=world.instant("2d") + ms(due), **OPEN).after("2h")
    assert world.anchors(FAILED) == [ms("2d") + ms("60m")]


def test_a_later_record_that_names_a_time_moves_the_end_and_another_does_not(world: World) -> None:
    """The first is repeated by an update; the second time the shop has given her until the evening."""
    world.orders("O1", on_site=False, **OPEN).after("30m").pipe({"type": "order_updated", "order_id": "O1"}, **OPEN)
    world.orders("O2", on_site=False, **OPEN).after("10m")
    world.pipe({"type": "order_updated", "order_id": "O2"}, payment_due_at=world.instant("8h"), **OPEN).after("9h")
    assert world.anchors(FAILED) == [ms("60m"), ms("8h")]


def test_not_paid_the_cart_is_as_it_was_and_arms_nothing_by_itself(world: World) -> None:
    """Two products come back with their prices; a cart reminder needs a new reason."""
    world.adds("mug", price="5").adds("jug", price="2").after("5m").orders("O1", on_site=False, **OPEN).after("1d")
    assert world.sent() == [FAILED]
    world.adds("pot", price="1").after("61m")
    assert world.sent() == [FAILED, CART]
    assert [line["product_id"] for line in world.fired()[-1]["lines"]] == ["mug", "jug", "pot"]
    assert world.fired()[-1]["value"] == "8.00"


def test_a_cart_that_was_changed_meanwhile_stays_as_it_is(world: World) -> None:
    """She has begun a new one."""
    world.adds("mug").after("5m").orders("O1", on_site=False, **OPEN).after("5m").adds("pot").after("1d")
    assert world.sent() == [FAILED, CART]
    assert [line["product_id"] for line in world.fired()[-1]["lines"]] == ["pot"]


def test_after_another_order_nothing_comes_back(world: World) -> None:
    """She ordered the same anew, and paid."""
    world.adds("mug").after("5m").orders("O1", on_site=False, **OPEN).after("5m").orders("O2", on_site=False)
    world.after("1d").adds("pot").after("2h")
    assert [line["product_id"] for line in world.fired()[-1]["lines"]] == ["pot"]


@pytest.mark.parametrize(("other", "expected"), [("4m", [FAILED]), ("6m", [])], ids=["before_it", "while_it_is_open"])
def test_who_has_bought_under_another_number_is_not_asked_to_pay(other: str, expected: list[str]) -> None:
    """The first try is left open; she begins anew, pays, and later the first one expires."""
    world = World(rulebook(rule(FAILED, wait="10m"), already_converted=True))
    for at, order_id, payment in sorted([(ms("5m"), "O1", OPEN), (ms(other), "O2", {})]):
        world.at_ms(at).orders(order_id, on_site=False, **payment)
    world.at("30m").pipe({"type": "payment_failed", "order_id": "O1"}).after("1d")
    assert world.sent() == expected


def test_a_page_that_thanks_for_an_open_order_begins_no_checkout(world: World) -> None:
    """The step comes a moment later."""
    world.adds("mug").checks_out().after("1m").orders("O1", on_site=False, **OPEN).after("1s").checks_out().after("50m")
    world.pipe({"type": "order_paid", "order_id": "O1"}).after("2h")
    assert world.sent() == []


def test_the_page_that_thanks_does_not_know_whether_it_is_paid(world: World) -> None:
    """A click says that it was placed, before or after the record of the open payment: it has failed all the same."""
    world.adds("mug").orders("O1", on_site=False, **OPEN).after("1s").orders("O1").after("2h")
    world.adds("pot").orders("O2").after("1s").orders("O2", on_site=False, **OPEN).after("2h")
    assert world.anchors(FAILED) == [ms("60m"), ms("2h 1s") + ms("1s") + ms("60m")]


def test_cancelled_while_it_is_open_it_is_waited_for_no_more(world: World) -> None:
    """The shop has cancelled it: nothing failed."""
    world.adds("mug").orders("O1", on_site=False, **OPEN).after("5m")
    world.pipe({"type": "order_cancelled", "order_id": "O1"}).after("1d")
    assert world.sent() == []


def test_what_was_sent_and_is_not_delivered_goes_when_she_orders(world: World) -> None:
    """The reminder was on its way when she came back to pay."""
    world.adds("mug").after("61m").orders("O1", on_site=False, **OPEN)
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.PAYMENT_PENDING


def test_an_open_order_of_a_visitor_is_waited_for_as_the_customer(world: World) -> None:
    """She signs in while her bank thinks."""
    world.adds("mug").orders("O1", on_site=False, visitor_id="phone", **OPEN).after("5m").signs_in("ada").after("2h")
    assert world.triggers() == [(FAILED, "c:ada", ms("60m"), ms("60m"))]


def test_the_record_of_a_test_says_nothing(world: World) -> None:
    """It is ignored, and counted."""
    world.adds("mug").after("1m").orders("O1", on_site=False, test=True).orders("O2", on_site=False, test="true")
    world.after("2h")
    assert world.sent() == [CART]
    assert world.outcomes(Topic.ORDERS) == {"ignored": 2}
    assert world.counts["oddities", "orders", "excluded"] == 2


def test_what_is_told_of_long_ago_is_known_and_nobody_hears_of_it(world: World) -> None:
    """A shop loads its last year: no lapse, no word of payments; a cart that was bought is bought."""
    world.adds("mug").after("1m").orders("O1", on_site=False, backfill=True)
    world.pipe({"type": "payment_failed", "order_id": "O2", "backfill": True}).after("9d")
    assert world.sent() == []


@pytest.mark.parametrize("paid", [True, False])
def test_nobody_waits_for_a_payment_that_is_told_of_long_ago(world: World, paid: bool) -> None:
    """It takes the cart, and is a purchase from its first record on if it was paid; that it was not is no news."""
    world.adds("mug").after("1m").orders("O1", on_site=False, backfill=True, **OPEN).after("10m")
    if paid:
        world.pipe({"type": "order_paid", "order_id": "O1", "backfill": True})
    world.after("1m").visits().after("9d")
    assert world.sent() == []


def test_an_open_payment_that_is_known_when_the_reminder_is_due_takes_it_back_at_once() -> None:
    """Orders are waited for, and so the reminder is late: the order that came meanwhile is no reason to send it."""
    world = World(rulebook(rule(CART), rule(FAILED)), lateness="20m")
    world.adds("mug").advance("70m").orders("O1", on_site=False, **OPEN).advance("15m")
    assert world.sent() == world.cancelled() == [CART]
    assert world.why(CART) is Reason.PAYMENT_PENDING
