"""What others have bought: counted at each midnight, published with the product, asked for by messages."""

from typing import Any

import pytest

from schemas.topics import Topic
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

DAY = ms("1d")
MIDNIGHT = DAY - BEGINNING_MS % DAY
"""The first one, ms since the beginning."""

ASKS = {"template": "t", "products": ["cart", "also_bought"], "limit": 6}
BOOK = rulebook(rule("cart_abandonment", message=ASKS))


CART = "cart_abandonment"


def buy(world: World, number: int, *products: str, name: str = "O") -> World:
    """So many people order these, each once."""
    lines = [{"product_id": product} for product in products]
    for one in range(number):
        world.orders(f"{name}{one}", on_site=False, lines=lines, customer_id=f"{name}{one}")
    return world


def shown(world: World, product: str) -> list[str]:
    """What the topic of products says by now is bought with it."""
    said = [one for one in world.said(Topic.PRODUCTS) if one["product_id"] == product]
    return list(said[-1]["also_bought"]) if said else []


@pytest.mark.parametrize(("orders", "expected"), [(4, []), (5, ["bag"]), (6, ["bag"])])
def test_five_joint_orders_say_something(orders: int, expected: list[str]) -> None:
    """Fewer say nothing; it is counted at midnight, and not before."""
    world = buy(World(BOOK), orders, "camera", "bag")
    assert shown(world.after("1h"), "camera") == []
    world.at_ms(MIDNIGHT + 1)
    assert shown(world, "camera") == expected
    assert shown(world, "bag") == (["camera"] if expected else [])


@pytest.mark.parametrize(("ahead", "expected"), [(-1, ["bag"]), (0, ["bag"]), (1, [])])
def test_what_is_ordered_at_midnight_counts(ahead: int, expected: list[str]) -> None:
    """What comes after it, from the next one on."""
    world = buy(buy(World(BOOK), 4, "camera", "bag").at_ms(MIDNIGHT + ahead), 1, "camera", "bag", name="P")
    assert shown(world.at_ms(MIDNIGHT + 2), "camera") == expected
    assert shown(world.at_ms(MIDNIGHT + DAY + 1), "camera") == ["bag"]


@pytest.mark.parametrize(("ahead", "expected"), [(0, []), (1, ["bag"])], ids=["exactly_180_days", "a_moment_less"])
def test_an_order_counts_for_180_days(ahead: int, expected: list[str]) -> None:
    """At exactly that age it does not any more; then what was shown is shown no more."""
    world = buy(World(BOOK).at_ms(MIDNIGHT + ahead), 1, "camera", "bag", name="P")
    buy(world.after("1d"), 4, "camera", "bag")
    assert shown(world.at_ms(MIDNIGHT + 179 * DAY + 1), "camera") == ["bag"]
    assert shown(world.at_ms(MIDNIGHT + 180 * DAY + 1), "camera") == expected
    assert shown(world.at_ms(MIDNIGHT + 181 * DAY + 1), "camera") == []


def test_the_highest_lift_comes_first() -> None:
    """What everybody buys says little of what goes with a camera, be it bought with it more often."""
    world = buy(buy(World(BOOK), 5, "camera", "bag", "tape"), 3, "camera", "tape", name="P")
    buy(world, 9, "pot", "tape", name="Q").at_ms(MIDNIGHT + 1)
    assert shown(world, "camera") == ["bag", "tape"]


def test_ten_of_equal_ones_are_those_with_the_smaller_ids() -> None:
    """And never the product itself, be it in two lines of an order."""
    names = [f"n{number:02}" for number in range(12)]
    world = buy(World(BOOK), 5, "camera", "camera", *reversed(names)).at_ms(MIDNIGHT + 1)
    assert shown(world, "camera") == names[:10]
    assert shown(world, "n00") == ["camera", *names[1:10]]


NEWS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "order_cancelled"}, []),
    ({"type": "order_refunded"}, []),
    ({"type": "order_refunded", "lines": [{"product_id": "bag"}]}, []),
    ({"type": "order_updated", "lines": [{"product_id": "camera"}]}, []),
    ({"type": "order_shipped"}, ["bag"]),
]


@pytest.mark.parametrize(("news", "expected"), NEWS)
def test_what_was_undone_was_not_bought_together(news: dict[str, Any], expected: list[str]) -> None:
    """Before it is counted, and after it was."""
    world = buy(World(BOOK), 5, "camera", "bag").after("1h")
    world.pipe({"order_id": "O3", **news}, customer_id="O3")
    assert shown(world.at_ms(MIDNIGHT + 1), "camera") == expected
    assert shown(world, "bag") == (["camera"] if expected else [])
    world = buy(World(BOOK), 5, "camera", "bag").at_ms(MIDNIGHT + 1)
    world.pipe({"order_id": "O3", **news}, customer_id="O3")
    assert shown(world.at_ms(MIDNIGHT + DAY + 1), "camera") == expected


