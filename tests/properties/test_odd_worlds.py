"""Records that are odd in a detail count as if they were not: the product, the oracle, and the oracle of the same shop
written well agree."""

from collections import Counter

import pytest

from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.odd_worlds import odd
from tests.oracle.plain import triggers
from tests.oracle.shop_worlds import world
from tests.properties.batch import DAY, LATENESS, Outcome, arrivals, plain_rulebook, plain_rules
from tests.properties.seeds import seeds

RULEBOOK, RULES = plain_rulebook("2d"), plain_rules(2 * DAY)
SEEDS = seeds(4, *range(6), 101, 1009)
SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS)
WANTED = {
    *("amount_rounded", "amount_dropped", "currency_folded", "quantity_text", "adjustment_line", "lines_cut"),
    *("line_dropped", "id_cleaned", "field_dropped", "owner_dropped", "unknown_field", "payment_synonym"),
}
BESIDES = {"total_mismatch", "too_old", "payment_unknown"}
"""What any world has, or may have."""


@pytest.mark.parametrize("deviceless", [False, True])
@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_an_odd_world_gives_the_oracles_triggers(seed: int, deviceless: bool) -> None:
    """Nothing is put aside, all that is odd is counted, and nobody is reminded of what was bought."""
    plain = world(seed)
    shop = odd(plain, deviceless=deviceless)
    driver = Replay(RULEBOOK, LATENESS)
    for arrival in arrivals(shop.clicks, shop.orders):
        driver.feed(*arrival.fed())
    driver.drain()
    effects = driver.take()
    ended = Counter({name[1:]: by for name, by in effects.counts.items() if name[0] == "records"})
    assert {outcome for _, outcome in ended} <= {"applied", "late", "duplicate"}
    expected = triggers(*shop, RULES)
    assert Outcome.of(effects.outputs).triggers == expected
    assert deviceless or expected == triggers(*plain, RULES)
    assert {name[2] for name in effects.counts if name[0] == "oddities"} - {
        "total_mismatch",
        "too_old",
        "payment_unknown",
    } == WANTED
