"""Worlds in which something happens and something else does not, and what is said of people, live.

They are those of `tests/properties`, which compares many of each in process.
"""

import orjson

from schemas.rules.rulebook import Rulebook
from tests.e2e.played import Played, at_times, by_rule
from tests.e2e.shop import Json
from tests.oracle.calendar_worlds import END as CALENDARS_END
from tests.oracle.calendar_worlds import calendar_world
from tests.oracle.calendars import calendars
from tests.oracle.plain import Rules, Trigger, triggers
from tests.oracle.request_worlds import request_world
from tests.oracle.requests import requests
from tests.oracle.searches import searches
from tests.oracle.sequence_worlds import sequence_world
from tests.oracle.sequences import sequences
from tests.oracle.shop_worlds import world
from tests.oracle.standing_worlds import histories, records
from tests.oracle.welcomes import welcomes
from tests.oracle.worlds import DAY, HOUR, MINUTE, SECOND, START, World
from tests.properties import (
    test_calendars,
    test_policy_equality,
    test_requests,
    test_searches,
    test_sequences,
    test_standing_equals_batch,
)
from tests.world import rule, rulebook

EARLIER = 5 * 365 * DAY
PAST = CALENDARS_END - EARLIER


def sequences_played(seed: int) -> Played:
    """All anchors, `same`, waits of nothing, purchases on both sides."""
    clicks, orders = sequence_world(seed)
    return Played(clicks, orders, sequences(clicks, orders, test_sequences.RULES), said=by_rule)


def requests_played(seed: int) -> Played:
    """Forms, changes of the account, what was looked at, and the cart by mail in place of its reminders."""
    clicks, orders = request_world(seed)
    return Played(clicks, orders, requests(clicks, orders, test_requests.RULES))


def searches_played(seed: int) -> Played:
    """Searches that led to nothing, beside browsing."""
    shop = world(seed)
    return Played(shop.clicks, shop.orders, searches(shop.clicks, shop.orders, test_searches.RULES))


WELCOMES = rulebook(rule("welcome", wait="90s"), retention="9999d", customer_retention="9999d")


def welcomes_played(seed: int) -> Played:
    """Whoever wants to be known is greeted once."""
    clicks, orders = calendar_past(seed)
    return Played(clicks, orders, welcomes(clicks, orders, 90_000))


EXITS = rulebook(rule("exit_intent"), session_max="off")
QUIET_S = 35
"""The second of the minute at which somebody leaves: all else is done, and has come, by then."""


def exits_played(seed: int) -> Played:
    """Those who leave. What counts is what is known when the signal arrives: so nobody signs in, for a customer hears
    through several topics, and nobody buys on another one."""
    shop = test_policy_equality.moved(world(seed), START)
    clicks = [{name: value for name, value in click.items() if name != "customer_id"} for click in shop.clicks]
    anonymous = World([click for click in clicks if click["type"] != "identified"], [])

    def time_of(click: Json) -> int:
        at: int = click["occurred_at"]
        return at // MINUTE * MINUTE + QUIET_S * SECOND if click["type"] == "exit_signal" else at

    clicks, _ = at_times(anonymous, time_of)
    return Played(clicks, [], triggers(clicks, [], Rules(HOUR // 2, exit=True)))


def policy_played(seed: int) -> Played:
    """Quiet hours, caps, cool-downs, arbitration and a holdout together. Nobody buys: a purchase takes back what is not
    yet delivered, which makes room for another, and when it is known live is a matter of the moment."""
    of = test_policy_equality
    shop = of.moved(world(seed, people=12, days=6), of.AUTUMN)
    clicks = [click for click in shop.clicks if click["type"] != "order_completed"]
    expected = {
        Trigger(verdict.kind, verdict.person, verdict.anchor, verdict.due)
        for verdict in of.batch(World(clicks, []), of.POLICIES["all of it"])
        if verdict.said == "fired"
    }
    return Played(clicks, [], expected)


def policy_rules() -> Rulebook:
    """All guards at once."""
    return test_policy_equality.rulebook(test_policy_equality.POLICIES["all of it"])


def calendars_played(seed: int) -> Played:
    """Birthdays and anniversaries, with dates, zones and clocks that change."""
    (clicks, orders), of = calendar_past(seed), test_calendars
    return Played(clicks, orders, calendars(clicks, orders, of.RULES, of.ZONE, PAST), PAST, by_rule)


def calendar_past(seed: int) -> World:
    """The years of the calendars, a whole lustrum earlier: no broker takes a record of the future."""
    return at_times(World(*calendar_world(seed)), lambda one: int(one["occurred_at"]) - EARLIER)


def standing_played(seed: int) -> Played:
    """Segments, stages, tiers and churn, over a year of daily looks, with orders in pounds."""
    of = test_standing_equals_batch
    told = histories(seed)
    return Played(*records(told), of.expected(told), of.END)


RATES = {
    "AFTERCLICK_SHOP__RATES_TO": test_standing_equals_batch.SAID_OF_RATES["rates_to"],
    "AFTERCLICK_SHOP__RATES": orjson.dumps(test_standing_equals_batch.SAID_OF_RATES["rates"]).decode(),
}
"""What the worker is told of currencies in the world of standing."""
