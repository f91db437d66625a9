"""Back in stock: who asked for a product, or saw it while it was gone, hears when it is there again."""

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from tests.world import Shot, World, ms, rule, rulebook

BACK = "back_in_stock"


def shop(**fields: object) -> World:
    """A shop that tells who asked; a mug is sold out since an hour."""
    world = World(rulebook(rule(BACK, **{"wait": "0s", **fields})))
    return world.catalog("mug", stock=3).after("1h").catalog("mug", stock=0).after("1h")


def people(world: World) -> list[str]:
    """Who was told, in the order of firing."""
    return sorted(shot.person for shot in world.triggers())


def test_who_asked_hears_when_it_is_there_again() -> None:
    """At once, about that product."""
    world = shop().asks_for("mug").after("1h").catalog("mug", stock=5).drain()
    assert world.triggers() == [Shot(BACK, "v:phone", ms("3h"), ms("3h"))]
    assert world.fired()[0]["viewed"] == ["mug"]


@pytest.mark.parametrize("fields", [{}, {"viewers": True}, {"min_stock": 3}])
def test_what_is_off_the_shop_is_there_again_when_it_is_on_it(fields: dict[str, object]) -> None:
    """Shops take off what is sold out, and put it on again after they have counted; once, and with what there is."""
    world = shop(**fields).asks_for("mug").as_("tablet").sees("mug").catalog("mug", published=False).after("1h")
    world.catalog("mug", stock=2).after("1h").catalog("mug", stock=5).after("1h")
    assert people(world) == []
    for _ in range(2):
        world.catalog("mug", published=True).after("1h").catalog("mug", stock=4).after("1h")
    assert [(shot.person, shot.anchor) for shot in world.triggers() if shot.person == "v:phone"] == [
        ("v:phone", ms("5h"))
    ]
    assert people(world.drain()) == ["v:phone", *(["v:tablet"] if "viewers" in fields else [])]


def test_what_is_off_the_shop_is_not_back_for_who_hears_that_few_are_left() -> None:
    """Both are told by one record of the catalogue."""
    rules = rule(BACK, wait="0s", viewers=True), rule("low_stock", wait="0s", threshold=5)
    world = World(rulebook(*rules)).catalog("mug", stock=0).after("1h").sees("mug").adds("mug")
    world.catalog("mug", published=False)
    for stock in (10, 3):
        world.after("1h").catalog("mug", stock=stock)
    assert BACK not in world.after("1h").sent()
    assert BACK in world.catalog("mug", published=True).drain().sent()


def test_what_was_never_sold_out_is_not_back_by_being_put_on_the_shop() -> None:
    """Nor is what still is."""
    world = shop().catalog("pot", stock=5).catalog("pot", published=False).asks_for("pot").asks_for("mug").after("1h")
    world.catalog("mug", published=False).after("1h").catalog("mug", published=True).catalog("pot", published=True)
    assert people(world.drain()) == []


def test_who_asked_for_something_else_hears_nothing() -> None:
    """Nor who asked for nothing."""
    world = shop().asks_for("cup").as_("tablet").visits().after("1h").catalog("mug", stock=5).drain()
    assert world.triggers() == []


def test_a_custom_click_may_ask() -> None:
    """The name says it, and the product stands at the click or among its properties."""
    world = shop()
    world.pipe({"type": "custom", "name": "back_in_stock_requested", "properties": {"product_id": "mug"}})
    world.as_("tablet").pipe({"type": "custom", "name": "back_in_stock_requested", "product_id": "mug"})
    world.as_("watch").pipe({"type": "custom", "name": "spun_the_wheel", "product_id": "mug"})
    assert people(world.after("1h").catalog("mug", stock=5).drain()) == ["v:phone", "v:tablet"]


@pytest.mark.parametrize(
    ("stocks", "heard"),
    [
        ([4], 0),
        ([5], 1),
        ([6], 1),
        ([4, 5], 1),
        ([5, 9], 1),
        ([4, 0, 4], 0),
        ([-2, 0, -1], 0),
    ],
    ids=["below", "exactly_at", "above", "in_two_steps", "only_once", "gone_again", "still_gone"],
)
def test_it_is_back_at_the_least_stock(stocks: list[int], heard: int) -> None:
    """For the first time since it was unavailable."""
    world = shop(min_stock=5, per_unit=9).asks_for("mug")
    for stock in stocks:
        world.after("1h").catalog("mug", stock=stock)
    assert len(world.drain().triggers()) == heard


