"""Over many partitions, each at its own pace, the triggers are the oracle's all the same."""

import pytest

from tests.oracle.plain import triggers
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, LATENESS, arrivals, plain_rulebook, plain_rules
from tests.properties.cluster import Cluster
from tests.properties.test_small_histories import comparable

RULEBOOK, RULES = plain_rulebook("2d"), plain_rules(2 * DAY)
NO_EXIT = RULEBOOK.model_copy(update={"rules": tuple(rule for rule in RULEBOOK.rules if rule.kind != "exit_intent")})


@pytest.mark.parametrize("seed", range(6), ids="seed{}".format)
def test_lagging_partitions_change_nothing(seed: int) -> None:
    """Exit intents apart: they are judged by what is known, and a lagging partition knows less."""
    shop = world(seed, people=8, days=4)
    arrived = arrivals(shop.clicks, shop.orders)
    outcome = Cluster(NO_EXIT, LATENESS, seed).run(arrived)
    expected = {trigger for trigger in triggers(shop.clicks, shop.orders, RULES) if trigger.kind != "exit_intent"}
    assert comparable(outcome.triggers, arrived) == comparable(expected, arrived)
    assert len(outcome.ids) == len(set(outcome.ids))


@pytest.mark.parametrize("seed", range(3), ids="seed{}".format)
def test_records_out_of_order_on_lagging_partitions_change_nothing(seed: int) -> None:
    """Late within what is allowed, and read whenever its partition comes to it."""
    shop = world(seed + 50, people=8, days=4)
    arrived = arrivals(shuffled(shop.clicks, seed, LATENESS), shuffled(shop.orders, seed + 1, LATENESS))
    outcome = Cluster(NO_EXIT, LATENESS, seed).run(arrived)
    expected = {trigger for trigger in triggers(shop.clicks, shop.orders, RULES) if trigger.kind != "exit_intent"}
    assert comparable(outcome.triggers, arrived) == comparable(expected, arrived)
