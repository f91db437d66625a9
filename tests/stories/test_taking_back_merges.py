"""Taking back while a visitor becomes a customer: the trigger is wrong the moment that is known, whoever holds it."""

from collections.abc import Callable

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from streams.replay import ORDERS_0
from tests.world import BEGINNING_MS, LADDER, LATENESS, World, ms, rule, rulebook

CART = "cart_abandonment"
SLOW_FEED = "20m"
"""An order feed that syncs every so often: W, and with it every merge, waits for it."""


def waiting(world: World) -> World:
    """The phone's cart trigger has fired and is not delivered, and it says that it is ada's. W is behind."""
    return world.adds("mug").advance("85m").signs_in("ada")


def visitors_alone(world: World, until: str) -> World:
    """W passes `until` for visitors, while customers still wait for another partition of clicks."""
    replay, asked = world.replay, BEGINNING_MS + ms(until) + ms(LATENESS)
    replay.sessions.heard({ORDERS_0: asked - ms(LATENESS)})
    replay._fold(replay.sessions, Topic.CLICKSTREAM, (), asked)
    return world


def on_its_way(world: World) -> World:
    """As `waiting`, but the phone's profile has handed over: what it was sent waits in ada's journal."""
    return visitors_alone(waiting(world), "86m")


def test_a_purchase_that_says_who_she_is_comes_before_the_reminder() -> None:
    """She buys and signs in with one click; W is twenty minutes behind, and comes to the timer first: no reminder."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("mug").advance("65m").orders(customer_id="ada").advance("16m")
    assert world.sent() == []
    assert world.why(CART) is Reason.ALREADY_CONVERTED
    world.drain()
    assert world.sent() == []


def test_a_repeat_of_a_folded_order_is_no_purchase() -> None:
    """The feed repeats an old order, now with her name: the cart that she filled since is abandoned all the same."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.orders("O1").advance("30m").adds("mug").advance("65m").orders("O1", customer_id="ada").advance("16m")
    assert world.sent() == [CART]


@pytest.mark.parametrize("is_on_its_way", [False, True], ids=["previewed", "on_its_way"])
def test_another_record_of_what_the_phone_has_bought_is_no_purchase(is_on_its_way: bool) -> None:
    """The phone has bought, and nothing since: it is asked for a sign of life, and turns out to be ada's. The feed
    tells that order again under her name."""
    world = World(rulebook(rule("inactivity", wait="1h")))
    world.orders("O1").after("2h").signs_in("ada")
    if is_on_its_way:
        visitors_alone(world, "3h")
    world.orders("O1", on_site=False, customer_id="ada").drain()
    assert world.cancelled() == []


@pytest.mark.parametrize("first", ["folded", "waiting", "the phone's"])
def test_a_repeat_of_an_older_order_that_says_who_she_is_takes_nothing_back(first: str) -> None:
    """What the feed says again of an order is no purchase: the phone's reminder stands, as it would if the record had
    come before it was due."""
    world = World(LADDER, lateness=SLOW_FEED)
    whose = {"visitor_id": "phone"} if first == "the phone's" else {"visitor_id": None, "customer_id": "ada"}
    if first == "waiting":
        world.adds("mug").advance("81m")
        world.orders("O1", on_site=False, ago="81m 1ms", **whose)
    else:
        world.orders("O1", on_site=False, **whose).advance("30m").adds("mug").advance("81m")
    assert world.sent() == [CART]
    world.orders("O1", on_site=False, customer_id="ada", visitor_id="phone").advance("1h").drain()
    assert world.cancelled() == []


def test_a_purchase_that_says_who_she_is_takes_back_at_once() -> None:
    """The reminder sits in the queue: the very click that makes the phone hers takes it back, not W's passing it."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("mug").advance("85m")
    assert world.sent() == [CART]
    world.orders(customer_id="ada")
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.ORDERED
    world.drain()
    assert world.cancelled() == [CART], "once, though her profile hears of both"


Says = Callable[[World], World]

TAKING_BACK: dict[str, tuple[Says, Reason]] = {
    "orders": (lambda world: world.as_("laptop").orders(customer_id="ada"), Reason.ORDERED),
    "orders_by_phone": (lambda world: world.orders(on_site=False, visitor_id=None, customer_id="ada"), Reason.ORDERED),
    "opts_out": (lambda world: world.opts_out(customer_id="ada", visitor_id=None), Reason.OPTED_OUT),
    "is_erased": (lambda world: world.asks_for_erasure(customer_id="ada", visitor_id=None), Reason.ERASED),
}


@pytest.mark.parametrize(("says", "reason"), TAKING_BACK.values(), ids=TAKING_BACK.keys())
def test_what_is_on_its_way_to_be_inherited_is_taken_back_at_once(says: Says, reason: Reason) -> None:
    """The phone's profile has let go of the trigger, ada's has not folded it yet: hers answers for it."""
    world = says(on_its_way(World(LADDER, lateness=SLOW_FEED)))
    assert world.cancelled() == [CART]
    assert world.why(CART) is reason
    assert world.keys == [("fired", b"v:phone"), ("cancelled", b"v:phone")]
    world.drain()
    assert world.cancelled() == [CART]


@pytest.mark.parametrize("says", ["opts_out", "is_erased", "orders"])
def test_what_arrives_to_be_inherited_is_taken_back_on_arrival(says: str) -> None:
    """The other way round: ada has said so already when the phone's profile hands over, and W has yet to pass."""
    world = TAKING_BACK[says][0](waiting(World(LADDER, lateness=SLOW_FEED)))
    visitors_alone(world, "86m")
    assert world.cancelled() == [CART]
    world.drain()
    assert world.cancelled() == [CART]