def test_a_product_that_was_never_gone_is_not_back() -> None:
    """The first stock that is told says nothing of before."""
    world = World(rulebook(rule(BACK, wait="0s"))).asks_for("mug").after("1h").catalog("mug", stock=5)
    assert world.after("1h").catalog("mug", stock=50).drain().triggers() == []


def test_requests_are_served_in_the_order_of_asking() -> None:
    """As many for each piece as the rule says; the others wait for the next time."""
    world = shop(per_unit=2)
    for device in ("one", "two", "three", "four", "five"):
        world.as_(device).asks_for("mug").after("1m")
    world.catalog("mug", stock=1).after("1h")
    assert people(world) == ["v:one", "v:two"]
    world.catalog("mug", stock=0).after("1h").catalog("mug", stock=1).drain()
    assert people(world) == ["v:four", "v:one", "v:three", "v:two"]


def test_a_further_delivery_is_no_return() -> None:
    """Who is left waits until the product was gone again."""
    world = shop().asks_for("mug").after("1m").as_("tablet").asks_for("mug").after("1h").catalog("mug", stock=1)
    assert people(world.after("1h").catalog("mug", stock=9).after("1h")) == ["v:phone"]
    world.catalog("mug", stock=0).after("1h").catalog("mug", stock=1).drain()
    assert people(world) == ["v:phone", "v:tablet"]


def test_asked_again_while_it_waits_keeps_the_place() -> None:
    """And is told once."""
    world = shop().asks_for("mug").after("1m").as_("tablet").asks_for("mug").after("1m").as_("phone").asks_for("mug")
    assert people(world.after("1h").catalog("mug", stock=1).drain()) == ["v:phone"]


def test_asked_again_is_a_new_request() -> None:
    """Who was told hears again only who asks again."""
    world = shop().asks_for("mug").after("1h").catalog("mug", stock=1).after("1h").catalog("mug", stock=0)
    world.after("1h").catalog("mug", stock=1).after("1h").catalog("mug", stock=0)
    assert len(world.triggers()) == 1
    assert len(world.after("1m").asks_for("mug").after("1h").catalog("mug", stock=1).drain().triggers()) == 2


@pytest.mark.parametrize(
    ("ago", "heard"), [("3ms", 1), ("2ms", 1), ("1ms", 0)], ids=["before", "at_the_same_instant", "after"]
)
def test_a_request_counts_up_to_the_moment_it_is_back(ago: str, heard: int) -> None:
    """A click of the same instant comes before the catalogue; what comes later waits for the next time."""
    world = shop().after("1h").catalog("mug", stock=1, ago="2ms").asks_for("mug", ago=ago).drain()
    assert len(world.triggers()) == heard


@pytest.mark.parametrize(("days", "heard"), [("89d 23h", 1), ("90d", 1), ("90d 1ms", 0)])
def test_a_request_ends_after_ninety_days(days: str, heard: int) -> None:
    """That instant included."""
    world = shop().asks_for("mug").after(days).catalog("mug", stock=1).drain()
    assert len(world.triggers()) == heard


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "from_the_feed"])
def test_who_has_bought_it_since_hears_nothing(on_site: bool) -> None:
    """At another shop's counter, too; another product is none of it."""
    world = shop(per_unit=9).asks_for("mug").as_("tablet").asks_for("mug").after("1h")
    world.as_("phone").orders(on_site=on_site, lines=[{"product_id": "mug"}])
    world.as_("tablet").orders(on_site=on_site, lines=[{"product_id": "cup"}])
    assert people(world.after("1h").catalog("mug", stock=1).drain()) == ["v:tablet"]


def test_bought_before_asking_is_no_reason() -> None:
    """Who liked the first wants a second."""
    world = shop().orders(lines=[{"product_id": "mug"}]).after("1m").asks_for("mug")
    assert len(world.after("1h").catalog("mug", stock=1).drain().triggers()) == 1


