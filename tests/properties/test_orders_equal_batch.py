"""Orders as they live: the product and the oracle find the same triggers in the same events."""

from collections import Counter

import pytest

from schemas.rules.rulebook import Rulebook
from tests.oracle.order_books import Waits
from tests.oracle.order_worlds import order_world
from tests.oracle.orders import OrderWalk
from tests.oracle.plain import Rules
from tests.oracle.records import in_order
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, HOUR, LATENESS, MINUTE, arrivals, replay
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

RULES = Rules(30 * MINUTE, HOUR, HOUR, HOUR, 2 * DAY, 2 * DAY)
WAITS = Waits(HOUR, 30 * MINUTE, HOUR, DAY, 2 * HOUR, HOUR)
OF_ORDERS = {"payment_failed", "first_purchase", "second_purchase_push", "post_purchase"}
SEEDS = seeds(5, 1009, *range(12))


def book() -> Rulebook:
    """Each kind once, for itself, and a question after each delivery besides."""
    return rulebook(
        *[rule(kind) for kind in ("browse_abandonment", "cart_abandonment", "checkout_abandonment")],
        *[rule(kind, wait="2d") for kind in ("inactivity", "lapse")],
        rule("payment_failed", wait="30m"),
        rule("first_purchase", wait="1h"),
        rule("second_purchase_push", wait="1d"),
        rule("post_purchase", wait="2h"),
        rule("post_purchase", id="delivered", wait="1h", **{"from": "delivered"}),
        session_max="off",
    )


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_the_orders_of_a_world_are_the_oracles(seed: int) -> None:
    """In the order of events and shuffled within the allowed lateness; the ids are the same."""
    shop = order_world(seed)
    expected = OrderWalk(RULES, WAITS).over(in_order(shop.clicks, shop.orders), True)
    ordered = replay(book(), arrivals(shop.clicks, shop.orders))
    assert ordered.triggers == expected
    kinds = Counter(trigger.kind for trigger in expected)
    assert min(kinds[kind] for kind in OF_ORDERS) >= 2, f"a world without some kind: {kinds}"
    assert len(ordered.ids) == len(set(ordered.ids))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    mixed = replay(book(), arrivals(clicks, orders))
    assert sorted(mixed.ids) == sorted(ordered.ids)
