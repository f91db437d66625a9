"""What products know of themselves, for whoever buys them: how long they last, what does as well, of which category
they are."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from streams.replay import Replay
from tests.streams.durable import DurableReplay
from tests.world import World, ms, rule, rulebook

AGAIN, CROSS = "replenishment", "cross_sell"


def shop(**fields: object) -> World:
    """It speaks three days before something is used up."""
    return World(rulebook(rule(AGAIN, **{"lead": "3d", **fields})))


def buys(world: World, day: int, *products: str, who: str = "ada", **fields: Any) -> World:
    """On that day an order of somebody, with these products."""
    lines = [{"product_id": product} for product in products]
    world.at(f"{day}d" if day else "0s")
    return world.orders(f"O-{who}-{day}", on_site=False, lines=lines, customer_id=who, **fields)


def due_of(world: World, who: str = "ada") -> list[int]:
    """On which days that customer has heard, by due time."""
    return [shot.due // ms("1d") for shot in world.drain().triggers() if shot.person == f"c:{who}"]


def crowd(world: World, number: int, gap: int) -> World:
    """So many have bought tea on the first day, and again so many days later."""
    for day in (0, gap):
        for one in range(number):
            buys(world, day, "tea", who=f"b{one:02}")
    return world


@pytest.mark.parametrize(
    ("fields", "catalogue", "buyers", "expected"),
    [
        ({}, {}, 0, []),
        ({"default_cycle": "50d"}, {}, 0, [147]),
        ({"default_cycle": "50d"}, {}, 20, [127]),
        ({"default_cycle": "50d"}, {"cycle_days": 40}, 20, [137]),
        ({"default_cycle": "50d", "cycles": {"tea": "20d"}}, {"cycle_days": 40}, 20, [117]),
    ],
    ids=["nobody_knows", "default", "all_buyers", "catalogue", "rulebook"],
)
def test_who_knows_how_long_it_lasts(
    fields: dict[str, object], catalogue: dict[str, Any], buyers: int, expected: list[int]
) -> None:
    """The rule for this product, else the catalogue, else all who buy it, else the rule for all."""
    world = shop(**fields)
    if catalogue:
        world.catalog("tea", **catalogue).after("1m")
    assert due_of(buys(crowd(world, buyers, 30), 100, "tea")) == expected


def test_their_own_pace_comes_first() -> None:
    """From three purchases on; until then the catalogue says it, and each purchase answers the one before."""
    world = shop().catalog("tea", cycle_days=40).after("1m")
    for day in (1, 11, 21):
        buys(world, day, "tea")
    assert due_of(world) == [28]


@pytest.mark.parametrize(("buyers", "expected"), [(19, [147]), (20, [127]), (21, [127])])
def test_the_twentieth_who_buys_again_speaks_for_all(buyers: int, expected: list[int]) -> None:
    """Before that nobody knows; who has bought once has no gap."""
    world = shop(default_cycle="50d")
    buys(world, 0, "tea", who="once")
    assert due_of(buys(crowd(world, buyers, 30), 100, "tea")) == expected


def test_ones_own_gap_counts_among_those_of_all() -> None:
    """The twentieth is whoever is told."""
    world = crowd(shop(default_cycle="50d"), 19, 30)
    assert due_of(buys(buys(world, 70, "tea"), 100, "tea"))[-1] == 127


def test_the_gap_in_the_middle_counts() -> None:
    """Of an even number of gaps the mean of the two in the middle."""
    world = shop(default_cycle="50d")
    for day, buyers in ((0, range(20)), (20, range(10)), (30, range(10, 20))):
        for one in buyers:
            buys(world, day, "tea", who=f"b{one:02}")
    assert due_of(buys(world, 100, "tea")) == [122]


def test_what_is_sent_back_was_not_bought() -> None:
    """One of the twenty sends it back, and nobody knows any more."""
    world = crowd(shop(default_cycle="50d"), 20, 30)
    world.pipe({"type": "order_refunded", "order_id": "O-b07-30"}, customer_id="b07")
    assert due_of(buys(world, 100, "tea")) == [147]


def test_two_halves_of_a_person_are_one_buyer() -> None:
    """Who buys as a visitor, and signs in, is not two; the gap between both halves' purchases is one."""
    world = crowd(shop(default_cycle="50d"), 18, 30)
    buys(world, 40, "tea", who="bob")
    lines = [{"product_id": "tea"}]
    world.at("70d").as_("tablet").orders("V1", on_site=False, lines=lines)
    world.at("80d").signs_in("bob").after("1h")
    for day in (50, 81):
        buys(world, day, "tea", who="cem")
    assert due_of(buys(world, 100, "tea")) == [127]


def test_who_is_forgotten_is_no_buyer_any_more() -> None:
    """Nineteen are left."""
    world = crowd(shop(default_cycle="50d"), 20, 30)
    world.asks_for_erasure(customer_id="b07").after("1h")
    assert due_of(buys(world, 100, "tea")) == [147]