def test_bought_while_the_message_waits() -> None:
    """The wait of the rule, and a purchase of the very product in it."""
    world = shop(wait="2h").asks_for("mug").after("1h").catalog("mug", stock=1).after("1h")
    world.orders(lines=[{"product_id": "mug"}]).drain()
    assert world.triggers() == []
    assert world.why(BACK) is Reason.ORDERED


def test_the_message_goes_to_whoever_the_visitor_has_become() -> None:
    """The request was a visitor's; whose the visitor is, the visitor's record knows."""
    world = shop(per_unit=9).asks_for("mug").after("1h").signs_in("ada").after("1h")
    world.as_("tablet").signs_in("ada").after("1m").asks_for("mug").after("1h").catalog("mug", stock=1).drain()
    assert people(world) == ["c:ada"]


def test_what_ada_bought_elsewhere_is_bought() -> None:
    """The request on the phone, the purchase at the counter."""
    world = shop().asks_for("mug").after("1m").signs_in("ada").after("1h")
    world.orders(on_site=False, customer_id="ada", visitor_id=None, lines=[{"product_id": "mug"}])
    assert world.after("1h").catalog("mug", stock=1).drain().triggers() == []


@pytest.mark.parametrize(
    ("news", "told"),
    [
        ({"type": "order_cancelled"}, ["v:phone"]),
        ({"type": "order_refunded"}, []),
        ({"type": "order_shipped"}, []),
        ({"type": "order_cancelled", "order_id": "another"}, []),
    ],
)
def test_an_order_that_was_cancelled_brought_nothing(news: dict[str, str], told: list[str]) -> None:
    """She asked, ordered it ahead, and the shop could not send it: she still wants it. What she sent back she had."""
    world = shop().asks_for("mug").after("1h").orders("O1", on_site=False, lines=[{"product_id": "mug"}])
    world.after("1m").pipe({"order_id": "O1", **news}).after("1h")
    assert people(world.catalog("mug", stock=1).drain()) == told


def test_one_order_of_two_was_cancelled() -> None:
    """The other one came."""
    world = shop().asks_for("mug").after("1h")
    for order in ("O1", "O2"):
        world.orders(order, on_site=False, lines=[{"product_id": "mug"}])
    world.pipe({"type": "order_cancelled", "order_id": "O1"}).after("1h")
    assert world.catalog("mug", stock=1).drain().triggers() == []


def test_viewers_hear_only_where_the_rule_says_so() -> None:
    """Who saw the product while it was gone; not who saw it before, or just when it went."""
    quiet = shop().sees("mug").after("1h").catalog("mug", stock=1).drain()
    assert quiet.triggers() == []
    world = World(rulebook(rule(BACK, wait="0s", viewers=True)))
    world.catalog("mug", stock=3).as_("early").sees("mug").after("1h").catalog("mug", stock=0)
    world.as_("just").sees("mug").after("1ms").as_("phone").sees("mug").after("1h").as_("late").sees("mug")
    world.catalog("mug", stock=1).after("1ms").as_("after").sees("mug").drain()
    assert people(world) == ["v:late", "v:phone"]


def test_who_asked_and_saw_hears_once() -> None:
    """One person, one product, one change."""
    world = shop(viewers=True).sees("mug").asks_for("mug").after("1h").catalog("mug", stock=1).drain()
    assert people(world) == ["v:phone"]


def test_who_is_forgotten_hears_nothing() -> None:
    """What the visitor asked for before the wish is forgotten at the product, too."""
    world = shop(viewers=True).sees("mug").asks_for("mug").after("1m").asks_for_erasure().after("1h")
    assert world.replay.products._products.shelves.by_product["mug"].requests == {}
    assert world.catalog("mug", stock=1).drain().triggers() == []


def test_without_a_rule_products_hear_nothing() -> None:
    """A product event travels only if some rule asks for it."""
    world = World(rulebook(rule("lapse"))).catalog("mug", stock=0).sees("mug").asks_for("mug").adds("mug").after("1h")
    world.catalog("mug", stock=1, price=3).drain()
    assert world.outcomes(Topic.PRODUCT_INBOX) == {}
    assert world.said(Topic.PRODUCTS)[-1]["stock"] == 1
