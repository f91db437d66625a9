"""Replenishment: what was bought is used up, each product at its pace."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.text import RulebookRefused, rulebook_from_text
from tests.world import World, ms, rule, rulebook

AGAIN = "replenishment"


def shop(**fields: object) -> World:
    """Coffee lasts 30 days, anything else 50; it speaks three days before. Decaf stands in for coffee."""
    lasts = {"lead": "3d", "cycles": {"coffee": "30d"}, "default_cycle": "50d", "substitutes": {"coffee": ["decaf"]}}
    return World(rulebook(rule(AGAIN, **{**lasts, **fields})))


def buys(world: World, day: int, *products: str, **fields: Any) -> World:
    """On that day an order, O-day by name, of these products."""
    lines = [{"product_id": product} for product in products]
    return world.at(f"{day}d" if day else "0s").orders(f"O-{day}", on_site=False, lines=lines, **fields)


def said(world: World) -> list[tuple[str, int]]:
    """Of which product it has spoken, due on which day."""
    fired = world.drain().fired()
    return [
        (record["lines"][0]["product_id"], shot.due // ms("1d"))
        for record, shot in zip(fired, world.triggers(), strict=True)
    ]


def test_each_product_of_an_order_has_its_own_cycle() -> None:
    """And its trigger shows that product alone."""
    world = buys(shop(), 0, "coffee", "soap")
    assert said(world) == [("coffee", 27), ("soap", 47)]
    assert [len(fired["lines"]) for fired in world.fired()] == [1, 1]


@pytest.mark.parametrize(
    ("days", "expected"),
    [((0, 10), 37), ((0, 10, 20), 27), ((0, 10, 30), 42), ((0, 10, 30, 42), 51)],
    ids=["two purchases: the cycle", "three: their gap", "of two gaps the mean", "of three the one in the middle"],
)
def test_from_three_purchases_on_the_persons_own_median_counts(days: tuple[int, ...], expected: int) -> None:
    """One gap may be anything."""
    world = shop()
    for day in days:
        buys(world, day, "coffee")
    assert said(world) == [("coffee", expected)]


def test_several_lines_and_orders_of_a_day_are_one_purchase() -> None:
    """The last of the day counts: two days are two purchases, so the cycle of the rule does."""
    world = buys(buys(shop(), 0, "coffee", "coffee"), 10, "coffee")
    world.after("2h").orders("O2", on_site=False, lines=[{"product_id": "coffee"}]).drain()
    assert [shot.anchor for shot in world.triggers()] == [ms("10d 2h")]
    assert [shot.due for shot in world.triggers()] == [ms("37d 2h")]


@pytest.mark.parametrize(
    ("pause", "expected"), [("26d", 0), ("27d", 0), ("27d 1ms", 1)], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize("product", ["coffee", "decaf"])
def test_it_or_a_substitute_bought_ends_it(pause: str, expected: int, product: str) -> None:
    """Until its time, that instant included; what is not delivered is taken back."""
    world = buys(shop(), 0, "coffee").after(pause)
    world.orders("O2", on_site=False, lines=[{"product_id": product}]).after("1h")
    assert world.cancelled() == world.sent() == [AGAIN] * expected
    assert world.why(AGAIN) is Reason.ORDERED


def test_anything_else_bought_is_no_answer() -> None:
    """Coffee stands in for nothing."""
    assert said(buys(buys(shop(default_cycle="off"), 0, "coffee"), 5, "soap")) == [("coffee", 27)]
    assert said(buys(buys(shop(), 0, "decaf"), 5, "coffee")) == [("coffee", 32), ("decaf", 47)]


def test_without_a_cycle_nothing_waits() -> None:
    """Nor where the cycle is as short as the lead, and a purchase is all there is to say."""
    assert said(buys(shop(default_cycle="off"), 0, "soap")) == []
    world = shop()
    for day in (0, 3, 6):
        buys(world, day, "coffee")
    assert said(world) == []


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_an_order_undone_ends_it(kind: str) -> None:
    """What it has ended stays ended."""
    world = buys(buys(shop(), 0, "coffee"), 10, "coffee").after("1d").pipe({"type": kind, "order_id": "O-10"})
    assert said(world) == []
    assert world.why(AGAIN) is Reason.ORDER_REVERSED


def test_a_product_sent_back_ends_its_own() -> None:
    """The rest of the order is used up."""
    world = buys(shop(), 0, "coffee", "soap").after("1d")
    world.pipe({"type": "order_refunded", "order_id": "O-0", "lines": [{"product_id": "coffee"}]})
    assert said(world) == [("soap", 47)]


def test_an_order_between_undone_moves_it() -> None:
    """Two purchases are left: the cycle of the rule counts again; without one, none does."""
    for cycle, expected in (({"coffee": "30d"}, [("coffee", 47)]), ({}, [])):
        world = shop(cycles=cycle, default_cycle="off")
        for day in (0, 10, 20):
            buys(world, day, "coffee")
        world.after("1d").pipe({"type": "order_cancelled", "order_id": "O-10"})
        assert said(world) == expected
    assert world.why(AGAIN) is Reason.NO_CYCLE


def test_a_late_order_moves_it() -> None:
    """Of three purchases the gaps are 8 and 12 days."""
    world = buys(buys(shop(), 0, "coffee"), 20, "coffee").after("1d")
    world.orders("O-8", on_site=False, ago="13d", lines=[{"product_id": "coffee"}])
    assert said(world) == [("coffee", 27)]


@pytest.mark.parametrize("channel", ["subscription", "subscription_contract", "Renewal"])
def test_what_a_subscription_delivers_needs_no_reminder(channel: str) -> None:
    """It ends what waits, and counts for the median."""
    world = buys(buys(shop(), 0, "coffee"), 10, "coffee", channel=channel).after("40d")
    assert world.sent() == []
    assert said(buys(world, 60, "coffee")) == [("coffee", 87)]


def test_a_sign_in_joins_two_histories() -> None:
    """What the device bought counts for the customer's median."""
    ann: dict[str, Any] = {"visitor_id": None, "customer_id": "ann"}
    world = buys(buys(shop(), 0, "coffee", **ann), 12, "coffee", **ann)
    world.after("1d")
    buys(world, 22, "coffee").after("1d").signs_in("ann")
    assert said(world) == [("coffee", 30)]
    assert [shot.person for shot in world.triggers()] == ["c:ann"]


