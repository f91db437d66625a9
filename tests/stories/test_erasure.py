"""Who wants to be forgotten is: in every state, whatever is still on its way, and a receipt says so."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.topics import Topic
from streams.profiles.profile_record import encode
from streams.visits.visitor_record import decode
from streams.visits.visitor_record import encode as encode_visitor
from tests.streams.durable import DurableReplay, driver_of
from tests.world import LADDER, World, rule, rulebook

BROWSE, CART = "browse_abandonment", "cart_abandonment"
SLOW_FEED = "20m"


def known_of_customer(world: World, customer: str) -> bytes:
    """All that is known of a customer, as its record."""
    profile = world.replay.customers._profiles.get(customer)
    return b"" if profile is None else encode(profile)


def known_of_visitor(world: World, visitor: str) -> bytes:
    """All that is known of a visitor, as its record."""
    return encode_visitor(dict(world.replay.sessions._visits.visitors.items())[visitor.encode()])


def receipts(world: World) -> list[str]:
    """Whose erasure has been confirmed, in order."""
    return [decision.profile for decision in world.decisions() if decision.verdict is Verdict.ERASED]


def test_what_a_visitor_was_does_not_come_back_after_the_erasure() -> None:
    """She browses unknown, signs in, and is erased before W has passed the sign-in: what is handed over then is of
    before, and is dropped; no browse reminder, no product."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.sees("secret-mug").after("40m").signs_in("ada").advance("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id=None).after("1d")
    assert world.sent() == []
    assert b"secret-mug" not in known_of_customer(world, "ada")
    assert b"secret-mug" not in known_of_visitor(world, "phone")


def test_a_running_visit_forgets_what_was_looked_at() -> None:
    """The visitor's own record is told too; the visit itself goes on."""
    world = World(LADDER)
    world.signs_in("ada").after("1m").sees("secret-mug").advance("10s")
    assert b"secret-mug" in known_of_visitor(world, "phone")
    world.asks_for_erasure(customer_id="ada", visitor_id=None)
    assert b"secret-mug" not in known_of_visitor(world, "phone")
    assert len(decode(known_of_visitor(world, "phone")).visits) == 1


def test_all_devices_that_were_ever_hers_are_told() -> None:
    """Also the one that was somebody else's first, and so never handed anything over to her."""
    world = World(LADDER)
    world.as_("lent").signs_in("bea").after("2h").signs_in("ada").after("2h")
    world.as_("phone").signs_in("ada").after("2h")
    world.asks_for_erasure(customer_id="ada", visitor_id=None)
    assert set(receipts(world)) == {"c:ada", "v:lent", "v:phone"}


def test_a_wish_by_a_device_reaches_the_customer_and_the_other_devices() -> None:
    """Whoever holds it now."""
    world = World(LADDER)
    world.as_("laptop").signs_in("ada").adds("mug").after("1m").as_("phone").signs_in("ada").after("1m")
    world.asks_for_erasure().after("1d")
    assert set(receipts(world)) == {"v:phone", "c:ada", "v:laptop"}
    assert world.sent() == []
    assert b"mug" not in known_of_customer(world, "ada")


def test_each_wish_has_one_receipt_however_often_it_is_delivered() -> None:
    """The same record twice."""
    world = World(LADDER)
    world.adds("mug").after("1m").asks_for_erasure(event_id="wish").after("1m")
    world.pipe({"type": "erasure_requested"}, event_id="wish", ago="1m").after("1m")
    (receipt,) = [decision for decision in world.decisions() if decision.verdict is Verdict.ERASED]
    assert (receipt.kind, receipt.reason, receipt.profile, receipt.trigger_id) == (
        "erasure",
        Reason.ERASED,
        "v:phone",
        "wish",
    )


def test_an_old_wish_that_is_delivered_again_erases_nothing() -> None:
    """She has come back since, and wants messages again."""
    world = World(LADDER)
    world.asks_for_erasure(event_id="wish").after("1h").opts_in().after("1h").adds("mug")
    world.pipe({"type": "erasure_requested"}, event_id="wish", ago="2h").after("2h")
    assert world.sent() == [CART]


def test_an_old_consent_lifts_no_erasure() -> None:
    """What was given before is forgotten too."""
    world = World(LADDER)
    world.opts_in().after("1h").asks_for_erasure().after("1h")
    world.pipe({"type": "consent_given"}, ago="2h").adds("mug").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.ERASED


