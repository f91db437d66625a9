"""What becomes of a product is told some moments later. Meanwhile the visitor whom it concerns may have signed in: then
the word follows what the visitor was, and is heard by the customer who has that."""

from typing import Any

from schemas.facts.product_facts import PriceChanged, ProductKnown, StockChanged
from schemas.facts.profile_facts import Fact
from schemas.outcomes.decisions import Reason
from schemas.reading.wire import write_fact
from schemas.topics import Topic
from streams.replay import ORDERS_0
from tests.world import LATENESS, World, ms, rule, rulebook

LOW, CROSS, DROP = "low_stock", "cross_sell", "price_drop"
ADA = "c:ada"
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


def now_costs(world: World, price: int, moment: str, device: str, looked: str, seen: int) -> Fact:
    """The mug costs so much from then on. The device saw it then, when it cost so much."""
    at, looked_at = world.instant(moment), world.instant(looked)
    return PriceChanged(at, f"k{moment}:mug", device, "mug", price, "EUR", True, looked_at, seen)


def two_devices(**fields: object) -> World:
    """Ada has a laptop and a phone. She saw the mug there first, for 100, and then here, for 60."""
    world = World(rulebook(rule(DROP, **{"wait": "0s", **fields})))
    return world.as_("laptop").signs_in("ada").as_("phone").signs_in("ada").after("5m")


LAPTOP: dict[str, Any] = {"device": "laptop", "looked": "1m", "seen": 100}
PHONE: dict[str, Any] = {"device": "phone", "looked": "2m", "seen": 60}


def test_the_later_look_takes_back_what_the_earlier_one_said() -> None:
    """80 is less than what she saw on her laptop, and more than what she saw last, which is told a moment later."""
    world = two_devices()
    world.tells(ADA, now_costs(world, 80, "3m", **LAPTOP)).after("1m")
    assert world.sent() == [DROP]
    world.tells(ADA, now_costs(world, 80, "3m", **PHONE))
    assert world.cancelled() == [DROP]


def test_the_later_look_takes_it_back_though_its_rule_is_gone_by_then() -> None:
    """No rule listens to prices any more: what has gone out is answered for all the same."""
    world = two_devices()
    world.tells(ADA, now_costs(world, 80, "3m", **LAPTOP)).after("1m")
    world.replay.take_over(rulebook(rule("cart_abandonment")))
    world.tells(ADA, now_costs(world, 80, "3m", **PHONE))
    assert world.cancelled() == [DROP]


def test_the_later_look_ends_what_waits_for_the_earlier_one() -> None:
    """The same, while the message waits."""
    world = two_devices(wait="1h")
    world.tells(ADA, now_costs(world, 80, "3m", **LAPTOP)).after("1m")
    world.tells(ADA, now_costs(world, 80, "3m", **PHONE))
    assert world.drain().sent() == []
    assert world.why(DROP) is Reason.PRICE_BACK


def test_the_later_look_says_the_same_and_nothing_is_told_twice() -> None:
    """50 is less than either."""
    world = two_devices()
    world.tells(ADA, now_costs(world, 50, "3m", **LAPTOP)).after("1m").tells(ADA, now_costs(world, 50, "3m", **PHONE))
    assert world.drain().sent() == [DROP]
    assert world.cancelled() == []


def test_the_later_look_alone_says_that_it_is_less() -> None:
    """She saw it for 60 there and for 100 here: 80 is a drop, whoever says so first."""
    world = two_devices()
    world.tells(ADA, now_costs(world, 80, "3m", **LAPTOP | {"seen": 60})).after("1m")
    assert world.sent() == []
    world.tells(ADA, now_costs(world, 80, "3m", **PHONE | {"seen": 100}))
    assert world.drain().sent() == [DROP]


def test_once_a_later_look_is_known_an_earlier_one_says_nothing() -> None:
    """Of the first change both have told; of the next one the laptop tells first, and is not asked."""
    world = two_devices()
    for device in (PHONE, LAPTOP):
        world.tells(ADA, now_costs(world, 90, "3m", **device)).after("1m")
    world.tells(ADA, now_costs(world, 80, "4m", **LAPTOP)).after("1m").tells(ADA, now_costs(world, 80, "4m", **PHONE))
    assert world.drain().sent() == []


def test_a_later_look_that_is_told_after_the_next_change_takes_back_both() -> None:
    """The laptop has told of two changes when the phone begins to tell."""
    world = two_devices()
    for price, moment in ((80, "3m"), (70, "4m")):
        world.tells(ADA, now_costs(world, price, moment, **LAPTOP)).after("1m")
    for price, moment in ((80, "3m"), (70, "4m")):
        world.tells(ADA, now_costs(world, price, moment, **PHONE)).after("1m")
    assert world.sent() == world.cancelled() == [DROP, DROP]


def test_a_price_that_is_back_when_the_drop_is_told_takes_it_back() -> None:
    """After an outage of the catalogue both are told at once: what has fired for the drop is taken back by what comes
    behind it."""
    world = two_devices()
    drop, rise = now_costs(world, 80, "3m", **LAPTOP), now_costs(world, 100, "4m", **LAPTOP)
    world.replay._deliver(Topic.CUSTOMER_INBOX, [(b"ada", write_fact(fact)) for fact in (drop, rise)])
    assert world.sent() == world.cancelled() == [DROP]


def test_an_earlier_look_takes_nothing_back_from_a_device_that_is_on_its_way() -> None:
    """A phone saw it last, for 100, was told of 80, and has just turned out to be hers: what her laptop saw before, for
    60, and tells only now, is not her last look."""
    world = World(rulebook(rule(DROP, wait="0s")))
    world.as_("laptop").signs_in("ada").as_("phone").sees("pot").after("5m")
    world.tells("v:phone", now_costs(world, 80, "3m", "phone", looked="2m", seen=100)).after("2m")
    assert world.sent() == [DROP]
    world.signs_in("ada")
    handed_over(world, "8m").tells(ADA, now_costs(world, 80, "3m", "laptop", looked="1m", seen=60))
    assert world.drain().cancelled() == []
