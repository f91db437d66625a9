"""Win-back, cross-sell and replenishment: the product and the oracle find the same triggers in the same events."""

from collections import Counter
from fractions import Fraction

import pytest

from schemas.rules.rulebook import Rulebook
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules
from tests.oracle.purchases import Buying
from tests.oracle.records import in_order
from tests.oracle.worlds import DAY, HOUR, MINUTE, shuffled
from tests.properties.batch import LATENESS
from tests.properties.buying import found
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

RULES = Rules(30 * MINUTE, lapse_ms=2 * DAY)
SETTINGS = Buying(
    factor=Fraction(3, 2),
    least=DAY,
    most=4 * DAY,
    default=2 * DAY,
    cross_wait=36 * HOUR,
    bought=frozenset({"camera", "coffee"}),
    offer=frozenset({"bag"}),
    lead=12 * HOUR,
    cycles={"coffee": 2 * DAY},
    default_cycle=3 * DAY,
    substitutes={"coffee": frozenset({"decaf"})},
)
SEEDS = seeds(5, 132, 1009, *range(12))


def book() -> Rulebook:
    """Each kind once, for itself, and lapse besides."""
    return rulebook(
        rule("lapse", wait="2d"),
        rule("winback", wait={"gap_factor": 1.5, "min": "1d", "max": "4d", "default": "2d"}),
        rule("cross_sell", wait="36h", bought=["camera", "coffee"], offer=["bag"]),
        rule(
            "replenishment",
            lead="12h",
            cycles={"coffee": "2d"},
            default_cycle="3d",
            substitutes={"coffee": ["decaf"]},
        ),
    )


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_people_buy_again_is_the_oracles(seed: int) -> None:
    """In the order of events and shuffled within the allowed lateness; the ids are the same."""
    shop = buying_world(seed)
    expected = BuyingWalk(RULES, Waits(HOUR), SETTINGS).over(in_order(shop.clicks, shop.orders), True)
    expected = {one for one in expected if one.kind != "payment_failed"}
    told, ids = found(book(), shop.clicks, shop.orders)
    assert set(told) == expected
    kinds = Counter(trigger.kind.split()[0] for trigger in expected)
    assert min(kinds[kind] for kind in ("winback", "cross_sell", "replenishment")) >= 5, f"too few: {kinds}"
    assert len(ids) == len(set(ids))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    assert sorted(found(book(), clicks, orders)[1]) == sorted(ids)
