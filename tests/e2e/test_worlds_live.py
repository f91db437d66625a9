"""Every room of the lifecycle live: a world on Kafka, its worker killed at work, gives the oracle's triggers.

The worlds and the oracles are those of `tests/properties`, which compares many of them in process. One of each kind is
played here: the topics are filled, the worker is killed twice with SIGKILL while it works through them, and what can be
read at the end is compared, up to the world's end: live time goes on until now. Steps are not among them: a later step
counts from the moment at which the one before has fired, and for a world of the past that is now.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from tests.e2e.conftest import Opened
from tests.e2e.shop import Json, fired
from tests.e2e.test_kills import SLOWLY, has_committed, settled
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.buying_worlds import buying_world
from tests.oracle.calendar_worlds import END as CALENDARS_END
from tests.oracle.calendar_worlds import calendar_world
from tests.oracle.calendars import calendars
from tests.oracle.order_books import Waits
from tests.oracle.order_worlds import order_world
from tests.oracle.orders import OrderWalk
from tests.oracle.plain import Trigger
from tests.oracle.records import in_order
from tests.oracle.searches import searches
from tests.oracle.sequence_worlds import sequence_world
from tests.oracle.sequences import sequences
from tests.oracle.shop_worlds import world
from tests.oracle.standing_worlds import histories, records
from tests.oracle.subscription_worlds import subscription_world
from tests.oracle.welcomes import welcomes
from tests.oracle.worlds import DAY, HOUR, World, shuffled
from tests.properties import (
    test_buying_again,
    test_calendars,
    test_orders_equal_batch,
    test_policy_equality,
    test_searches,
    test_sequences,
    test_standing_equals_batch,
    test_subscriptions_equal_batch,
)
from tests.properties.batch import LATENESS
from tests.properties.buying import as_the_oracle_says
from tests.properties.seeds import seeds
from tests.waiting import wait_until
from tests.world import rulebook

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1200)]

SEED = 1009
KILLS = 2
NEVER = 1 << 62
EARLIER = 5 * 365 * DAY
PAST = CALENDARS_END - EARLIER


class Played(NamedTuple):
    """A world: its rulebook, its records, what the oracle says (of each how often, where it counts), and the last due
    time that it speaks of, ms. `said` are the words in which the oracle names a trigger's rule, `settings` those of the
    worker, by the names of the environment."""

    book: Rulebook
    clicks: list[Json]
    orders: list[Json]
    expected: Counter[Trigger] | set[Trigger]
    end: int = NEVER
    said: Callable[[Json], Trigger] = as_the_oracle_says
    settings: Mapping[str, str] = MappingProxyType({})


def by_rule(trigger: Json) -> Trigger:
    """The trigger by its rule's id: several rules of a world are of one kind."""
    return as_the_oracle_says(trigger)._replace(kind=trigger["rule_id"])


def sequences_played() -> Played:
    """All anchors, `same`, waits of nothing, purchases on both sides."""
    clicks, orders = sequence_world(SEED)
    expected = sequences(clicks, orders, test_sequences.RULES)
    return Played(test_sequences.BOOK, clicks, orders, expected, said=by_rule)


def calendars_played() -> Played:
    """Birthdays and anniversaries, with dates, zones and clocks that change."""
    (clicks, orders), of = calendar_past(), test_calendars
    expected = calendars(clicks, orders, of.RULES, of.ZONE, PAST)
    return Played(of.BOOK, clicks, orders, expected, PAST, by_rule)


def calendar_past() -> World:
    """The years of the calendars, a whole lustrum earlier: no broker takes a record of the future."""
    moved = [[{**one, "occurred_at": one["occurred_at"] - EARLIER} for one in told] for told in calendar_world(SEED)]
    return World(*moved)


def orders_played() -> Played:
    """Payments, first and second purchases, deliveries."""
    shop, of = order_world(SEED), test_orders_equal_batch
    expected = OrderWalk(of.RULES, of.WAITS).over(in_order(shop.clicks, shop.orders), True)
    return Played(of.book(), shop.clicks, shop.orders, expected)


def buying_again_played() -> Played:
    """Win-back, cross-sell and replenishment."""
    shop, of = buying_world(SEED), test_buying_again
    expected = BuyingWalk(of.RULES, Waits(HOUR), of.SETTINGS).over(in_order(shop.clicks, shop.orders), True)
    return Played(of.book(), shop.clicks, shop.orders, Counter(one for one in expected if one.kind != "payment_failed"))


