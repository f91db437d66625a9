"""Carts that are told by their ids: the product and the oracle find the same triggers in the same events."""

import pytest

from tests.oracle import plain
from tests.oracle.cart_worlds import cart_world
from tests.oracle.named_carts import triggers
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, LATENESS, arrivals, plain_rulebook, plain_rules, replay
from tests.properties.cluster import Cluster
from tests.properties.seeds import seeds
from tests.properties.test_small_histories import comparable

RULEBOOK, RULES = plain_rulebook("2d"), plain_rules(2 * DAY)
NO_EXIT = RULEBOOK.model_copy(update={"rules": tuple(rule for rule in RULEBOOK.rules if rule.kind != "exit_intent")})
SEEDS = seeds(4, 1009, *range(12))


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_gives_the_oracles_triggers(seed: int) -> None:
    """In the order of events, and shuffled within the allowed lateness; the ids are the same."""
    shop = cart_world(seed)
    expected = triggers(shop.clicks, shop.orders, RULES)
    without = plain.triggers(shop.clicks, shop.orders, RULES)
    assert len(without - expected) > 10, "a world in which the ids of carts end little"
    assert replay(RULEBOOK, arrivals(shop.clicks, shop.orders)).triggers == expected
    ordered = replay(NO_EXIT, arrivals(shop.clicks, shop.orders))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    assert sorted(replay(NO_EXIT, arrivals(clicks, orders)).ids) == sorted(ordered.ids)
    assert len(ordered.ids) == len(set(ordered.ids))


@pytest.mark.parametrize("seed", range(4), ids="seed{}".format)
def test_lagging_partitions_change_nothing(seed: int) -> None:
    """The cart's holder and the order are on different partitions, each of which is read at its own pace."""
    shop = cart_world(seed + 50, people=6, days=3, scenes=40)
    arrived = arrivals(shuffled(shop.clicks, seed, LATENESS), shuffled(shop.orders, seed + 1, LATENESS))
    outcome = Cluster(NO_EXIT, LATENESS, seed).run(arrived)
    expected = {trigger for trigger in triggers(shop.clicks, shop.orders, RULES) if trigger.kind != "exit_intent"}
    assert comparable(outcome.triggers, arrived) == comparable(expected, arrived)
    assert len(outcome.ids) == len(set(outcome.ids))
