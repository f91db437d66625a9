"""Rules that speak several times, live.

A step that fires within an hour of its due time counts as fired then: so its next one is due when the oracle says,
which knows no outage. All of these worlds is therefore of the last hour, and faster than the shop of the oracle.
"""

import time
from collections import Counter

from tests.e2e.played import Played, by_rule
from tests.e2e.shop import Json
from tests.oracle.answered_runs import triggers as answered_runs
from tests.oracle.answered_worlds import AnsweredShop, AnsweredWorld
from tests.oracle.plain import Rules
from tests.oracle.records import in_order, millis
from tests.oracle.shop_worlds import world
from tests.oracle.steps import StepWalk
from tests.oracle.worlds import DAY, HOUR, MINUTE, START
from tests.properties import test_answers_equal_batch
from tests.world import rule, rulebook

FASTER = 600
"""An hour is six seconds."""

AGO, LASTS = 35 * MINUTE, 30 * MINUTE
"""A world begins so long before it is played, and so long after that its comparison ends."""

FOLLOW_UPS = (3 * HOUR // FASTER, DAY // FASTER)
STEPS = [{"wait": f"{wait}ms"} for wait in (0, *FOLLOW_UPS)]
FAST = Rules(HOUR // 2 // FASTER, cart_wait_ms=HOUR // FASTER, lapse_ms=DAY // FASTER)


STEPPED = rulebook(
    rule("cart_abandonment", wait=f"{FAST.cart_wait_ms}ms", steps=STEPS),
    rule("lapse", wait=f"{FAST.lapse_ms}ms", steps=STEPS),
    session_gap=f"{FAST.session_gap_ms}ms",
    session_max="off",
    payment_wait="off",
)


def lately(said: Json, began: int) -> Json:
    """The record as it would be in the world of the last hour."""
    return said | {"occurred_at": began + (millis(said["occurred_at"]) - START) // FASTER}


def steps_played(seed: int) -> Played:
    """Carts and lapses that are spoken of three times, until there is an order or a new occasion."""
    began = time.time_ns() // 1_000_000 - AGO
    clicks, orders = ([lately(one, began) for one in records] for records in world(seed))
    expected = StepWalk(FAST, FOLLOW_UPS).over(in_order(clicks, orders), True)
    end = began + LASTS
    return Played(clicks, orders, {one for one in expected if one.due_ms <= end}, end)


CALLS = [one._replace(wait=one.wait // FASTER, waits=FOLLOW_UPS) for one in test_answers_equal_batch.RULES]
CALLED = test_answers_equal_batch.book(CALLS)


def calls_played(seed: int) -> Played:
    """Visits, orders and what is done with mails, after a call. Every day of the world has devices of its own, whose
    first click is a visit."""
    began = time.time_ns() // 1_000_000 - AGO
    told = AnsweredShop(seed, [one.id for one in CALLS]).world()
    shop = AnsweredWorld(*([lately(_of_the_day(one), began) for one in records] for records in told))
    names = test_answers_equal_batch.named(shop, seed, CALLED)
    expected, end = answered_runs(CALLS, *shop, names), began + LASTS
    until = Counter(one for one in expected if one.due_ms <= end)
    return Played(shop.clicks, shop.orders, until, end, by_rule, engagements=shop.engagements)


def _of_the_day(said: Json) -> Json:
    if "visitor_id" not in said:
        return said
    return said | {"visitor_id": f"{said['visitor_id']}-{(said['occurred_at'] - START) // DAY}"}
