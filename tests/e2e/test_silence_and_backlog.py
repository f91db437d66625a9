"""Time where nothing happens, where orders lag behind, and where a phone's clock is wrong."""

import time

import pytest

from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.shop import LATENESS_MS, Json, fired, gate_ms
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

GAP_MS, WAIT_MS = 3000, 4000
SHORT = """
name: short
session_gap: 3s
ladder: false
rules:
  - {id: browse, kind: browse_abandonment, wait: 4s, expires_after: never}
  - {id: cart, kind: cart_abandonment, wait: 4s, expires_after: never}
"""
FIVE_MINUTES = SHORT.replace("wait: 4s", "wait: 5m").replace("session_gap: 3s", "session_gap: 5m")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def click(number: int, visitor: str, kind: str, at: int, **more: object) -> Json:
    return {"event_id": f"e{number}", "type": kind, "occurred_at": at, "visitor_id": visitor, **more}


def test_one_click_then_nothing_on_any_topic(open_shop: Opened) -> None:
    """The session closes after its end + gap and the trigger fires after its due time, though nothing more comes: the
    orders topic and most partitions of the clickstream never had a record, and block nothing. So it is for somebody
    unknown, and for a customer."""
    shop = open_shop(SHORT)
    shop.start()
    wait_until(lambda: shop.workers[0].metrics().get(("afterclick_ready", "customers")) == 1, "ready")
    at = now_ms()
    viewed = {"product_id": "mug"}
    shop.produce(
        [
            click(1, "bob", "product_viewed", at, **viewed),
            click(2, "ada", "product_viewed", at, **viewed, customer_id="ada"),
        ]
    )

    triggers = fired(shop.triggers(lambda read: len(fired(read)) > 1))
    closed = next(fact for fact in shop.records(Topic.CUSTOMER_INBOX) if fact.get("fact") == "session_closed")

    assert sorted(trigger["visitor_id"] for trigger in triggers) == ["ada", "bob"]
    assert closed["_at"] > at + GAP_MS
    for trigger in triggers:
        late = trigger["_at"] - trigger["due_ms"]
        print(f"{trigger['visitor_id']}: {late} ms after the due time, {LATENESS_MS} of them allowed lateness")
        assert trigger["due_ms"] == at + WAIT_MS
        assert late > 0


def carts_and_purchases(count: int) -> tuple[list[Json], list[Json]]:
    """Carts of 12 minutes ago; of every second one the purchase of a minute later, known only to the order feed."""
    start = now_ms() - 12 * 60_000
    clicks = [
        click(n, f"v{n}", "cart_item_added", start + n, product_id="mug", customer_id=f"c{n}") for n in range(count)
    ]
    orders: list[Json] = [
        {
            "event_id": f"o{n}",
            "type": "order_placed",
            "order_id": f"o{n}",
            "occurred_at": start + 60_000 + n,
            "customer_id": f"c{n}",
        }
        for n in range(0, count, 2)
    ]
    return clicks, orders


def test_orders_behind_hold_back_every_abandonment(open_shop: Opened) -> None:
    """With intake alone missing nobody is reminded of a cart whose purchase lies on the topic; the metric names what
    blocks once the clicks are read; when the backlog is read, too, the others fire."""
    clicks, orders = carts_and_purchases(20)
    shop = open_shop(FIVE_MINUTES)
    shop.produce(clicks, orders)
    worker = shop.start("sessions", "customers")

    def the_clicks_are_read() -> bool:
        metrics = worker.metrics()
        blocking = {
            (stage, topic)
            for (metric, *labels), value in metrics.items()
            if metric == "afterclick_blocking" and value
            for _, stage, topic in [labels]
        }
        applied = {
            name[2]: value for name, value in metrics.items() if name[:2] == ("afterclick_records_total", "applied")
        }
        read = applied.get("clickstream") == len(clicks) and applied.get("customer-inbox", 0) >= len(clicks)
        return read and blocking == {("sessions", "orders"), ("customers", "orders")}

    wait_until(the_clicks_are_read, "the clicks are facts, and only the orders are waited for")
    nothing = shop.records(Topic.TRIGGERS)
    shop.start("intake")
    triggers = shop.triggers(lambda read: len(fired(read)) >= 10)

    assert nothing == []
    assert {trigger["customer_id"] for trigger in fired(triggers)} == {f"c{n}" for n in range(1, 20, 2)}


def test_a_worker_that_was_down_for_ten_minutes_reminds_nobody_who_bought(open_shop: Opened) -> None:
    """Clicks and purchases piled up; only the carts that were left are spoken of, once each."""
    clicks, orders = carts_and_purchases(20)
    shop = open_shop(FIVE_MINUTES)
    shop.produce(clicks, orders)
    worker, now = shop.start(), now_ms()
    wait_until(lambda: gate_ms(worker, shop.partitions) >= now, "all that was due before the start has fired")
    triggers = fired(shop.records(Topic.TRIGGERS))

    assert sorted(trigger["customer_id"] for trigger in triggers) == sorted(f"c{n}" for n in range(1, 20, 2))


def test_a_phone_four_minutes_ahead_fires_nothing_early_and_loses_nothing(open_shop: Opened) -> None:
    """Its cart counts from when the broker took the click, and others' timers do not notice it."""
    shop = open_shop(SHORT)
    shop.start()
    wait_until(lambda: shop.workers[0].metrics().get(("afterclick_ready", "customers")) == 1, "ready")
    at = now_ms()
    ahead = click(1, "hasty", "cart_item_added", at + 240_000, product_id="mug")
    shop.produce([ahead, click(2, "ada", "cart_item_added", at, product_id="mug")])
    triggers = fired(shop.triggers(lambda read: len(fired(read)) >= 2))

    taken = {click["visitor_id"]: click["_at"] for click in shop.records(Topic.CLICKSTREAM)}

    assert sorted(trigger["visitor_id"] for trigger in triggers) == ["ada", "hasty"]
    assert {trigger["visitor_id"]: trigger["anchor_ms"] for trigger in triggers} == {"ada": at, "hasty": taken["hasty"]}
    assert all(trigger["_at"] > trigger["due_ms"] for trigger in triggers)
    counted = shop.workers[0].metrics()
    assert counted[("afterclick_clock_ahead_total", "clickstream")] == 1