@pytest.mark.parametrize(("ago", "comes_back"), [("1ms", True), ("0s", False)], ids=["after", "exactly at"])
def test_what_is_of_before_and_comes_later_is_dropped(ago: str, comes_back: bool) -> None:
    """A click that was on its way when she asked."""
    world = World(rulebook(rule(CART)))
    world.signs_in("ada").after("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id=None).advance("1ms")
    world.adds("mug", ago="0s" if ago == "1ms" else "1ms").advance("1s")
    world.drain()
    assert (b"mug" in known_of_customer(world, "ada")) is comes_back


@pytest.mark.parametrize("who", ["ada", None], ids=["a customer", "nobody yet"])
@pytest.mark.parametrize(("ago", "counts"), [("1ms", True), ("0s", False)], ids=["after", "exactly at"])
def test_what_came_after_a_wish_that_is_told_late_still_counts(who: str | None, ago: str, counts: bool) -> None:
    """The feed of wishes is behind: what she has done since waits already, and counts as if the wish had come first."""
    world = World(rulebook(rule(CART)), lateness=SLOW_FEED)
    if who is not None:
        world.signs_in(who).after("1h")
    named = {"customer_id": who, "visitor_id": None} if who else {}
    world.adds("mug").asks_for_erasure(ago=ago, **named).advance("1m").opts_in(**named).after("3h")
    assert world.sent() == [CART] * counts


def test_an_order_that_was_known_before_an_older_wish_still_ends_the_cart() -> None:
    """Orders come sooner than wishes, and clicks last: what she put into the cart in between she has bought."""
    world = World(rulebook(rule(CART)), lateness=SLOW_FEED)
    ada = {"customer_id": "ada", "visitor_id": None}
    world.signs_in("ada").after("1h").opts_in(**ada).orders("O1", on_site=False, **ada).advance("10s")
    world.asks_for_erasure(ago="3m", **ada).adds("mug", ago="1m").after("3h")
    assert world.sent() == []


def test_a_cart_told_after_a_wish_that_is_told_late_is_lost_to_whoever_buys_it() -> None:
    """The carts that she told before are forgotten, and not that one."""
    world = World(rulebook(rule(CART)), lateness=SLOW_FEED)
    ada = {"customer_id": "ada", "visitor_id": None}
    world.signs_in("ada").after("1h").adds("mug", cart_id="C1").asks_for_erasure(ago="1m", **ada).advance("10s")
    world.opts_in(**ada).advance("1m")
    world.orders("O1", on_site=False, customer_id="bea", visitor_id=None, cart_id="C1").after("3h")
    assert world.sent() == []


def test_what_waited_ends_with_the_reason() -> None:
    """No timer is left, and each is accounted for."""
    world = World(LADDER)
    world.adds("mug").after("10m").asks_for_erasure().after("1d")
    assert [d.reason for d in world.decisions() if d.kind == CART] == [Reason.ERASED]
    assert world.outcomes(Topic.ENGAGEMENTS) == {"applied": 1}


def test_what_a_phone_brings_that_turns_out_to_have_been_hers_before_is_not_kept() -> None:
    """That it was hers comes to light after she has asked: not even the preview of its cart is kept, and the phone
    forgets it at once."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("secret-mug").advance("1m").asks_for_erasure(customer_id="ada", visitor_id=None).advance("1m")
    world.signs_in("ada", ago="90s")
    assert b"secret-mug" not in known_of_customer(world, "ada")
    assert b"secret-mug" not in known_of_visitor(world, "phone")


@pytest.mark.parametrize("wish", ["5s", "0s"], ids=["before it was announced", "at its beginning"])
def test_a_visit_of_a_phone_that_was_forgotten_is_hers_from_the_sign_in_on(wish: str) -> None:
    """The phone was to be forgotten as its visit began; she signs in after another, and is erased herself: the visit
    forgets what she looked at, and its end tells her nothing of it."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.visits().advance(wish).asks_for_erasure().advance("1s").visits(customer_id="bob").advance("1m")
    world.sees("secret-mug", customer_id="ada").advance("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id=None).advance("2h")
    assert b"secret-mug" not in known_of_customer(world, "ada")
    assert b"secret-mug" not in known_of_visitor(world, "phone")


@pytest.mark.parametrize("visit", ["runs", "is new"])
@pytest.mark.parametrize(
    ("ago", "is_known"),
    [("9s 999ms", True), ("10s", False), ("20s", False)],
    ids=["after", "exactly at", "before"],
)
def test_a_look_of_before_that_comes_later_is_dropped(visit: str, ago: str, is_known: bool) -> None:
    """It was on its way when she asked: the visit goes on without it, and its end brings nothing back."""
    world = World(LADDER, lateness=SLOW_FEED)
    if visit == "runs":
        world.visits()
    world.advance("1m").asks_for_erasure().advance("10s").sees("secret-mug", ago=ago)
    assert (b"secret-mug" in known_of_visitor(world, "phone")) is is_known
    world.after("1d")
    assert (b"secret-mug" in known_of_visitor(world, "phone")) is is_known


@pytest.mark.parametrize("wish_is_late", [False, True])
def test_a_wish_that_names_an_unknown_phone_is_about_the_phone(wish_is_late: bool) -> None:
    """Bob asks in the phone's name and his own; whose it is comes out only afterwards, and she inherits nothing of
    before."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.sees("secret-mug").advance("55m")
    if wish_is_late:
        world.advance("2m").visits(customer_id="ada").asks_for_erasure(customer_id="bob", visitor_id="phone", ago="1m")
    else:
        world.asks_for_erasure(customer_id="bob", visitor_id="phone").advance("2m").visits(customer_id="ada")
    world.after("1d")
    assert world.sent() == []
    assert b"secret-mug" not in known_of_customer(world, "ada")
    assert b"secret-mug" not in known_of_visitor(world, "phone")


def test_whoever_asks_twice_in_one_visit_is_forgotten_twice() -> None:
    """After the first time nobody knows that the phone is hers: the end of the visit brings it up, and nothing back."""
    world = World(LADDER, lateness=SLOW_FEED)
    world.adds("pot", customer_id="ada").advance("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id=None).advance("24m")
    world.sees("secret-mug").advance("1m").asks_for_erasure(customer_id="ada", visitor_id=None).after("1d")
    assert b"secret-mug" not in known_of_customer(world, "ada")
    assert b"secret-mug" not in known_of_visitor(world, "phone")
    assert receipts(world) == ["c:ada", "v:phone", "c:ada", "v:phone"]


def test_an_old_wish_that_is_delivered_again_leaves_the_cart_whose_it_is() -> None:
    """Somebody orders it at the counter, by its number alone: that ends the reminder of it."""
    world = World(LADDER)
    world.asks_for_erasure(event_id="wish", customer_id="ada", visitor_id=None).after("1h")
    world.opts_in(customer_id="ada", visitor_id=None).after("1h").adds("mug", cart_id="K1", customer_id="ada")
    world.after("1m").asks_for_erasure(event_id="wish", customer_id="ada", visitor_id=None, ago="2h 1m")
    world.after("1m").orders(on_site=False, customer_id="eve", visitor_id=None, cart_id="K1").after("2h")
    assert world.sent() == []


def test_who_signs_in_on_a_phone_that_was_forgotten_is_here() -> None:
    """The phone asked as its visit began, and is then ada's, and bob's: for as long as he goes on there, he is not
    missed."""
    world = World(rulebook(rule("inactivity", wait="2h")), lateness=SLOW_FEED)
    world.as_("laptop").visits(customer_id="bob").advance("1h")
    world.as_("phone").visits().asks_for_erasure().advance("1s").signs_in("ada").advance("1m").signs_in("bob")
    for _ in range(5):
        world.advance("20m").visits()
    assert world.sent() == []


def test_of_who_was_forgotten_no_changelog_names_more_than_the_wish_and_whose_the_devices_are() -> None:
    """She looks, fills carts, asks for a kettle, buys her own cart and a stranger's, and gives her consent. In all
    records of all stages her address is left in her own, which keeps the wish, and in those of her devices, which know
    whose they are; what she looked at and wished for is in none but the catalogue's."""
    ada, rules = (
        "ada@shop.example",
        ("post_purchase", "inactivity", "lapse", "exit_intent", "back_in_stock", CART, BROWSE),
    )
    world = World(rulebook(*[rule(kind) for kind in rules]), lateness="10s", driver=DurableReplay)
    world.catalog("mug", price="9.00", currency="EUR", stock=5)
    world.sees("mug", times=3).adds("mug", cart_id="C1").after("1m").signs_in(ada).checks_out(cart_id="C1").after("5m")
    world.asks_for("kettle", customer_id=ada).moves_to_leave().after("5m")
    mug = [{"product_id": "mug", "quantity": 1}]
    world.orders("O1", on_site=False, customer_id=ada, cart_id="C1", lines=mug).after("1h").opts_in(customer_id=ada)
    world.as_("stranger").adds("vase", cart_id="C3").after("5m")
    world.orders("O2", on_site=False, customer_id=ada, cart_id="C3").after("1h")
    world.asks_for_erasure(customer_id=ada).after("3d")
    assert receipts(world)
    logs = driver_of(world).changelogs
    lines = {(name, key, value) for name, log in logs.items() for key, value in log.items()}
    found = {word: {(name, key) for name, key, value in lines if word in key + value} for word in (b"mug", b"kettle")}
    assert found == {b"mug": {("products", b"mug")}, b"kettle": set()}
    named = {(name, key) for name, key, value in lines if ada.encode() in key + value}
    assert named == {("customers", ada.encode()), ("sessions", b"phone")}
