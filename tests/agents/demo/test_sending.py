"""The player gives the shop real time, and counts what Kafka has acknowledged."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from agents.demo import sending
from agents.demo.sending import STANDSTILL_MS, Sender
from agents.demo.shopper import Said
from agents.settings import KafkaSettings, Settings
from schemas.topics import Topic

SETTINGS = Settings.model_construct(kafka=KafkaSettings())


class Producer:
    """Takes records, and acknowledges all but those that say so."""

    def __init__(self, **_options: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def flush(self) -> None:
        await asyncio.sleep(0)  # the callbacks of what is done

    async def send(self, topic: str, value: bytes, key: bytes) -> "asyncio.Future[None]":
        said = orjson.loads(value)
        self.sent.append((topic, said))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if said.get("refused"):
            future.set_exception(OSError("no leader"))
        else:
            future.set_result(None)
        return future


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Producer:
    """The one that every sender of the test gets."""
    producer = Producer()
    monkeypatch.setattr(sending, "AIOKafkaProducer", lambda **_options: producer)
    return producer


def said(at_ms: int) -> Said:
    """A click at that time."""
    return Said(at_ms, Topic.CLICKSTREAM, "v-1", {"event_id": f"e-{at_ms}"}, "browses")


async def test_records_are_said_at_their_time(producer: Producer) -> None:
    """Not earlier, and as of that moment."""
    began_ms = time.time() * 1000
    async with Sender(SETTINGS) as sender:
        await sender.play(iter([said(0), said(120)]))
        await sender.flush()
    first, second = (said["occurred_at"] for _, said in producer.sent)
    assert second - first == 120
    assert began_ms - 1 <= first <= second <= time.time() * 1000
    assert sender.acknowledged == {Topic.CLICKSTREAM: 2}


async def test_the_shop_stands_still_when_the_process_does(producer: Producer) -> None:
    """Or all that follows would be late."""

    def stalling() -> Iterator[Said]:
        yield said(0)
        time.sleep((STANDSTILL_MS + 150) / 1000)
        yield said(50)
        yield said(90)

    async with Sender(SETTINGS) as sender:
        await sender.play(stalling())
    first, second, third = (said["occurred_at"] for _, said in producer.sent)
    assert second - first >= STANDSTILL_MS
    assert third - second == 40


async def test_what_kafka_refuses_is_not_counted_but_raised(producer: Producer) -> None:
    """The sum at the end would not hold."""
    async with Sender(SETTINGS) as sender:
        await sender.load([(Topic.ORDERS, "c-1", b"{}"), (Topic.ORDERS, "c-1", b'{"refused":true}')])
        with pytest.raises(OSError, match="no leader"):
            await sender.flush()
    assert sender.acknowledged == {Topic.ORDERS: 1}
