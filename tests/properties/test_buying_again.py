"""Win-back, cross-sell and replenishment: the product and the oracle find the same triggers in the same events."""

from collections import Counter
from fractions import Fraction

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules, Trigger
from tests.oracle.purchases import Buying
from tests.oracle.records import in_order
from tests.oracle.worlds import DAY, HOUR, MINUTE, Json, shuffled
from tests.properties.batch import LATENESS, arrivals
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
SEEDS = [*range(12), 132, 1009]


def book() -> Rulebook:
    """Each kind once, for itself, and lapse besides."""
    return rulebook(
        rule("lapse", wait="2d"),
        rule("winback", wait={"gap_factor": 1.5, "min": "1d", "max": "4d", "default": "2d"}),
        rule("cross_sell", wait="36h", bought=["camera", "coffee"], offer=["bag"]),
        {
            "id": "replenishment",
            "kind": "replenishment",
            "expires_after": "never",
            "lead": "12h",
            "cycles": {"coffee": "2d"},
            "default_cycle": "3d",
            "substitutes": {"coffee": ["decaf"]},
        },
    )


def found(rules: Rulebook, clicks: list[Json], orders: list[Json]) -> tuple[list[Trigger], list[str]]:
    """All triggers as the oracle says them, and their ids in the order of firing."""
    driver = Replay(rules, LATENESS)
    for arrival in arrivals(clicks, orders):
        driver.feed(*arrival.fed())
    driver.drain()
    said = [orjson.loads(out.value) for out in driver.take().outputs if out.topic is Topic.TRIGGERS]
    fired = [trigger for trigger in said if trigger["type"] == "fired"]
    return [as_the_oracle_says(trigger) for trigger in fired], [trigger["trigger_id"] for trigger in fired]


def as_the_oracle_says(trigger: Json) -> Trigger:
    """With the product that it is about, if it is about one."""
    person = f"c:{trigger['customer_id']}" if trigger["customer_id"] else f"v:{trigger['visitor_id']}"
    of = f" of {trigger['lines'][0]['product_id']}" if trigger["kind"] == "replenishment" else ""
    return Trigger(trigger["kind"] + of, person, trigger["anchor_ms"], trigger["due_ms"])


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
