"""Searches that led to nothing: the product and the oracle find the same, in order and shuffled."""

import pytest

from tests.oracle.plain import Rules
from tests.oracle.searches import searches
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import shuffled
from tests.properties.batch import HOUR, LATENESS, arrivals, replay
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

SEEDS = seeds(4, 1009, *range(10), 10007)
BOOK = rulebook(rule("search_abandonment"), rule("browse_abandonment"), payment_wait="off")
RULES = Rules(HOUR // 2, browse_wait_ms=HOUR)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_gives_the_oracles_triggers_in_any_order(seed: int) -> None:
    """Searches beside browsing: each session is one of them, or none; the ids say nothing of the order of arrival."""
    shop = world(seed)
    ordered = replay(BOOK, arrivals(shop.clicks, shop.orders))
    assert ordered.triggers == searches(shop.clicks, shop.orders, RULES)
    assert {one.kind for one in ordered.triggers} == {"search_abandonment", "browse_abandonment"}
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    assert sorted(replay(BOOK, arrivals(clicks, orders)).ids) == sorted(ordered.ids)
