"""Rules that speak several times: the product and the oracle find the same steps in the same events."""

import pytest

from schemas.rules.rulebook import Rulebook
from tests.oracle.plain import Rules
from tests.oracle.records import in_order
from tests.oracle.shop_worlds import world
from tests.oracle.steps import StepWalk
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, HOUR, LATENESS, arrivals, replay
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

STEPS = [{"wait": "0s"}, {"wait": "3h"}, {"wait": "1d"}]
RULES = Rules(HOUR // 2, cart_wait_ms=HOUR, lapse_ms=DAY)
SEEDS = seeds(4, 1009, *range(8))


def book() -> Rulebook:
    """A cart after an hour, a lapse after a day, and both twice more."""
    rules = rule("cart_abandonment", steps=STEPS), rule("lapse", wait="1d", steps=STEPS)
    return rulebook(*rules, session_max="off", payment_wait="off")


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_the_steps_of_a_world_are_the_oracles(seed: int) -> None:
    """In the order of events and shuffled within the allowed lateness; the ids are the same."""
    shop = world(seed)
    expected = StepWalk(RULES, (3 * HOUR, DAY)).over(in_order(shop.clicks, shop.orders), True)
    ordered = replay(book(), arrivals(shop.clicks, shop.orders))
    assert ordered.triggers == expected
    assert len({trigger.due_ms - trigger.anchor_ms for trigger in expected}) >= 6, "a world without later steps"
    assert len(ordered.ids) == len(set(ordered.ids))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    mixed = replay(book(), arrivals(clicks, orders))
    assert sorted(mixed.ids) == sorted(ordered.ids)
