"""Who people are: the product and the oracle find the same changes in the same events."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from agents.settings.shop import shop
from agents.settings.shop_settings import ShopSettings
from schemas.rules.rulebook import Rulebook
from streams.replay import Replay
from tests.oracle.plain import Trigger
from tests.oracle.standing import DAY, Groups, History, Shop, Waits, changes, triggers
from tests.oracle.standing_worlds import BEGUN, GAP, histories, records
from tests.oracle.worlds import Json, shuffled
from tests.properties.batch import HOUR, LATENESS, Outcome, arrivals
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

SEEDS = seeds(4, 1009, *range(8))
END = BEGUN + 450 * DAY
RATES = tuple(("GBP", BEGUN // DAY + day, Decimal(rate)) for day, rate in ((10, "1.2"), (60, "0.995"), (200, "2.125")))
SHOP = Shop("EUR", GAP, 0.243, 4.414, 0.793, 2.426, RATES)
SAID_OF_RATES: Json = {
    "rates_to": "EUR",
    "rates": [
        {"currency": of, "since": (date(1970, 1, 1) + timedelta(days=day)).isoformat(), "rate": str(rate)}
        for of, day, rate in RATES
    ],
}
OF_SETTINGS = shop(ShopSettings.model_validate(SAID_OF_RATES))
GROUPS = Groups(
    {
        "buyer": lambda of: bool(of.orders),
        "silent": lambda of: (of.days_since_order() or 0) >= 30,
        "loyal": lambda of: len(of.within(90 * DAY)) >= 3,
        "cheap": lambda of: (of.spend(60 * DAY) or Decimal(99)) < 40,
        "doubtful": lambda of: (of.alive() or 1) < 0.6,
        "looker": lambda of: of.views(30 * DAY) >= 3 or of.visits(45 * DAY) >= 2,
    },
    {
        "loyalty": lambda of: len(of.orders) >= 3,
        "retention": lambda of: len(of.orders) == 2,
        "conversion": lambda of: len(of.within(60 * DAY)) == 1,
    },
    {
        "gold": lambda of: (of.spend(90 * DAY) or 0) >= 60,
        "silver": lambda of: (of.spend(90 * DAY) or 0) >= 20,
        "bronze": lambda of: len(of.within(120 * DAY)) >= 1,
    },
)
SAID: Json = {
    "segments": {
        "buyer": "person.orders > 0",
        "silent": "person.days_since_order >= 30",
        "loyal": 'person.orders_in("90d") >= 3',
        "cheap": 'person.spend_in("60d") < 40 && person.spend_in("60d") > 0',
        "doubtful": "person.p_alive < 0.6",
        "looker": 'person.views_in("30d") >= 3 || person.visits_in("45d") >= 2',
    },
    "stages": {
        "loyalty": "person.orders >= 3",
        "retention": "person.orders == 2",
        "conversion": 'person.orders_in("60d") == 1',
    },
    "tiers": {
        "gold": 'person.spend_in("90d") >= 60',
        "silver": 'person.spend_in("90d") >= 20',
        "bronze": 'person.orders_in("120d") >= 1',
    },
}
KINDS = {
    "segment_entered": 2 * HOUR,
    "segment_left": HOUR,
    "stage_changed": 0,
    "tier_entered": DAY,
    "tier_left": 0,
    "tier_expiring": 0,
    "churn_risk": HOUR,
}
WAITS = Waits(KINDS, 10 * DAY, 0.6, Decimal(5))


def book() -> Rulebook:
    """Each kind once, over the same groups."""
    own: dict[str, Json] = {"tier_expiring": {"lead": "10d"}, "churn_risk": {"below": 0.6, "min_value": 5}}
    rules = [rule(kind, wait=f"{wait}ms", **own.get(kind, {})) for kind, wait in KINDS.items()]
    said = {name: [{"id": id_, "if": text} for id_, text in groups.items()] for name, groups in SAID.items()}
    shop = {"r": SHOP.r, "alpha": SHOP.alpha, "a": SHOP.a, "b": SHOP.b}
    return rulebook(*rules, currency="EUR", bgnbd=shop, **said)


def found(clicks: list[Json], orders: list[Json]) -> Outcome:
    """What the product finds by the end."""
    driver = Replay(book(), LATENESS, shop=OF_SETTINGS)
    for arrival in arrivals(clicks, orders):
        driver.feed(*arrival.fed())
    driver.advance(END + LATENESS)
    return Outcome.of(driver.take().outputs)


def expected(told: list[History]) -> Counter[Trigger]:
    """What the oracle finds, as often."""
    return Counter(
        one
        for history in told
        for one in triggers(WAITS, history.customer, changes(SHOP, GROUPS, WAITS, history, END), END)
    )


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_people_become_is_the_oracles(seed: int) -> None:
    """In the order of events and shuffled within the allowed lateness; the ids are the same."""
    told = histories(seed)
    clicks, orders = records(told)
    ordered, wanted = found(clicks, orders), expected(told)
    assert ordered.triggers == set(wanted)
    assert len(ordered.ids) == len(set(ordered.ids)) == wanted.total()
    mixed = found(shuffled(clicks, seed + 1, LATENESS), shuffled(orders, seed + 2, LATENESS))
    assert sorted(mixed.ids) == sorted(ordered.ids)


def test_the_worlds_have_all_kinds() -> None:
    """Else nothing is compared."""
    kinds = Counter(one.kind for seed in SEEDS for one in expected(histories(seed)))
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 5, f"a kind is rare: {kinds}"
