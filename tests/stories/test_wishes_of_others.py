"""A wish to be forgotten, or to hear nothing, is of whoever held the device when it was said, and of nobody else."""

import pytest

from schemas.outcomes.decisions import Verdict
from tests.world import World, rule, rulebook

BROWSE, CART, INACTIVITY = "browse_abandonment", "cart_abandonment", "inactivity"


def shop(kind: str, **more: str) -> World:
    """With one rule, in which refusals count."""
    return World(rulebook(rule(kind, **more), consent="opt_out"))


def lent(world: World) -> World:
    """Ada's phone, which is Bea's three hours later."""
    return world.as_("phone").signs_in("ada").after("3h").signs_in("bea").after("1m")


def erased(world: World) -> set[str]:
    """Whose erasure has been confirmed."""
    return {decision.profile for decision in world.decisions() if decision.verdict is Verdict.ERASED}


def ada_is_erased(world: World) -> World:
    """She asks by mail."""
    return world.asks_for_erasure(customer_id="ada", visitor_id=None)


def test_what_bea_does_on_adas_old_phone_survives_adas_wish() -> None:
    """Her item of just before the wish arrives behind it."""
    world = lent(shop(CART))
    ada_is_erased(world).adds("mug", ago="1s").drain()
    assert world.sent() == [CART]


def test_what_bea_buys_on_adas_old_phone_survives_adas_wish() -> None:
    """So she is not reminded of what she has paid for."""
    world = lent(shop(CART)).adds("mug").after("1m")
    ada_is_erased(world).orders(ago="1s").drain()
    assert world.sent() == []


def test_beas_running_visit_survives_adas_wish() -> None:
    """What she has looked at is hers."""
    world = lent(shop(BROWSE)).sees("mug").after("1m")
    ada_is_erased(world).drain()
    assert world.sent() == [BROWSE]


def test_an_old_wish_that_is_delivered_again_leaves_the_running_visit() -> None:
    """It has been granted; she has come back since."""
    world = shop(BROWSE).asks_for_erasure(event_id="wish").after("1h").opts_in().after("1h").sees("mug").after("1m")
    world.pipe({"type": "erasure_requested"}, event_id="wish", ago="2h 1m").drain()
    assert world.sent() == [BROWSE]


@pytest.mark.parametrize(("ago", "who"), [("30m", "c:ada"), ("30s", "c:bea")])
def test_a_wish_by_a_device_is_of_whoever_held_it_then(ago: str, who: str) -> None:
    """Before the hand-over it was Ada's, after it Bea's, whenever the wish arrives."""
    world = lent(shop(CART)).asks_for_erasure(ago=ago)
    assert {name for name in erased(world) if name.startswith("c:")} == {who}


@pytest.mark.parametrize(("ago", "sent"), [("30m", []), ("30s", [CART])])
def test_adas_late_consent_lifts_no_refusal_of_beas(ago: str, sent: list[str]) -> None:
    """Only her own does, by the time at which it was given."""
    world = shop(CART).opts_out(customer_id="bea", visitor_id=None).after("1m")
    lent(world).adds("mug").after("1m").opts_in(ago=ago).drain()
    assert world.sent() == sent


@pytest.mark.parametrize("clicks_first", [True, False])
def test_a_wish_reaches_the_customer_also_where_the_sign_in_arrives_behind_it(clicks_first: bool) -> None:
    """Ada's laptop has a cart; her phone signs in and asks a second later, in either order of arrival."""
    world = shop(CART).as_("laptop").signs_in("ada").adds("mug").after("1m").as_("phone")
    if clicks_first:
        world.signs_in("ada", ago="1s")
    world.asks_for_erasure()
    if not clicks_first:
        world.signs_in("ada", ago="1s")
    world.drain()
    assert (world.sent(), erased(world)) == ([], {"v:phone", "v:laptop", "c:ada"})


def test_an_opt_out_that_names_both_holds_for_both() -> None:
    """Nobody knows yet that the phone is Ada's: its cart is not mailed all the same."""
    world = shop(CART).as_("phone").adds("mug").after("1m").opts_out(customer_id="ada", visitor_id="phone").drain()
    assert world.sent() == []


def test_an_erasure_that_names_both_holds_for_both() -> None:
    """Each confirms it."""
    world = shop(CART).as_("phone").adds("mug").after("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id="phone").drain()
    assert (world.sent(), erased(world)) == ([], {"v:phone", "c:ada"})


@pytest.mark.parametrize("first", [True, False])
def test_an_old_link_that_comes_again_or_late_leaves_nobody_present(first: bool) -> None:
    """The order that once linked the phone to Ada arrives while Bea is there: Ada is inactive all the same."""
    order = {"type": "order_placed", "order_id": "O1"}
    world = shop(INACTIVITY, wait="2d").as_("phone")
    if first:
        world.pipe(order, event_id="order", customer_id="ada", visitor_id="phone")
    world.after("3h").as_("laptop").signs_in("ada").after("1h").as_("phone").signs_in("bea").after("3h").visits()
    world.after("1m").pipe(order, event_id="order", ago="7h 1m", customer_id="ada", visitor_id="phone")
    world.after("20d").drain()
    assert sorted(fired["profile"] for fired in world.fired()) == ["c:ada", "c:bea"]
