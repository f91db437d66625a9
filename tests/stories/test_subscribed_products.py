"""Products that a subscription delivers need no reminder, for as long as it is active."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

AGAIN = "replenishment"
ANN: dict[str, Any] = {"visitor_id": None, "customer_id": "ann"}


def shop(**fields: object) -> World:
    """Coffee lasts 30 days, and so does anything else; decaf stands in for coffee."""
    lasts = {"default_cycle": "30d", "substitutes": {"coffee": ["decaf"]}}
    return World(rulebook(rule(AGAIN, **{**lasts, **fields})))


def buys(world: World, day: int, product: str = "coffee", **fields: Any) -> World:
    """On that day ann orders the product."""
    lines = [{"product_id": product}]
    return world.at(f"{day}d" if day else "0s").orders(f"O-{day}", on_site=False, lines=lines, **{**ANN, **fields})


def tells(world: World, type_: str, *products: str, id_: str = "S1", **fields: Any) -> World:
    """The feed says something of a subscription, now."""
    said: dict[str, Any] = {"type": f"subscription_{type_}", "order_id": id_, **ANN, **fields}
    return world.pipe(said | ({"lines": [{"product_id": product} for product in products]} if products else {}))


def days(world: World) -> list[int]:
    """On which days something was due that has fired."""
    return [shot.due // ms("1d") for shot in world.drain().triggers()]


@pytest.mark.parametrize(
    ("at", "expected"),
    [("29d", Reason.SUBSCRIBED), ("30d", Reason.SUBSCRIBED), ("30d 1ms", Reason.DUE)],
    ids=["within", "exactly_at", "after"],
)
def test_a_subscription_that_begins_ends_the_wait(at: str, expected: Reason) -> None:
    """At exactly the due time it comes first; what has fired by then, and is not delivered, is taken back."""
    world = tells(buys(shop(), 0).at(at), "started", "coffee").after("1d")
    assert world.decisions()[0].reason is expected
    assert world.cancelled() == world.sent() == ([AGAIN] if expected is Reason.DUE else [])


def test_what_was_delivered_is_not_taken_back() -> None:
    """It is with the customer."""
    world = buys(shop(), 0).at("31d").settles(AGAIN)
    assert tells(world, "started", "coffee").after("1d").cancelled() == []


@pytest.mark.parametrize("type_", ["started", "renewed", "charge_upcoming", "payment_failed"])
def test_any_record_but_that_it_is_over_shows_that_it_is_active(type_: str) -> None:
    """What is bought besides begins no wait; other products do."""
    world = buys(tells(shop(), type_, "coffee").after("1d"), 2)
    assert days(buys(world, 3, "soap")) == [33]


@pytest.mark.parametrize(
    ("over_at", "expected"),
    [("2d", [32]), ("2d 1ms", [])],
    ids=["over by then", "not yet over"],
)
def test_once_it_is_over_purchases_count_again(over_at: str, expected: list[int]) -> None:
    """Those from then on: of two records of one instant the first in the order of events. One that was bought while it
    was active is not waited for, although it is over when that one is used up."""
    world = tells(tells(shop(), "started", "coffee").at(over_at), "cancelled")
    assert days(world.orders("O", on_site=False, ago=world_ago(over_at), lines=[{"product_id": "coffee"}], **ANN)) == (
        expected
    )


def world_ago(over_at: str) -> str:
    """The purchase stands at two days exactly."""
    return "0s" if over_at == "2d" else "1ms"


@pytest.mark.parametrize(("type_", "expected"), [("started", []), ("renewed", []), ("charge_upcoming", [34])])
def test_one_that_is_over_begins_again_only_if_that_is_said(type_: str, expected: list[int]) -> None:
    """With the products that it had."""
    world = tells(tells(shop(), "started", "coffee").after("1d"), "cancelled").after("1d")
    assert days(buys(tells(world, type_).after("1d"), 4)) == expected


def test_of_two_subscriptions_one_is_enough() -> None:
    """Each is known by its id."""
    world = tells(tells(shop(), "started", "coffee"), "started", "coffee", id_="S2").after("1d")
    assert days(buys(tells(world, "cancelled").after("1d"), 3)) == []
    assert days(buys(tells(world, "cancelled", id_="S2"), 300)) == [330]


def test_a_record_that_names_products_says_all_of_them() -> None:
    """What is not among them any more is bought elsewhere."""
    world = tells(tells(shop(), "started", "coffee", "soap").after("1d"), "renewed", "soap").after("1d")
    assert days(buys(buys(world, 3), 4, "soap")) == [33]


def test_a_substitute_subscribed_is_no_answer_until_it_is_delivered() -> None:
    """Its delivery is an order."""
    world = tells(buys(shop(), 0), "started", "decaf")
    assert days(world) == [30]
    world = buys(tells(buys(shop(), 0), "started", "decaf"), 3, "decaf", channel="subscription")
    assert days(world) == []


def test_an_order_that_is_paid_late_is_answered_by_what_was_active_meanwhile() -> None:
    """It counts from when it was placed, and by then the customer was about to be supplied."""
    world = buys(shop(), 0, payment_state="pending", payment_due_at=1_750_000_000_000 + ms("20d"))
    world = tells(tells(world.at("2d"), "started", "coffee").at("4d"), "cancelled").at("5d")
    assert days(world.pipe({"type": "order_paid", "order_id": "O-0", **ANN})) == []


def test_a_sign_in_brings_the_subscription() -> None:
    """What the device waited for is over."""
    world = tells(shop(), "started", "coffee").after("1d").visits()
    world.orders("O1", on_site=False, lines=[{"product_id": "coffee"}]).after("1d").signs_in("ann").drain()
    assert world.sent() == []
    assert world.why(AGAIN) is Reason.SUBSCRIBED


def test_a_backfilled_subscription_counts() -> None:
    """It builds state, as all that is loaded from before."""
    assert days(buys(tells(shop(), "started", "coffee", backfill=True).after("1d"), 2)) == []


def test_twenty_subscriptions_are_known_and_those_that_are_over_go_first() -> None:
    """What is cut is counted."""
    world = tells(tells(shop(), "started", "coffee"), "started", "soap", id_="over")
    tells(world.after("1d"), "cancelled", id_="over")
    for number in range(19):
        tells(world.after("1m"), "started", f"p{number}", id_=f"T{number}")
    assert days(buys(buys(world, 3), 4, "soap")) == [34]
    assert world.counts["cut", "subscriptions"] == 1


def test_a_late_record_says_no_more_than_its_products() -> None:
    """What is later stands."""
    world = tells(tells(shop(), "started", "coffee").at("5d"), "cancelled").at("6d")
    tells(world, "renewed", occurred_at=world.instant("2d"))
    assert days(buys(world, 7)) == [37]
    world = tells(tells(shop().at("5d"), "renewed").at("6d"), "started", "coffee", occurred_at=1_750_000_000_000)
    assert days(buys(world, 7)) == []
