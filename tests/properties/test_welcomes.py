"""Welcomes: the product and the oracle find the same, in order and shuffled."""

import pytest

from tests.oracle.calendar_worlds import calendar_world
from tests.oracle.welcomes import welcomes
from tests.oracle.worlds import shuffled
from tests.properties.batch import LATENESS, arrivals, replay
from tests.properties.seeds import seeds
from tests.world import rulebook

SEEDS = seeds(5, 1009, *range(12), 10007)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
@pytest.mark.parametrize("wait_s", [0, 90, 40 * 86_400])
def test_a_world_gives_the_oracles_triggers_in_any_order(seed: int, wait_s: int) -> None:
    """At once, within the visit, and over many visits, in which a device may turn out to be a customer's."""
    rule = {"id": "welcome", "kind": "welcome", "wait": f"{wait_s}s", "expires_after": "never"}
    book = rulebook(rule, retention="9999d", customer_retention="9999d")
    clicks, orders = calendar_world(seed)
    ordered = replay(book, arrivals(clicks, orders))
    assert ordered.triggers == welcomes(clicks, orders, wait_s * 1000)
    assert len(ordered.ids) == len(set(ordered.ids))
    assert ordered.ids or wait_s, "nobody was welcomed"
    mixed = replay(book, arrivals(shuffled(clicks, seed + 1, LATENESS), shuffled(orders, seed + 2, LATENESS)))
    assert sorted(mixed.ids) == sorted(ordered.ids)
