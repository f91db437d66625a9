"""Live equals batch: the product and an independent oracle find the same triggers in the same events."""

import pytest

from tests.oracle import otto
from tests.oracle.plain import triggers
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, LATENESS, arrivals, plain_rulebook, plain_rules, replay
from tests.properties.seeds import seeds

RULEBOOK, RULES = plain_rulebook("2d"), plain_rules(2 * DAY)
SEEDS = seeds(6, 1009, *range(12), 101, 10007, 100003)
SHUFFLED_SEEDS = SEEDS[::2]


def test_real_shop_sessions_give_the_oracles_triggers() -> None:
    """Twenty sessions of a real shop: every kind that they lead to, nothing more and nothing less."""
    shop = otto.sample()
    outcome = replay(RULEBOOK, arrivals(shop.clicks, shop.orders))
    assert outcome.triggers == triggers(shop.clicks, shop.orders, RULES)
    assert len(outcome.ids) == len(set(outcome.ids))


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_in_order_gives_the_oracles_triggers(seed: int) -> None:
    """A synthetic shop, dense in ties, exact due times and links, fed in the order of events."""
    shop = world(seed)
    outcome = replay(RULEBOOK, arrivals(shop.clicks, shop.orders))
    assert outcome.triggers == triggers(shop.clicks, shop.orders, RULES)
    assert len(outcome.ids) == len(set(outcome.ids)), "two triggers share an id"


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_without_drain_fires_what_was_due_before_its_last_event(seed: int) -> None:
    """Not drained, the clock ends at the last event: what is due then or later still waits."""
    shop = world(seed)
    outcome = replay(RULEBOOK, arrivals(shop.clicks, shop.orders), drain=False)
    assert outcome.triggers == triggers(shop.clicks, shop.orders, RULES, drain=False)


@pytest.mark.parametrize("seed", SHUFFLED_SEEDS, ids="seed{}".format)
def test_a_shuffled_world_gives_the_same_triggers_with_the_same_ids(seed: int) -> None:
    """Within the allowed lateness the order of arrival changes nothing, ids included. Exit intents stand apart: they
    are judged on arrival."""
    rulebook = RULEBOOK.model_copy(
        update={"rules": tuple(rule for rule in RULEBOOK.rules if rule.kind != "exit_intent")}
    )
    shop = world(seed)
    ordered = replay(rulebook, arrivals(shop.clicks, shop.orders))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    mixed = replay(rulebook, arrivals(clicks, orders))
    assert mixed.triggers == {t for t in triggers(shop.clicks, shop.orders, RULES) if t.kind != "exit_intent"}
    assert sorted(mixed.ids) == sorted(ordered.ids)
