"""Somebody else buys on her device: she hears nothing of what was left there, and has bought nothing."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

BROWSE, CART, CHECKOUT = "browse_abandonment", "cart_abandonment", "checkout_abandonment"
EXIT, LAPSE, INACTIVE = "exit_intent", "lapse", "inactivity"
BOB = {"visitor_id": "phone", "customer_id": "bob"}


@pytest.fixture
def world() -> World:
    """A shop that speaks of everything but exits, of each for itself; the phone is ada's."""
    waiting = [rule(BROWSE), rule(CART), rule(CHECKOUT), rule(LAPSE, wait="3d"), rule(INACTIVE, wait="2d")]
    return World(rulebook(*waiting)).signs_in("ada")


def of_ada(world: World) -> list[str]:
    """The kinds of what ada was sent."""
    return [shot.kind for shot in world.triggers() if shot.person == "c:ada"]


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
@pytest.mark.parametrize(
    ("pause", "expected"), [("59m", []), ("60m", []), ("60m 1ms", [CART])], ids=["within", "exactly_at", "after"]
)
def test_a_purchase_under_another_name_ends_her_cart(
    world: World, pause: str, expected: list[str], on_site: bool
) -> None:
    """She checked out with another address."""
    world.adds("mug").after(pause).orders(on_site=on_site, **BOB).after("90m")
    assert of_ada(world) == world.cancelled() == expected
    assert world.why(CART) is Reason.ORDERED


def test_it_ends_her_checkout_and_her_browsing_too(world: World) -> None:
    """What was left on that device is bought."""
    world.sees("mug").after("31m").checks_out().after("5m").orders(on_site=False, **BOB).after("1d")
    assert of_ada(world) == []
    assert (world.why(BROWSE), world.why(CHECKOUT)) == (Reason.ORDERED, Reason.ORDERED)


def test_it_is_no_order_and_no_activity_of_hers(world: World) -> None:
    """Her silence goes on, and so does the time since her own order; bob's begin."""
    world.orders().after("1d").orders(on_site=False, **BOB).after("9d")
    assert [(shot.kind, shot.person, shot.anchor) for shot in world.triggers() if shot.kind == LAPSE] == [
        (LAPSE, "c:ada", 0),
        (LAPSE, "c:bob", ms("1d")),
    ]
    assert (INACTIVE, "c:ada", 0) in [(shot.kind, shot.person, shot.anchor) for shot in world.triggers()]


def test_it_takes_back_no_lapse_of_hers() -> None:
    """She was told that she has been missed; that bob bought changes nothing."""
    world = World(rulebook(rule(LAPSE, wait="3d"), already_converted=True)).signs_in("ada")
    world.orders().after("4d").orders(on_site=False, **BOB).after("1m")
    assert world.sent() == [LAPSE]
    assert world.cancelled() == []


@pytest.mark.parametrize("state", ["delivered", None])
def test_one_that_comes_late_takes_back_what_it_would_have_prevented(world: World, state: str | None) -> None:
    """Delivered or not, as her own would."""
    world.adds("mug").after("3h")
    if state is not None:
        world.settles(CART, state)
    world.orders(on_site=False, ago="150m", **BOB).after("1m")
    assert of_ada(world) == world.cancelled() == [CART]
    assert world.why(CART) is Reason.LATE_ORDER


@pytest.mark.parametrize("again", ["in another visit", "after a third name"])
def test_what_she_puts_in_afterwards_is_a_new_cart(world: World, again: str) -> None:
    """Her name is news in another visit, and after somebody else's. Also when the feed repeats bob's order, or has news
    of it."""
    world.adds("mug").orders("O1", on_site=False, **BOB)
    if again == "in another visit":
        world.after("30m 1ms")
    else:
        world.after("1m").visits(customer_id="cem").after("1m")
    put_in = world.clock
    world.adds("pot", customer_id="ada").after("5m")
    world.pipe({"type": "order_shipped", "order_id": "O1", **BOB}).after("90m")
    assert [(shot.kind, shot.person, shot.anchor) for shot in world.triggers()] == [(CART, "c:ada", put_in)]
    assert [line["product_id"] for line in world.fired()[0]["lines"]] == ["pot"]


