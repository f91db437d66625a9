"""What is bought together: what products publish is the oracle's brute force over all orders, at each midnight, in the
order of events, shuffled within the allowed lateness, and when the stages are killed on the way."""

from collections.abc import Iterator
from random import Random

import orjson
import pytest

from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import PRODUCTS, buying_world
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules
from tests.oracle.purchases import Bought, Buying
from tests.oracle.records import in_order, millis
from tests.oracle.together import also_bought
from tests.oracle.worlds import DAY, HOUR, MINUTE, START, World, shuffled
from tests.properties.batch import LATENESS, Arrival, arrivals
from tests.properties.seeds import seeds
from tests.streams.durable import DurableReplay
from tests.world import rule, rulebook

BOOK = rulebook(rule("lapse", wait="300d", message={"template": "t", "products": ["also_bought"]}))
SEEDS = seeds(2, 4001, *range(7))
FIRST = START // DAY * DAY + DAY


def shop(seed: int) -> World:
    """Some orders, and some news of them, are of the very midnight, or of just before or after."""
    world, random = buying_world(seed, people=16), Random(seed)
    for record in random.sample(world.orders, 25):
        at = millis(record["occurred_at"])
        record["occurred_at"] = (at // DAY + 1) * DAY + random.choice([-1, 0, 0, 1])
    return World(world.clicks, sorted(world.orders, key=lambda one: (millis(one["occurred_at"]), one["event_id"])))


def counting(world: World, midnight: int) -> list[Bought]:
    """All orders that count by then."""
    walk = BuyingWalk(Rules(30 * MINUTE), Waits(HOUR), Buying())
    records = in_order(world.clicks, world.orders)
    walk.over([record for record in records if record.at.time <= midnight], False)
    return [bought for shelf in walk.shelves.values() for bought in shelf.orders.values()]


class Window:
    """What the compacted topic of products holds."""

    def __init__(self, driver: Replay) -> None:
        self.driver = driver
        self.held: dict[str, list[str]] = {}

    def now(self) -> dict[str, list[str]]:
        for out in self.driver.take().outputs:
            if out.topic is Topic.PRODUCTS:
                self.held[out.key.decode()] = orjson.loads(out.value)["also_bought"]
        return {product: shown for product, shown in self.held.items() if shown}


def by_day(driver: Replay, arrived: list[Arrival], days: int) -> Iterator[int]:
    """Feed all; each midnight, once time has passed it."""
    midnight = FIRST
    for arrival in arrived:
        while arrival.at > midnight + LATENESS:
            driver.advance(midnight + LATENESS + 1)
            yield midnight
            midnight += DAY
        driver.feed(*arrival.fed())
    for passed in range(midnight, midnight + days * DAY, DAY):
        driver.advance(passed + LATENESS + 1)
        yield passed


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_is_bought_together_is_the_oracles(seed: int) -> None:
    """Each day that there are orders, and each on which they are forgotten again."""
    world = shop(seed)
    driver = Replay(BOOK, LATENESS)
    window, seen = Window(driver), set()
    for midnight in by_day(driver, arrivals(world.clicks, world.orders), 200):
        if midnight < FIRST + 40 * DAY or midnight > FIRST + 175 * DAY:
            expected = also_bought(counting(world, midnight), midnight)
            assert window.now() == expected, f"at {midnight}"
            seen.add(orjson.dumps(expected, option=orjson.OPT_SORT_KEYS))
    assert len(seen) > 8, "the lists never change"
    assert window.now() == {}


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_shuffled_and_killed_it_is_the_same(seed: int) -> None:
    """At the end of a month."""
    world, random = shop(seed), Random(seed)
    driver = DurableReplay(BOOK, LATENESS)
    mixed = [shuffled(records, seed + 1, LATENESS) for records in (world.clicks, world.orders)]
    window = Window(driver)
    for arrival in arrivals(*mixed):
        driver.feed(*arrival.fed())
        if random.random() < 0.03:
            driver.kill(BOOK)
    midnight = FIRST + 40 * DAY
    driver.advance(midnight + LATENESS + 1)
    expected = also_bought(counting(world, midnight), midnight)
    assert window.now() == expected
    assert len(expected) == len(PRODUCTS), "too few are bought together"