def test_who_signs_in_has_ordered_once() -> None:
    """What the visitor had ordered is the customer's; it does not count twice, nor is it lost."""
    world = buy(World(BOOK), 3, "camera", "bag")
    world.as_("tablet").orders("V1", on_site=False, lines=[{"product_id": "camera"}, {"product_id": "bag"}])
    world.after("1h").signs_in("bob").after("1h")
    assert shown(world.at_ms(MIDNIGHT + 1), "camera") == []
    buy(world, 1, "camera", "bag", name="P")
    assert shown(world.at_ms(MIDNIGHT + DAY + 1), "camera") == ["bag"]


def test_who_is_forgotten_has_ordered_nothing() -> None:
    """Four are left."""
    world = buy(World(BOOK), 5, "camera", "bag").after("1h").asks_for_erasure(customer_id="O2")
    assert shown(world.at_ms(MIDNIGHT + 1), "camera") == []


def test_stages_that_are_killed_count_the_same() -> None:
    """Orders, partners, and what these have told; what is known of the product beside is published with it."""
    world = World(BOOK, driver=DurableReplay).catalog("camera", price="99", stock=3)
    replay = world.replay
    assert isinstance(replay, DurableReplay)
    buy(world, 5, "camera", "bag").after("1h")
    replay.kill(BOOK)
    buy(world.at_ms(MIDNIGHT + 1), 5, "camera", "tape", name="P")
    assert shown(world, "camera") == ["bag"]
    replay.kill(BOOK)
    assert shown(world.at_ms(MIDNIGHT + DAY + 1), "camera") == ["bag", "tape"]
    replay.kill(BOOK)
    buy(world, 3, "bag", name="Q").at_ms(MIDNIGHT + 2 * DAY + 1)
    assert shown(world, "camera") == ["tape", "bag"]
    assert world.said(Topic.PRODUCTS)[-1]["price"] == "99.00"


# -- what the trigger says ---------------------------------------------------------------------------------------------


def asked(world: World) -> list[Any]:
    """What the fired triggers ask for."""
    return [fired["message"]["also_bought"] for fired in world.drain().fired()]


def test_a_trigger_says_what_it_is_about() -> None:
    """The cart; what was viewed, the last first; the order."""
    asks = {"template": "t", "products": ["also_bought"]}
    assert asked(World(BOOK).adds("mug").adds("pot")) == [{"of": ["mug", "pot"], "without": [], "limit": 6}]
    world = World(rulebook(rule("browse_abandonment", message=asks)))
    assert asked(world.sees("mug").sees("pot")) == [{"of": ["pot", "mug"], "without": [], "limit": 4}]
    world = World(rulebook(rule("post_purchase", wait="3d", message=asks)))
    assert asked(buy(world, 1, "jug")) == [{"of": ["jug"], "without": ["jug"], "limit": 4}]


@pytest.mark.parametrize(("ago", "expected"), [(0, []), (1, ["tea"])], ids=["exactly_30_days", "a_moment_less"])
def test_what_was_bought_lately_is_left_out(ago: int, expected: list[str]) -> None:
    """In the 30 days before the trigger is due; the last first, what was cancelled not."""
    world = World(BOOK).signs_in("ada").at_ms(ms("1h") + ago)
    for order, products in (("A", ["tea"]), ("B", ["pen", "jug"]), ("C", ["pot"])):
        lines = [{"product_id": product} for product in products]
        world.orders(order, on_site=False, lines=lines, customer_id="ada").after("1d")
    world.pipe({"type": "order_cancelled", "order_id": "C"}, customer_id="ada")
    world.at_ms(30 * DAY).adds("mug")
    assert [said["without"] for said in asked(world)][-1] == ["jug", "pen", *expected]


def test_what_no_rule_asks_does_not_travel() -> None:
    """A shop whose messages show no such products tells them nothing of orders."""
    world = World(rulebook(rule(CART, message={"template": "t", "products": ["cart"]})))
    buy(world, 5, "camera", "bag").at_ms(MIDNIGHT + 1).outcomes()
    assert not {name[1] for name in world.counts if name[0] == "facts"} & {"bought_together", "partner_counted"}
    assert world.said(Topic.PRODUCTS) == []


def test_a_step_may_ask() -> None:
    """Its message alone."""
    asks = {"template": "t", "products": ["also_bought"]}
    book = rulebook(rule(CART, steps=[{"wait": "0s"}, {"wait": "1d", "message": asks}]))
    world = buy(World(book), 5, "camera", "bag").at_ms(MIDNIGHT + 1)
    assert shown(world, "camera") == ["bag"]
