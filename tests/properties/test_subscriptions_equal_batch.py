"""Subscriptions: the product and the oracle find the same triggers, in order and shuffled."""

from collections import Counter

import pytest

from schemas.rules.rulebook import Rulebook
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules, Trigger
from tests.oracle.purchases import Buying
from tests.oracle.records import in_order
from tests.oracle.sequences import Clause, Sequence, sequences
from tests.oracle.subscription_worlds import subscription_world
from tests.oracle.worlds import DAY, HOUR, Json, World, shuffled
from tests.properties.batch import LATENESS
from tests.properties.buying import found
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

SEEDS = seeds(4, 1009, *range(10))
COFFEE = {"coffee": 2 * DAY}
SETTINGS = Buying(lead=12 * HOUR, cycles=COFFEE, default_cycle=3 * DAY, substitutes={"coffee": frozenset({"decaf"})})
WAIT = 36 * HOUR
RENEWED = (Clause("subscription_renewed"),)
DUNNING = [
    Sequence("subscription_payment_failed", Clause("subscription_payment_failed"), WAIT, RENEWED),
    Sequence("subscription_ending", Clause("subscription_cancelled"), WAIT, RENEWED),
]
AGAIN = "replenishment"


def book() -> Rulebook:
    """Each kind once, for itself."""
    said = {"cycles": {"coffee": "2d"}, "default_cycle": "3d", "substitutes": {"coffee": ["decaf"]}}
    return rulebook(rule(AGAIN, lead="12h", **said), *(rule(one.id, wait="36h") for one in DUNNING))


def expected(clicks: list[Json], orders: list[Json]) -> Counter[Trigger]:
    """What the oracles find: one of purchases, and one of sequences."""
    walk = BuyingWalk(Rules(HOUR // 2), Waits(HOUR), SETTINGS)
    again = [one for one in walk.over(in_order(clicks, orders), True) if one.kind.startswith(AGAIN)]
    return Counter(again) + sequences(clicks, orders, DUNNING)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_subscriptions_answer_is_the_oracles(seed: int) -> None:
    """In the order of events and shuffled within the allowed lateness; the ids are the same."""
    shop = subscription_world(seed)
    told, ids = found(book(), shop.clicks, shop.orders)
    assert Counter(told) == expected(shop.clicks, shop.orders)
    assert len(ids) == len(set(ids))
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    assert sorted(found(book(), clicks, orders)[1]) == sorted(ids)


@pytest.mark.parametrize("seed", SEEDS[:2], ids="seed{}".format)
def test_the_worlds_have_something_to_compare(seed: int) -> None:
    """Some reminders go, some are answered by subscriptions alone, and each kind speaks."""
    shop: World = subscription_world(seed)
    kinds = Counter(one.kind.split()[0] for one in expected(shop.clicks, shop.orders))
    assert min(kinds[kind] for kind in (AGAIN, *(one.id for one in DUNNING))) >= 5, f"too few: {kinds}"
    plain = buying_world(seed)
    without = BuyingWalk(Rules(HOUR // 2), Waits(HOUR), SETTINGS).over(in_order(plain.clicks, plain.orders), True)
    reminders = sum(one.kind.startswith(AGAIN) for one in without)
    assert reminders - kinds[AGAIN] >= 5, "subscriptions answer nothing"
