"""Shoppers who come and go while a test pulls at the cluster: seeded in what they do, on the wall clock in when."""

import asyncio
import heapq
import random
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import orjson
from aiokafka import AIOKafkaProducer

from schemas.topics import Topic
from tests.e2e.shop import Json, Shop, key_of

TURN_S = 0.05
PAUSES_S = (0.2, 1.6)
ORDER = "order_placed"
DECIDED_MS = 4000
"""Who has not bought by then leaves without: an order after a due time makes a trigger hang on who was quicker."""
VISITS: tuple[Sequence[str], ...] = (
    ("product_viewed", "product_viewed"),
    ("product_viewed", "product_viewed", "product_viewed"),
    ("product_viewed", "cart_item_added"),
    ("cart_item_added", "cart_item_added"),
    ("cart_item_added", "cart_item_removed"),
    ("product_viewed", "cart_item_added", "checkout_started"),
    ("cart_item_added", "checkout_started", ORDER),
    ("cart_item_added", "product_viewed", ORDER),
)


class Shoppers:
    """They shop from the beginning to the end of a `with` block; afterwards `clicks` and `orders` are all that the
    brokers have acknowledged, each with the time at which it was said.
    """

    def __init__(self, shop: Shop, seed: int, arrivals_per_s: float) -> None:
        self.clicks: list[Json] = []
        self.orders: list[Json] = []
        self._shop = shop
        self._dice = random.Random(seed)
        self._arrivals_per_s = arrivals_per_s
        self._waiting: list[tuple[float, int, Json, list[str]]] = []
        self._number = 0
        self._began_ms: dict[str, int] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._shop_on()), name="shoppers")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._thread.join()

    async def _shop_on(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._shop.bootstrap, enable_idempotence=True, linger_ms=2, retry_backoff_ms=50
        )
        await producer.start()
        sent = []
        try:
            while not self._closing.is_set():
                if self._dice.random() < self._arrivals_per_s * TURN_S:
                    self._arrive()
                now_s = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now_s:
                    topic, said = self._act(heapq.heappop(self._waiting))
                    sent.append(
                        await producer.send(
                            self._shop.settings.topic(topic), orjson.dumps(said), key=key_of(topic, said).encode()
                        )
                    )
                await asyncio.sleep(TURN_S)
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    def _arrive(self) -> None:
        self._number += 1
        shopper: Json = {"visitor_id": f"v{self._number}"}
        visit = self._dice.choice(VISITS)
        if self._dice.random() < 0.5:
            # At times a second device of somebody who was here before; buyers have one, since an order between due
            # and the watermark suppresses, or does not, as time has it.
            earliest = self._number if ORDER in visit else max(1, self._number - 20)
            prefix = "b" if ORDER in visit else "c"
            shopper["customer_id"] = f"{prefix}{self._dice.randint(earliest, self._number)}"
        self._wait(shopper, list(visit))

    def _wait(self, shopper: Json, steps: list[str]) -> None:
        self._number += 1
        at_s = time.monotonic() + self._dice.uniform(*PAUSES_S)
        heapq.heappush(self._waiting, (at_s, self._number, shopper, steps))

    def _act(self, turn: tuple[float, int, Json, list[str]]) -> tuple[Topic, Json]:
        _, number, shopper, (step, *steps) = turn
        now_ms = time.time_ns() // 1_000_000
        if now_ms - self._began_ms.setdefault(shopper["visitor_id"], now_ms) >= DECIDED_MS and step == ORDER:
            step = "page_viewed"
        said = {"event_id": f"e{number}", "type": step, "occurred_at": now_ms, **shopper}
        if steps:
            self._wait(shopper, steps)
        if step == ORDER:
            said["order_id"] = f"o{number}"
            self.orders.append(said)
            return Topic.ORDERS, said
        if step.startswith(("product", "cart")):
            said["product_id"] = "mug"
        self.clicks.append(said)
        return Topic.CLICKSTREAM, said