def test_a_sign_in_brings_the_answer() -> None:
    """The customer bought decaf elsewhere."""
    world = buys(buys(shop(default_cycle="off"), 0, "coffee"), 5, "decaf", visitor_id=None, customer_id="ann")
    assert said(world.after("1d").signs_in("ann")) == []


@pytest.mark.parametrize(
    ("bought", "taken_back"),
    [("decaf", [AGAIN]), ("coffee", [AGAIN]), ("soap", [])],
    ids=["what stands in for it", "the same", "another"],
)
def test_a_sign_in_takes_back_what_is_on_its_way(bought: str, taken_back: list[str]) -> None:
    """It was said to the device when it was nobody's; the customer had bought coffee elsewhere by then, or had not."""
    world = buys(buys(shop(default_cycle="off"), 0, "coffee"), 5, bought, visitor_id=None, customer_id="ann")
    assert world.after("25d").sent() == [AGAIN]
    world.signs_in("ann").after("1h")
    assert world.cancelled() == taken_back


def test_a_hundred_products_wait_and_the_oldest_go() -> None:
    """What is cut is counted."""
    world = buys(shop(), 0, "first")
    for day in (1, 2, 3):
        buys(world, day, *[f"p-{day}-{number}" for number in range(40)])
    assert len(world.drain().fired()) == 100
    assert world.counts["cut", "episodes"] == 21
    assert world.fired()[-1]["lines"][0]["product_id"].startswith("p-3-")


def test_what_is_forgotten_of_long_ago_ends_nothing() -> None:
    """What a hundred orders ago had in it is not kept; what waits from there goes on, also through a sign-in."""
    ann: dict[str, Any] = {"visitor_id": None, "customer_id": "ann"}
    world = buys(shop(default_cycle="off"), 0, "coffee", **ann).after("1h")
    for number in range(101):
        world.orders(f"O{number}", on_site=False, lines=[{"product_id": "soap"}], **ann).after("1m")
    assert said(world.visits().after("1h").signs_in("ann")) == [("coffee", 27)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("lead: 3d, default_cycle: 3d", "default_cycle is 3 days, and lead 3 days: it would be due with the purchase"),
        ("lead: 3d, cycles: {tea: 2d}", "the cycle of 'tea' is 2 days, and lead 3 days"),
        ("default_cycle: 800d", "default_cycle is 800 days; write 730 days or less"),
        ("substitutes: {tea: [tea]}", "'tea' is named as its own substitute; take it out"),
        ("cycles: {17: 2d}", '17 is no product id; write the id in quotes, such as "1042"'),
    ],
)
def test_mistakes_have_a_sentence(fields: str, sentence: str) -> None:
    """What is wrong, and how to mend it."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(f"name: x\nrules:\n  - {{id: r, kind: replenishment, {fields}}}\n", "x.yaml")
    assert sentence in str(refused.value)


def test_it_reads_as_a_sentence() -> None:
    """As the rules command shows it."""
    book = rulebook(rule(AGAIN, lead="3d", cycles={"a": "9d"}, default_cycle="30d"))
    assert book.rules[0].occasion() == (
        "3 days before they run out of a product, unless they buy it or a substitute, or it is cancelled or refunded: "
        "by the median of their own gaps from three purchases on, else 9 days of a, else what the catalogue says, "
        "else the median of all buyers, else 30 days"
    )