@pytest.mark.parametrize("pause", ["1m", "30m"], ids=["within", "exactly_at"])
def test_for_the_rest_of_the_visit_the_device_is_bobs(world: World, pause: str) -> None:
    """That its clicks go on to name her, as those before his order did, is no news: what is put in is his."""
    world.adds("mug").orders("O1", on_site=False, **BOB).after(pause).adds("pot", customer_id="ada").after("5m")
    world.pipe({"type": "order_shipped", "order_id": "O1", **BOB}).after("90m")
    assert [(shot.kind, shot.person, shot.anchor) for shot in world.triggers()] == [(CART, "c:bob", ms(pause))]
    assert [line["product_id"] for line in world.fired()[0]["lines"]] == ["pot"]


def test_the_thank_you_page_may_still_have_her_name(world: World) -> None:
    """The page knows her, whatever the order says."""
    world.adds("mug").after("5m").orders(on_site=False, **BOB).after("1s").checks_out(customer_id="ada").after("1d")
    assert CHECKOUT not in world.sent()


def test_an_exit_after_it_is_not_answered() -> None:
    """The session has its order."""
    world = World(rulebook(rule(EXIT))).signs_in("ada")
    world.adds("mug").orders(on_site=False, **BOB).after("1s").adds("pot", customer_id="ada").moves_to_leave()
    assert world.why(EXIT) is Reason.ORDERED_IN_SESSION


def test_the_order_may_come_before_we_know_whose_the_device_is() -> None:
    """Orders are ahead, clicks are behind: the name comes later and is earlier."""
    world = World(rulebook(rule(CART)), lateness="5m")
    world.as_("laptop").signs_in("ada").adds("mug").after("10m").as_("phone")
    world.orders(on_site=False, **BOB).signs_in("ada", ago="1m").after("1d")
    assert world.sent() == []


def test_bobs_own_cart_is_bought_by_him_alone(world: World) -> None:
    """Nothing is told twice where the device is his already."""
    world.as_("tablet").signs_in("bob").adds("cup").after("1m")
    world.orders(on_site=False, visitor_id="tablet", customer_id="bob").after("90m")
    assert CART not in world.sent()
    assert [d.reason for d in world.decisions() if d.kind == CART] == [Reason.ORDERED]


def test_an_unknown_device_is_handed_over_and_its_cart_is_bought() -> None:
    """There is nobody else to be told."""
    world = World(rulebook(rule(CART)))
    world.adds("mug").after("5m").orders(on_site=False, **BOB).after("1d")
    assert world.sent() == []


def test_news_of_an_order_he_made_elsewhere_leaves_an_unknown_devices_cart_alone() -> None:
    """It names the phone, which becomes his, cart and all; the order is an old one."""
    world = World(rulebook(rule(CART)))
    world.orders("O1", on_site=False, customer_id="bob").after("1h").adds("mug").after("5m")
    world.pipe({"type": "order_updated", "order_id": "O1", **BOB}).after("1d")
    assert [shot.person for shot in world.triggers()] == ["c:bob"]


def test_an_order_of_his_that_turns_out_to_be_hers_is_her_purchase() -> None:
    """The feed knew it by the address that was typed in, and then by her account: the reminder that was due meanwhile,
    and for which orders are waited, does not go out."""
    world = World(rulebook(rule(CART), already_converted=True), lateness="20m").signs_in("ada")
    world.orders("O1", on_site=False, **BOB).advance("1h")
    world.as_("laptop").adds("mug", customer_id="ada").advance("70m")
    world.orders("O1", on_site=False, customer_id="ada").advance("1d")
    assert world.sent() == []
    assert world.why(CART) is Reason.ALREADY_CONVERTED
