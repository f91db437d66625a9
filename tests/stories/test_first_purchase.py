"""First purchase, and the push to a second one: which purchase is the first, and what answers them."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

FIRST, PUSH = "first_purchase", "second_purchase_push"


@pytest.fixture
def world() -> World:
    """A shop that welcomes new buyers after an hour, and asks after a month where they are."""
    return World(rulebook(rule(FIRST), rule(PUSH, wait="30d"), already_converted=True))


@pytest.mark.parametrize("on_site", [True, False])
def test_the_first_purchase_is_told_of_and_the_second_is_not(world: World, on_site: bool) -> None:
    """Both count from the first; that she buys again makes no welcome wrong."""
    world.orders("O1", on_site=on_site).after("10m").orders("O2", on_site=on_site).after("90d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FIRST, 0)]
    assert world.why(PUSH) is Reason.ORDERED
    assert world.cancelled() == []


@pytest.mark.parametrize(
    ("pause", "expected"), [("29d", []), ("30d", []), ("30d 1ms", [PUSH])], ids=["within", "exactly_at", "after"]
)
def test_a_second_purchase_ends_the_push(world: World, pause: str, expected: list[str]) -> None:
    """Until its time, that instant included."""
    world.orders("O1", on_site=False).after(pause).orders("O2", on_site=False).after("90d")
    assert world.sent() == [FIRST, *expected]


def test_both_carry_what_was_bought(world: World) -> None:
    """And not what is in the cart by then."""
    world.orders("O1", on_site=False, lines=[{"product_id": "mug"}]).after("1m").adds("pot").after("60d")
    assert [[line["product_id"] for line in fired["lines"]] for fired in world.fired()] == [["mug"], ["mug"]]


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_an_order_that_is_undone_is_no_first_one(world: World, kind: str) -> None:
    """The next one is; what counted from it ends."""
    world.orders("O1", on_site=False).after("10m").pipe({"type": kind, "order_id": "O1"}).after("10m")
    assert (world.why(FIRST), world.why(PUSH)) == (Reason.ORDER_REVERSED, Reason.ORDER_REVERSED)
    world.orders("O2", on_site=False).after("90d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FIRST, ms("20m")), (PUSH, ms("20m"))]


@pytest.mark.parametrize(("state", "expected"), [("delivered", []), (None, [FIRST])])
def test_what_went_out_before_it_was_undone_is_taken_back(world: World, state: str | None, expected: list[str]) -> None:
    """Unless it was delivered."""
    world.orders("O1", on_site=False).after("2h")
    if state is not None:
        world.settles(FIRST, state)
    world.pipe({"type": "order_cancelled", "order_id": "O1"}).after("1m")
    assert world.cancelled() == expected


def test_a_part_that_is_given_back_undoes_nothing(world: World) -> None:
    """Of twenty euros, five; then the rest, and it is undone."""
    money = {"total": "20.00", "currency": "EUR"}
    world.orders("O1", on_site=False, **money).after("5m")
    world.pipe({"type": "order_refunded", "order_id": "O1", "total": "5.00", "currency": "EUR"}).after("5m")
    assert world.why(PUSH) is None
    world.pipe({"type": "order_refunded", "order_id": "O1", "total": "15.00", "currency": "EUR"}).after("5m")
    assert world.why(PUSH) is Reason.ORDER_REVERSED


def test_who_bought_before_as_a_customer_buys_for_the_second_time_as_a_visitor(world: World) -> None:
    """Her new phone is known an hour later than her order."""
    world.orders("O1", on_site=False, customer_id="ada").after("10d").as_("new").orders("O2").after("30m")
    world.signs_in("ada").after("90d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FIRST, 0)]


def test_an_order_that_is_not_paid_yet_is_the_first_from_its_first_record_on(world: World) -> None:
    """Paid after half an hour."""
    world.orders("O1", on_site=False, payment_state="pending").after("30m")
    world.pipe({"type": "order_paid", "order_id": "O1"}).after("90d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FIRST, 0), (PUSH, 0)]


def test_one_that_was_told_by_the_site_and_not_paid_was_none(world: World) -> None:
    """The page has thanked, and the bank has not paid."""
    world.orders("O1").after("1s").orders("O1", on_site=False, payment_state="pending").after("90d")
    assert world.sent() == []
    assert world.why(PUSH) is Reason.ORDER_REVERSED


def test_one_whose_payment_is_still_open_is_not_spoken_of(world: World) -> None:
    """It may be none."""
    due = world.instant("10d")
    world.orders("O1").after("1s").orders("O1", on_site=False, payment_state="pending", payment_due_at=due).after("2h")
    assert world.sent() == []
    assert world.why(FIRST) is Reason.PAYMENT_PENDING


def test_a_late_record_of_an_earlier_order_makes_that_the_first(world: World) -> None:
    """It was bought yesterday, and is told today."""
    world.after("1d").orders("O2", on_site=False).after("5m").orders("O1", on_site=False, ago="20h").after("90d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(FIRST, ms("1d 5m") - ms("20h"))]
