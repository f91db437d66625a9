"""The player gives the shop real time, and counts what Kafka has acknowledged."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from agents.demo import sending
from agents.demo.said import Said
from agents.demo.sending import STANDSTILL_MS, Sender
from agents.settings.settings import KafkaSettings, Settings
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


class Clock:
    """A wall clock on which only sleeping takes time: a busy machine is not in it."""

    def __init__(self) -> None:
        self.now_ms = 1_750_000_000_000

    async def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one that every sender of the test goes by."""
    clock = Clock()
    monkeypatch.setattr(sending, "_now_ms", lambda: clock.now_ms)
    monkeypatch.setattr(sending, "asyncio", SimpleNamespace(sleep=clock.sleep))
    return clock


def said(at_ms: int) -> Said:
    """A click at that time."""
    return Said(at_ms, Topic.CLICKSTREAM, "v-1", {"event_id": f"e-{at_ms}"}, "browses")


async def test_records_are_said_at_their_time(producer: Producer, clock: Clock) -> None:
    """Not earlier, and as of that moment."""
    began_ms = clock.now_ms
    async with Sender(SETTINGS) as sender:
        await sender.play(iter([said(0), said(120)]))
        await sender.flush()
    first, second = (said["occurred_at"] for _, said in producer.sent)
    assert (first, second, clock.now_ms) == (began_ms, began_ms + 120, began_ms + 120)
    assert sender.acknowledged == {Topic.CLICKSTREAM: 2}


async def test_the_shop_stands_still_when_the_process_does(producer: Producer, clock: Clock) -> None:
    """Or all that follows would be late."""

    def stalling() -> Iterator[Said]:
        yield said(0)
        clock.now_ms += STANDSTILL_MS + 150
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