@pytest.mark.parametrize(("ago", "expected"), [("1ms", [37]), ("0s", [47])], ids=["before", "exactly_at"])
def test_what_the_catalogue_said_at_the_purchase_counts(ago: str, expected: list[int]) -> None:
    """Of one instant the order comes first; what is said later changes nothing that waits."""
    world = shop(default_cycle="50d").after("1m").catalog("tea", cycle_days=40, ago=ago)
    world.orders("O1", on_site=False, lines=[{"product_id": "tea"}], customer_id="ada")
    world.after("1d").catalog("tea", cycle_days=9)
    assert due_of(world) == expected


def test_a_substitute_of_the_catalogue_is_as_good() -> None:
    """It ends what waits; bought before, it does not."""
    world = shop().catalog("tea", cycle_days=40, substitutes=["mint"]).after("1m")
    buys(buys(world, 1, "mint"), 2, "tea")
    world.at("20d")
    assert world.decisions() == []
    buys(world, 21, "mint").after("1h")
    assert world.why(AGAIN) is Reason.ORDERED
    assert due_of(world) == []


def test_a_category_is_bought_and_offered() -> None:
    """By its name, beside products by their ids."""
    world = World(rulebook(rule(CROSS, wait="2d", bought=["cameras"], offer=["bags", "tripod"])))
    for product, category in (("x100", "cameras"), ("sling", "bags"), ("mug", "cups")):
        world.catalog(product, category=category)
    buys(world, 1, "x100", who="ada")
    buys(world, 1, "x100", who="bob")
    buys(world, 1, "x100", "sling", who="cem")
    buys(world, 1, "x100", who="dan")
    buys(world, 1, "mug", who="eve")
    buys(world, 2, "sling", who="bob")
    buys(world, 2, "tripod", who="dan")
    assert [shot.person for shot in world.drain().triggers()] == ["c:ada"]


def test_a_thing_of_the_category_sent_back_ends_it() -> None:
    """As a product by its id does."""
    world = World(rulebook(rule(CROSS, wait="2d", bought=["cameras"], offer=["bags"]))).catalog(
        "x100", category="cameras"
    )
    buys(world, 1, "x100", "mug")
    world.at("2d").pipe(
        {"type": "order_refunded", "order_id": "O-ada-1", "lines": [{"product_id": "x100"}]}, customer_id="ada"
    )
    assert world.drain().sent() == []
    assert world.why(CROSS) is Reason.ORDER_REVERSED


def test_unknown_visitors_hear_of_products_too() -> None:
    """And are buyers."""
    world = shop().catalog("tea", cycle_days=40).after("1m")
    world.orders("O1", lines=[{"product_id": "tea"}]).pipe(
        {"type": "order_placed", "order_id": "O1", "lines": [{"product_id": "tea"}]}
    )
    assert [(shot.person, shot.due // ms("1d")) for shot in world.drain().triggers()] == [("v:phone", 37)]


def test_what_no_rule_asks_does_not_travel() -> None:
    """A shop that does not sell again tells its products nothing of orders."""
    world = World(rulebook(rule("lapse", wait="9d"))).catalog("tea", cycle_days=40)
    buys(world, 1, "tea").after("1d").outcomes()
    assert not {name[1] for name in world.counts if name[0] == "facts"} & {"product_bought", "product_known"}


class Deaf(Replay):
    """Products hear nothing, and tell nothing."""

    def _deliver(self, inbox: Topic, told: list[tuple[bytes, bytes]]) -> None:
        if inbox is not Topic.PRODUCT_INBOX:
            super()._deliver(inbox, told)


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        (AGAIN, {}, Reason.NO_CYCLE),
        (CROSS, {"wait": "2d", "bought": ["tea-like"], "offer": ["cups"]}, Reason.NOT_TOLD),
    ],
)
def test_what_products_never_tell_is_never_due(kind: str, fields: dict[str, object], reason: Reason) -> None:
    """It says so in the end, in a hundred years."""
    world = buys(World(rulebook(rule(kind, **fields)), driver=Deaf), 1, "tea")
    assert world.after("60d").decisions() == []
    assert world.drain().why(kind) is reason
    assert world.sent() == []


def test_stages_that_are_killed_know_the_same() -> None:
    """Buyers, what waits for an answer, and what was answered."""
    book = rulebook(rule(AGAIN, lead="3d", default_cycle="50d"))
    world = World(book, driver=DurableReplay)
    replay = world.replay
    assert isinstance(replay, DurableReplay)
    crowd(world, 19, 30)
    replay.kill(book)
    buys(buys(world, 70, "tea", who="b77"), 90, "tea", who="b77")
    replay.kill(book)
    buys(world, 100, "tea")
    replay.kill(book)
    assert due_of(world) == [127]