def standing_played() -> Played:
    """Segments, stages, tiers and churn, over a year of daily looks, with orders in pounds."""
    of = test_standing_equals_batch
    told = histories(SEED)
    clicks, orders = records(told)
    expected = of.expected(told)
    rates = {
        "AFTERCLICK_SHOP__RATES_TO": of.SAID_OF_RATES["rates_to"],
        "AFTERCLICK_SHOP__RATES": orjson.dumps(of.SAID_OF_RATES["rates"]).decode(),
    }
    return Played(of.book(), clicks, orders, expected, of.END, settings=rates)


def subscriptions_played() -> Played:
    """Replenishment beside subscriptions, and what becomes of these."""
    shop, of = subscription_world(SEED), test_subscriptions_equal_batch
    return Played(of.book(), shop.clicks, shop.orders, of.expected(shop.clicks, shop.orders))


def searches_played() -> Played:
    """Searches that led to nothing, beside browsing."""
    shop, of = world(SEED), test_searches
    return Played(of.BOOK, shop.clicks, shop.orders, searches(shop.clicks, shop.orders, of.RULES))


def welcomes_played() -> Played:
    """Whoever wants to be known is greeted once."""
    clicks, orders = calendar_past()
    rule = {"id": "welcome", "kind": "welcome", "wait": "90s", "expires_after": "never"}
    book = rulebook(rule, retention="9999d", customer_retention="9999d")
    return Played(book, clicks, orders, welcomes(clicks, orders, 90_000))


def policy_played() -> Played:
    """Quiet hours, caps, cool-downs, arbitration and a holdout together. Nobody buys: a purchase takes back what is not
    yet delivered, which makes room for another, and when it is known live is a matter of the moment."""
    of = test_policy_equality
    shop = of.moved(world(SEED, people=12, days=6), of.AUTUMN)
    clicks = [click for click in shop.clicks if click["type"] != "order_completed"]
    policy = of.POLICIES["all of it"]
    expected = {
        Trigger(verdict.kind, verdict.person, verdict.anchor, verdict.due)
        for verdict in of.batch(World(clicks, []), policy)
        if verdict.said == "fired"
    }
    return Played(of.rulebook(policy), clicks, [], expected)


WORLDS: dict[str, Callable[[], Played]] = {
    "sequences": sequences_played,
    "policy": policy_played,
    "orders": orders_played,
    "buying again": buying_again_played,
    "subscriptions": subscriptions_played,
    "calendars": calendars_played,
    "standing": standing_played,
    "searches": searches_played,
    "welcomes": welcomes_played,
}
FEW = 2
PLAYED = [list(WORLDS)[number] for number in seeds(FEW, *range(len(WORLDS)))]
"""A few in `make test`, all in `make worlds`."""


def triggers(said: Iterable[Json], words: Callable[[Json], Trigger], end: int) -> Counter[Trigger]:
    """What has fired and was due by the end, as the oracle says it."""
    return Counter(words(one) for one in fired(said) if one["due_ms"] <= end)


@pytest.mark.parametrize("name", PLAYED)
def test_a_world_on_kafka_gives_the_oracles_triggers_though_its_worker_is_killed(open_shop: Opened, name: str) -> None:
    """Shuffled within the allowed lateness; each trigger once."""
    played, dice = WORLDS[name](), random.Random(SEED)
    text = orjson.dumps(played.book.model_dump(mode="json", by_alias=True, exclude_unset=True)).decode()
    lateness = {f"AFTERCLICK_LATENESS__{topic}_MS": str(LATENESS) for topic in ("CLICKSTREAM", "ORDERS")}
    shop = open_shop(text, **lateness, **SLOWLY, **played.settings)
    shop.produce(shuffled(played.clicks, SEED + 1, LATENESS), shuffled(played.orders, SEED + 2, LATENESS))
    for _ in range(KILLS):
        worker = shop.start()
        wait_until(partial(has_committed, worker), "the worker commits")
        time.sleep(dice.uniform(0, 0.5))  # nothing is waited for: a kill may come at any moment
        worker.kill()
    read = settled(shop, shop.start())
    found = triggers(read, played.said, played.end)
    assert (found if isinstance(played.expected, Counter) else set(found)) == played.expected
    assert len(played.expected) >= 3, "too little is compared"
    ids = [trigger["trigger_id"] for trigger in fired(read)]
    assert len(ids) == len(set(ids))