@pytest.mark.parametrize("says", TAKING_BACK)
@pytest.mark.parametrize("first", ["link", "word"])
def test_what_a_visitor_was_sent_is_taken_back_before_w_has_passed_the_link(says: str, first: str) -> None:
    """The phone's profile still holds the trigger and knows nothing; ada's knows who is coming, and tells it. The same
    whichever of link and word is known first, as long as the order is not from before the link."""
    world = World(LADDER, lateness=SLOW_FEED)
    said, reason = TAKING_BACK[says]
    if first == "link":
        said(waiting(world))
    else:
        said(world.adds("mug").advance("85m")).as_("phone").signs_in("ada", ago="1s")
    assert world.cancelled() == [CART]
    assert world.why(CART) is reason
    world.drain()
    assert world.cancelled() == [CART]


def test_an_order_from_before_the_link_was_not_the_visitors() -> None:
    """What has fired stays fired until the two are one: then an undelivered one goes all the same."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("mug").advance("85m").as_("laptop").orders(customer_id="ada", ago="5m").as_("phone").signs_in("ada")
    assert world.cancelled() == []
    world.drain()
    assert world.cancelled() == [CART]


def test_erasure_reaches_the_phone_that_is_about_to_be_hers() -> None:
    """Its profile is forgotten with hers, though the two have not become one yet."""
    world = waiting(World(LADDER, lateness=SLOW_FEED))
    world.asks_for_erasure(customer_id="ada", visitor_id=None)
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.ERASED


@pytest.mark.parametrize(("placed", "expected"), [("60m", [CART]), ("60m 1ms", [])], ids=["at_due", "after_due"])
def test_a_late_order_takes_back_what_was_delivered_and_is_on_its_way(placed: str, expected: list[str]) -> None:
    """The order feed lags behind: what it would have prevented is taken back though nobody holds it for the moment."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("mug").advance("85m").settles(CART).signs_in("ada")
    visitors_alone(world, "86m")
    world.orders(on_site=False, occurred_at=world.instant(placed)).drain()
    assert world.cancelled() == expected
    assert not expected or world.why(CART) is Reason.LATE_ORDER


def test_a_receipt_finds_its_trigger_on_its_way() -> None:
    """Delivered while the profiles merge: the receipt goes to the phone's profile, which forwards it; the purchase
    that follows takes nothing back."""
    world = on_its_way(World(LADDER, lateness=SLOW_FEED))
    world.settles(CART).as_("laptop").orders(customer_id="ada").drain()
    assert world.cancelled() == []


@pytest.mark.parametrize("state", ["delivered", "dead"])
def test_a_receipt_finds_its_trigger_after_the_merge(state: str) -> None:
    """The ledger knows the trigger by the key that it fired under; the word is carried to the heir."""
    world = World(LADDER)
    world.adds("mug").after("2h").signs_in("ada").after("1h").settles(CART, state)
    world.as_("laptop").orders(customer_id="ada").after("1h")
    assert world.cancelled() == []


def test_what_two_devices_were_sent_is_forgotten_each_in_its_time() -> None:
    """The laptop, hers for long, was written to yesterday; the phone eight days ago: merged, that is still too long."""
    world = World(LADDER)
    world.as_("phone").adds("mug").after("2h").settles(CART)
    world.as_("laptop").signs_in("ada").after("7d").adds("pot").after("2h").settles(CART)
    world.as_("phone").signs_in("ada").after("1h")
    world.orders(on_site=False, visitor_id=None, customer_id="ada", occurred_at=world.instant("30m")).after("1h")
    assert world.cancelled() == []


def test_a_visit_given_away_leaves_what_was_sent_where_it_is() -> None:
    """The tablet was ada's when the reminder went out, and is bob's now: his purchase is not hers, her own is."""
    world = World(LADDER)
    world.signs_in("ada").adds("mug").after("2h").signs_in("bob").orders().after("1h")
    assert world.cancelled() == []
    world.as_("laptop").orders(customer_id="ada").after("1h")
    assert world.cancelled() == [CART]


def test_with_consent_left_to_others_an_opt_out_takes_nothing_back() -> None:
    """`consent: ignore`: whoever sends the messages judges consent, of those that wait as of those to come. Erasure
    and purchases are no matter of consent."""
    world = World(rulebook(rule(CART), consent="ignore"))
    world.adds("mug").after("61m").opts_out().after("1m").signs_in("ada").after("1h")
    assert world.cancelled() == []
    world.asks_for_erasure(customer_id="ada", visitor_id=None)
    assert world.cancelled() == [CART]
