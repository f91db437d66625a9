"""Products live: who looked and who asked is heard of a change, and who bought what products know, each once, whatever
is killed on the way."""

import time

import pytest

from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.shop import Json, Shop, Worker, fired
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

RULES = """
name: products
rules:
  - {id: back, kind: back_in_stock, per_unit: 2, expires_after: never}
  - {id: drop, kind: price_drop, min_drop_pct: 10, expires_after: never}
  - {id: low, kind: low_stock, threshold: 3, expires_after: never}
  - {id: again, kind: replenishment, expires_after: never}
"""
PRODUCTS, DEVICES = 8, 6
DAY_MS = 86_400_000
ROLES = ("sessions", "intake", "customers", "products")


class Day:
    """A shop whose records have the times of now."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._number = 0

    def catalog(self, **said: object) -> None:
        """The same of all products."""
        self._shop.produce(catalog=[self._said(product_id=f"p{n}", currency="EUR", **said) for n in range(PRODUCTS)])

    def clicks(self, kind: str, **said: object) -> None:
        """All devices do the same with all products; the last two devices are ada's."""
        clicks: list[Json] = []
        for product in range(PRODUCTS):
            for device in range(DEVICES):
                whose = {"customer_id": "ada"} if device >= DEVICES - 2 else {}
                click = self._said(type=kind, visitor_id=f"d{device}", product_id=f"p{product}", **whose, **said)
                clicks.append(click)
        self._shop.produce(clicks)

    def buys(self, customer: str, ago: int) -> None:
        """One of each product, so many ms ago."""
        lines = [{"product_id": f"p{number}"} for number in range(PRODUCTS)]
        said = self._said(type="order_placed", order_id=f"of {customer}", customer_id=customer, lines=lines)
        self._shop.produce(orders=[said | {"occurred_at": said["occurred_at"] - ago}])

    def _said(self, **said: object) -> Json:
        self._number += 1
        return {"event_id": f"e{self._number:05}", "occurred_at": time.time_ns() // 1_000_000, **said}


def ready(worker: Worker) -> None:
    """All of its roles run."""
    wait_until(
        lambda: all(worker.metrics().get(("afterclick_ready", role)) == 1 for role in ROLES), "all roles are ready"
    )


def heard(shop: Shop) -> list[tuple[str, str, str]]:
    """What was fired: kind, person, product."""
    triggers = fired(shop.records(Topic.TRIGGERS))
    return sorted((one["kind"], one["profile"], (one["viewed"] or _ordered(one))[0]) for one in triggers)


def _ordered(trigger: Json) -> list[str]:
    return [line["product_id"] for line in trigger["lines"]]


def test_products_speak_once_though_workers_are_killed(open_shop: Opened) -> None:
    """Killed by -9 when looks and requests are in, and again while the change is told."""
    shop = open_shop(RULES)
    day, worker = Day(shop), shop.start(*ROLES)
    ready(worker)
    day.catalog(cycle_days=1, occurred_at=time.time_ns() // 1_000_000 - 2 * DAY_MS)
    day.catalog(stock=9, price=100)
    time.sleep(0.01)
    day.clicks("cart_item_added", price=100, currency="EUR")
    day.catalog(stock=0)
    time.sleep(0.01)
    day.clicks("back_in_stock_requested")
    day.buys("bob", ago=DAY_MS - 3000)
    worker.kill()
    worker = shop.start(*ROLES)
    ready(worker)
    day.catalog(stock=2, price=80)
    time.sleep(0.7)
    worker.kill()
    ready(shop.start(*ROLES))

    people = [*(f"v:d{device}" for device in range(DEVICES - 2)), "c:ada"]
    products = [f"p{number}" for number in range(PRODUCTS)]
    expected = {
        (kind, person, product) for kind in ("price_drop", "low_stock") for person in people for product in products
    }
    expected |= {("replenishment", "c:bob", product) for product in products}
    expected |= {("back_in_stock", f"v:d{device}", product) for device in range(4) for product in products}
    wait_until(lambda: expected <= set(heard(shop)), "all have heard")
    time.sleep(2)
    assert heard(shop) == sorted(expected)
    ids = [one["trigger_id"] for one in fired(shop.records(Topic.TRIGGERS))]
    assert len(ids) == len(set(ids))
    last = {said["product_id"]: (said["stock"], said["price"]) for said in shop.records(Topic.PRODUCTS)}
    assert last == dict.fromkeys(products, (2, "80.00"))
