"""Bots that say what they are, staff and tests: their records are ignored before anything is known of them."""

from pathlib import Path
from typing import Any

import pytest

from agents.settings.settings import TrafficSettings
from agents.settings.traffic import traffic
from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from streams.replay import Replay
from tests.world import Driver, World, rule, rulebook

BOOK = rulebook(rule("cart_abandonment"), rule("lapse", wait="2d"))
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def among(**settings: Any) -> Driver:
    """A shop with these settings of its traffic."""
    who = traffic(TrafficSettings.model_validate(settings))
    return lambda book, lateness: Replay(book, lateness, traffic=who)


def world(**settings: Any) -> World:
    """The same, reminding of carts."""
    return World(BOOK, driver=among(**settings))


def ignored(shop: World, topic: str = "clickstream") -> dict[str, int]:
    """How many records were ignored, by why."""
    why = {name[2]: number for name, number in shop.counts.items() if name[:2] == ("oddities", topic)}
    assert shop.counts["records", topic, "ignored"] == sum(why.values())
    return why


@pytest.mark.parametrize("name", ["user_agent", "userAgent"])
def test_a_known_bot_is_ignored(name: str) -> None:
    """It fills no cart, and leaves no state; a phone does."""
    shop = world().adds("mug", context={name: GOOGLE}).as_("p2").adds("mug", context={name: PHONE}).drain()
    assert [shot.person for shot in shop.triggers()] == ["v:p2"]
    assert ignored(shop) == {"bot": 1}
    assert shop.replay.sessions.gauges()["keys", "sessions", "0"] == 1


def test_bots_may_be_counted() -> None:
    """For a shop whose customers are programs."""
    shop = world(bots="count").adds("mug", context={"user_agent": GOOGLE}).drain()
    assert len(shop.triggers()) == 1


@pytest.mark.parametrize(
    ("address", "heard"),
    [("203.0.113.0", 0), ("203.0.113.255", 0), ("::ffff:203.0.113.9", 0), ("203.0.114.0", 1), ("nowhere", 1)],
)
def test_an_address_on_the_list_is_ignored(address: str, heard: int) -> None:
    """From the first of a network to its last."""
    shop = world(bot_addresses=["203.0.113.0/24", "2001:db8::1"]).adds("mug", context={"ip": address}).drain()
    assert len(shop.triggers()) == heard


@pytest.mark.parametrize("context", [{}, {"user_agent": 7}, {"user_agent": ""}, {"ip": None}, "mozilla", [], None])
def test_a_context_that_says_nothing_costs_nothing(context: object) -> None:
    """The click counts."""
    record = {"type": "cart_item_added", "product_id": "mug", "context": context}
    assert len(world(bot_addresses=["203.0.113.0/24"]).pipe(record).drain().triggers()) == 1


STAFF = {
    "excluded_customers": ["tester@Example.com", "77"],
    "excluded_visitors": ["kiosk"],
    "excluded_domains": ["@Shop.example"],
}


@pytest.mark.parametrize(
    "who",
    [
        {"customer_id": "77"},
        {"customer_id": "TESTER@example.com"},
        {"customer_id": "anybody@shop.EXAMPLE"},
        {"visitor_id": "kiosk"},
        {"visitor_id": "a@shop.example"},
        {"traits": {"email": " Ann@SHOP.example"}},
    ],
)
def test_what_staff_do_is_ignored(who: dict[str, Any]) -> None:
    """In clicks and orders, before any state."""
    shop = world(**STAFF).adds("mug", **who)
    assert shop.drain().triggers() == []
    assert ignored(shop) == {"excluded": 1}
    assert shop.replay.sessions.gauges()["keys", "sessions", "0"] == 0
    if "traits" not in who:
        shop.orders(on_site=False, **{"visitor_id": None, **who}).drain()
        assert shop.triggers() == []
        assert ignored(shop, "orders") == {"excluded": 1}


def test_who_has_a_like_name_counts() -> None:
    """A domain is a whole one, an id all of an id."""
    shop = world(**STAFF)
    for customer in ("770", "eve@notshop.example", "eve@shop.example.org", "shop.example"):
        shop.as_(customer).adds("mug", customer_id=customer)
    assert len(shop.drain().triggers()) == 4


def test_a_wish_is_heard_of_everybody() -> None:
    """Whoever is taken from the list some day has still opted out."""
    shop = world(**STAFF).pipe({"type": "opted_out"}, customer_id="77").drain()
    assert shop.outcomes(Topic.ENGAGEMENTS) == {"applied": 1}


def test_what_waits_for_whoever_is_excluded_meanwhile_does_not_go() -> None:
    """The list changed, and the process was started again."""
    shop = World(BOOK).adds("mug", customer_id="77")
    staff = traffic(TrafficSettings.model_validate(STAFF))
    shop.replay.customers._people._traffic = staff
    shop.drain()
    assert shop.triggers() == []
    assert shop.decisions()[-1].reason is Reason.EXCLUDED


def test_a_partition_of_bots_alone_still_moves() -> None:
    """Who waits is not held up by a crawler that is the only one awake."""
    shop = world().adds("mug").after("50m")
    for _ in range(30):
        shop.after("1m").adds("jug", context={"user_agent": GOOGLE})
    assert len(shop.triggers()) == 1


def test_a_list_may_be_a_file(tmp_path: Path) -> None:
    """Beside what the settings name: customers, visitors and mailboxes, by their spelling as everywhere."""
    path = tmp_path / "staff.txt"
    path.write_text("# staff\n\nc:Ada@Shop.example\n v:kiosk \n@test.example\n")
    shop = world(excluded_file=path, excluded_customers=["bob"])
    for customer in ("ada@shop.example", "bob", "eve@test.example", "cem"):
        shop.orders(on_site=False, customer_id=customer, visitor_id=None)
    shop.as_("kiosk").adds("mug").as_("phone").adds("mug").drain()
    assert shop.outcomes(Topic.ORDERS) == {"ignored": 3, "applied": 1}
    assert ignored(shop, "orders") == {"excluded": 3}
    assert ignored(shop) == {"excluded": 1}


@pytest.mark.parametrize("line", ["ada", "c:", "@", "customer:ada"])
def test_a_line_that_excludes_nobody_is_told(tmp_path: Path, line: str) -> None:
    """At the start, with its number."""
    path = tmp_path / "staff.txt"
    path.write_text(f"c:bob\n{line}\n")
    with pytest.raises(ValueError, match=r"line 2 of .*staff\.txt excludes nobody; write c:ID for a customer"):
        world(excluded_file=path)
