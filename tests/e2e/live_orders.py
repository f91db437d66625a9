"""Orders as they live, and what is bought again or together, live."""

import time
from collections import Counter

from tests.e2e.played import Played, at_times
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world
from tests.oracle.order_books import Waits
from tests.oracle.order_worlds import order_world
from tests.oracle.orders import OrderWalk
from tests.oracle.records import in_order, millis
from tests.oracle.subscription_worlds import subscription_world
from tests.oracle.together import also_bought
from tests.oracle.worlds import DAY, HOUR, START
from tests.properties import (
    test_also_bought,
    test_buying_again,
    test_orders_equal_batch,
    test_subscriptions_equal_batch,
)
from tests.world import rule, rulebook


def orders_played(seed: int) -> Played:
    """Payments, first and second purchases, deliveries."""
    shop, of = order_world(seed), test_orders_equal_batch
    expected = OrderWalk(of.RULES, of.WAITS).over(in_order(shop.clicks, shop.orders), True)
    return Played(shop.clicks, shop.orders, expected)


def buying_again_played(seed: int) -> Played:
    """Win-back, cross-sell and replenishment."""
    shop, of = buying_world(seed), test_buying_again
    expected = BuyingWalk(of.RULES, Waits(HOUR), of.SETTINGS).over(in_order(shop.clicks, shop.orders), True)
    return Played(shop.clicks, shop.orders, Counter(one for one in expected if one.kind != "payment_failed"))


def subscriptions_played(seed: int) -> Played:
    """Replenishment beside subscriptions, and what becomes of these."""
    shop, of = subscription_world(seed), test_subscriptions_equal_batch
    return Played(shop.clicks, shop.orders, of.expected(shop.clicks, shop.orders))


TOGETHER = rulebook(
    rule(
        "cross_sell",
        wait="36h",
        bought=sorted(test_buying_again.SETTINGS.bought),
        offer=sorted(test_buying_again.SETTINGS.offer),
        message={"template": "t", "products": ["also_bought"]},
    )
)


def together_played(seed: int) -> Played:
    """Cross-sell that shows what others have bought as well: in the last half year, so the world is of the last months.
    What is counted at the last midnight is what was at each since the shop's last order."""
    midnight = time.time_ns() // 1_000_000 // DAY * DAY
    later = midnight - 100 * DAY - START // DAY * DAY
    shop = at_times(test_also_bought.shop(seed), lambda one: millis(one["occurred_at"]) + later)
    walk = BuyingWalk(test_buying_again.RULES, Waits(HOUR), test_buying_again.SETTINGS)
    found = walk.over(in_order(shop.clicks, shop.orders), True)
    expected = {one for one in found if one.kind == "cross_sell"}
    shown = also_bought(test_also_bought.counting(shop, midnight), midnight)
    return Played(shop.clicks, shop.orders, expected, shown=shown)
