"""A dispatcher on a real Kafka, and what is wrong around it: destinations that are down, garbage, wrong clocks."""

import base64
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from standardwebhooks import Webhook

from agents.demo.broker import Kafka
from agents.dispatch.dispatcher import Dispatcher
from agents.exits import Misconfigured
from agents.worker.broker_clock import BrokerClock
from schemas.topics import Topic
from tests.agents.dispatch.receiver import Receiver, answers, hangs
from tests.agents.dispatch.stage import Stage, staged
from tests.agents.dispatch.world import wall_clock_ms
from tests.waiting import until

pytestmark = pytest.mark.kafka
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def quick(receiver: Receiver, **settings: Any) -> dict[str, Any]:
    return {"url": receiver.url, "retry_base_s": 0.2, "retry_cap_s": 0.4} | settings


async def test_a_dead_destination_holds_up_nobody(kafka: Kafka) -> None:
    """Thirty triggers for one that hangs, thirty for one that works, interleaved: the latter are through in seconds."""
    async with Receiver(hangs) as dead, Receiver(answers(200)) as live:
        destinations = {"dead": quick(dead), "live": quick(live)}
        async with staged(kafka, {"destinations": destinations, "in_flight_max": 8}) as stage, stage.dispatcher():
            for number in range(30):
                await stage.fire(f"D{number}", destination="dead")
                await stage.fire(f"L{number}", destination="live")
            await until(lambda: len(live.calls) == 30)
            await until(lambda: shown(stage, 'deliveries_total{destination="live",state="delivered"} 30.0'))
            await until(lambda: shown(stage, 'ledger{destination="dead",state="pending"} 26.0'))
            assert len(dead.calls) == 4
            assert shown(stage, 'ledger{destination="dead",state="in_flight"} 4.0')


@pytest.mark.parametrize("topic", [Topic.TRIGGERS, Topic.DELIVERIES, Topic.CUSTOMER_INBOX, Topic.DEAD_LETTERS])
async def test_a_missing_topic_is_named(kafka: Kafka, topic: Topic) -> None:
    """Before anything is started that would wait for it: those that it reads, and those that it only writes."""
    async with Receiver(answers(200)) as receiver, staged(kafka, {"destinations": {"esp": quick(receiver)}}) as stage:
        nowhere = stage.settings.model_copy(update={"topics": {topic: "no-such-topic"}})
        with pytest.raises(Misconfigured, match="no-such-topic"):
            await Dispatcher(nowhere, stage.metrics).start()


@pytest.mark.parametrize("wrong_s", [-3600, 3600, 86_400])
async def test_expiry_goes_by_the_brokers_clock(wrong_s: int, kafka: Kafka) -> None:
    """The worker's own clock is wrong by an hour or a day: what is in time is sent, and signed with the true time; what
    is not in time has expired."""
    async with (
        Receiver(answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver, secret=SECRET)}}) as stage,
    ):
        made = Dispatcher(stage.settings, stage.metrics, BrokerClock(wall=lambda: time.time() + wrong_s))
        await stage.fire("INTIME", expires_at=wall_clock_ms() + 60_000)
        await stage.fire("OLD", expires_at=wall_clock_ms() - 60_000)
        await made.start()
        try:
            await stage.until_receipts("INTIME:delivered", "OLD:expired")
        finally:
            await made.stop()
    [arrived] = receiver.calls
    Webhook(SECRET).verify(arrived.body, arrived.headers)


async def test_refused_credentials_rest_the_destination_until_they_are_mended(kafka: Kafka, tmp_path: Path) -> None:
    """401 to everything: nothing dies, also over a restart, and the other destination goes on. Once it takes our
    credentials, all of it arrives."""
    key = tmp_path / "esp.key"
    key.write_text(SECRET)
    async with Receiver(answers(401)) as strict, Receiver(answers(200)) as easy:
        destinations = {"strict": quick(strict, secret_file=key), "easy": quick(easy)}
        async with staged(kafka, {"destinations": destinations}) as stage:
            async with stage.dispatcher():
                for number in range(20):
                    await stage.fire(f"S{number}", destination="strict")
                await until(lambda: len(strict.calls) > 0)
                await stage.fire("E", destination="easy")
                await stage.until_receipts("E:delivered")
                await until(lambda: shown(stage, 'destination_resting{destination="strict",why="unauthorized"} 1.0'))
                assert not shown(stage, 'deliveries_total{destination="strict",state="dead"}')
                assert len(strict.calls) <= 8
            strict.acts = [answers(200)]
            async with stage.dispatcher():
                await stage.until_receipts("E:delivered", *(f"S{number}:delivered" for number in range(20)))
            assert await stage.read(Topic.DEAD_LETTERS) == []


def shown(stage: Stage, sample: str) -> bool:
    return f"afterclick_{sample}" in generate_latest(stage.metrics.registry).decode()


async def until_stalled(dispatcher: Dispatcher) -> None:
    """Wait for a partition of it that stalls."""
    await until(lambda: bool(dispatcher.stalled))


async def test_a_partition_of_garbage_stalls_until_somebody_says_so(kafka: Kafka) -> None:
    """What cannot be read is not put aside any more, after a restart neither; with a ceiling of 1 all of it is."""
    async with (
        Receiver(answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver)}, "dead_letter_records_min": 20}) as stage,
    ):
        for _ in range(60):
            await stage.write(b"garbage")
        for _ in range(2):
            async with stage.dispatcher() as made:
                await until_stalled(made)
            assert len(await stage.read(Topic.DEAD_LETTERS)) < 20
        allowed = stage.settings.model_copy(update={"dead_letter_share_max": 1.0})
        async with stage.dispatcher(allowed) as made:
            await stage.fire("A")
            await stage.until_receipts("A:delivered")
            assert made.stalled == []
        letters = await stage.read(Topic.DEAD_LETTERS)
    assert len(letters) == len({letter["offset"] for letter in letters}) == 60
