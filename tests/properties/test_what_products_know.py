"""Replenishment and cross-sell by what products know: the product and the oracle find the same triggers in the same
orders and the same catalogue, in the order of events, shuffled within the allowed lateness, and when the stages are
killed on the way."""

from collections import Counter
from random import Random

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world, told_products
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules
from tests.oracle.purchases import Buying
from tests.oracle.records import in_order
from tests.oracle.worlds import DAY, HOUR, MINUTE, Json, World, shuffled
from tests.properties.batch import LATENESS, arrivals
from tests.properties.buying import as_the_oracle_says, found
from tests.properties.seeds import seeds
from tests.streams.durable import DurableReplay
from tests.world import rule, rulebook

RULES = Rules(30 * MINUTE)
SETTINGS = Buying(
    cross_wait=36 * HOUR,
    bought=frozenset({"gear", "coffee"}),
    offer=frozenset({"bag"}),
    lead=12 * HOUR,
    default_cycle=3 * DAY,
)
SEEDS = seeds(5, 1009, *range(6))


def book() -> Rulebook:
    """Both kinds, by what products know."""
    return rulebook(
        rule("cross_sell", wait="36h", bought=["gear", "coffee"], offer=["bag"]),
        rule("replenishment", lead="12h", default_cycle="3d"),
    )


def shop(seed: int) -> tuple[World, list[Json]]:
    """Some records of the catalogue are of the instants of orders. News of orders come when products have told of what
    was in them, and before anything of it is due: what is undone sooner, or was bought long ago, is told of as it is
    then."""
    world, catalog, random = (
        buying_world(seed, people=40, news=range(HOUR, 4 * HOUR, MINUTE + 1001)),
        told_products(seed),
        Random(seed),
    )
    for said in random.sample(catalog, 8):
        said["occurred_at"] = random.choice(world.orders)["occurred_at"]
    return world, sorted(catalog, key=lambda said: (said["occurred_at"], said["event_id"]))


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_products_know_is_the_oracles(seed: int) -> None:
    """In order, shuffled and killed; the ids are the same."""
    world, catalog = shop(seed)
    walk = BuyingWalk(RULES, Waits(HOUR), SETTINGS, catalog)
    expected = {one for one in walk.over(in_order(world.clicks, world.orders), True) if one.kind != "payment_failed"}
    told, ids = found(book(), world.clicks, world.orders, catalog)
    assert set(told) == expected
    assert len(ids) == len(set(ids))

    known = [one for shelf in walk.shelves.values() for one in shelf.known.values()]
    counted = Counter(name for one in known for name, value in one._asdict().items() if value)
    assert min(counted[name] for name in ("cycle", "gap", "substitutes", "category")) >= 5, f"too few: {counted}"

    mixed = [shuffled(records, seed + 1, LATENESS) for records in (world.clicks, world.orders, catalog)]
    assert sorted(found(book(), *mixed)[1]) == sorted(ids)
    assert sorted(killed(seed, *mixed)) == sorted(ids)


def killed(seed: int, *records: list[Json]) -> list[str]:
    """The ids, where the stages are killed now and then."""
    random, driver = Random(seed), DurableReplay(book(), LATENESS)
    for arrival in arrivals(*records):
        driver.feed(*arrival.fed())
        if random.random() < 0.03:
            driver.kill(book())
    driver.drain()
    said = [orjson.loads(out.value) for out in driver.take().outputs if out.topic is Topic.TRIGGERS]
    fired = [trigger for trigger in said if trigger["type"] == "fired"]
    assert all(as_the_oracle_says(trigger) for trigger in fired)
    return [trigger["trigger_id"] for trigger in fired]
