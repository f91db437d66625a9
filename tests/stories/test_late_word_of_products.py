"""What becomes of a product is told some moments later. Meanwhile the visitor whom it concerns may have signed in: then
the word follows what the visitor was, and is heard by the customer who has that."""

from typing import Any

from schemas.facts.product_facts import ProductKnown, StockChanged
from schemas.facts.profile_facts import Fact
from schemas.topics import Topic
from streams.replay import ORDERS_0
from tests.world import LATENESS, World, ms, rule, rulebook

LOW, CROSS = "low_stock", "cross_sell"
GOES_WITH: dict[str, Any] = {"bought": ["ceramics"], "offer": ["tea"], "wait": "1d"}


def few_left(world: World, moment: str) -> Fact:
    """Of the mug there are two left from then on, and were eight."""
    at = world.instant(moment)
    return StockChanged(at, "k:mug", "phone", "mug", 2000, 8000, None, 8000, world.instant("0s"), 0)


def it_is_ceramics(world: World, moment: str) -> Fact:
    """Products say of which category the mug is that was bought then."""
    at = world.instant(moment)
    return ProductKnown(at, "E1", "phone", "mug", "O1", None, None, (), "ceramics")


def handed_over(world: World, until: str) -> World:
    """What the phone was is on its way to ada, and waits in her journal."""
    asked = world.instant(until) + ms(LATENESS)
    world.replay.sessions.heard({ORDERS_0: asked - ms(LATENESS)})
    world.replay._fold(world.replay.sessions, Topic.CLICKSTREAM, (), asked)
    return world


def test_the_cart_comes_before_the_word_of_its_product() -> None:
    """The stock fell two minutes before she signed in, and that is told when the cart is on its way: it is her cart."""
    world = World(rulebook(rule(LOW, wait="0s", threshold=3)))
    world.adds("mug").after("5m").signs_in("ada")
    handed_over(world, "6m").tells("v:phone", few_left(world, "3m"))
    assert world.drain().sent() == [LOW]


def test_the_order_comes_before_what_is_known_of_it() -> None:
    """A guest orders and makes an account: what goes with it she hears a day after the order."""
    world = World(rulebook(rule(CROSS, **GOES_WITH)))
    world.orders("O1", on_site=False, lines=[{"product_id": "mug"}]).advance("2s").signs_in("ada")
    handed_over(world, "3s").tells("v:phone", it_is_ceramics(world, "0s"))
    assert world.drain().anchors(CROSS) == [0]


def test_the_word_is_heard_at_once_where_nothing_is_on_its_way() -> None:
    """The cart has been hers for minutes when the fall of the stock before it is told."""
    world = World(rulebook(rule(LOW, wait="0s", threshold=3)))
    world.adds("mug").after("3m").signs_in("ada")
    world.after("6m").tells("v:phone", few_left(world, "2m"))
    assert world.after("1m").sent() == [LOW]
