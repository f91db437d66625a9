"""The dispatcher on real Kafka: from a trigger on the topic to one effect at the receiver and one receipt."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import generate_latest
from standardwebhooks import Webhook

from agents.demo.broker import Kafka
from agents.dispatch.dispatcher import Dispatcher
from agents.exits import Exit
from agents.settings.settings import Settings
from schemas.topics import Topic
from tests.agents.dispatch.receiver import Receiver, answers, drops, hangs, slowly
from tests.agents.dispatch.stage import Stage, staged
from tests.agents.dispatch.world import wall_clock_ms
from tests.waiting import until

pytestmark = pytest.mark.kafka
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


def quick(receiver: Receiver, **settings: Any) -> dict[str, Any]:
    return {"url": receiver.url, "retry_base_s": 0.2, "retry_cap_s": 0.4} | settings


async def test_fired_is_delivered_once_signed_and_acknowledged(kafka: Kafka) -> None:
    """However often it is on the topic, whatever lies between, and again after a restart."""
    async with (
        Receiver(answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver, secret=SECRET)}}) as stage,
    ):
        async with stage.dispatcher():
            await stage.fire("A")
            await stage.write(b"{not json")
            await stage.fire("A")
            await stage.fire("B")
            await stage.until_receipts("A:delivered", "B:delivered")
        async with stage.dispatcher():
            await stage.fire("A")
            await stage.fire("C")
            await stage.until_receipts("A:delivered", "B:delivered", "C:delivered")
        [letter] = await stage.read(Topic.DEAD_LETTERS)
        shown = generate_latest(stage.metrics.registry).decode()

    assert sorted(call.id for call in receiver.calls) == ["A", "B", "C"]
    for call in receiver.calls:
        Webhook(SECRET).verify(call.body, call.headers)
        assert orjson.loads(call.body)["data"]["trigger_id"] == call.id
    assert letter["reason"] == "malformed"
    assert 'records_total{outcome="applied",topic="triggers"} 3.0' in shown
    assert 'records_total{outcome="duplicate",topic="triggers"} 2.0' in shown
    assert 'records_total{outcome="quarantined",topic="triggers"} 1.0' in shown
    assert 'deliveries_total{destination="esp",state="delivered"} 3.0' in shown


async def test_what_is_sold_out_is_not_delivered(kafka: Kafka) -> None:
    """What the topic of products says at the moment of the call counts, or a look before: one that was sold out, one
    that is back."""
    async with (
        Receiver(answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver)}}) as stage,
    ):
        await stage.tell_of("pot", stock=0)
        await stage.tell_of("jug", stock=0)
        await stage.fire("A", about="viewed", viewed=("pot", "mug"))
        await stage.fire("B", about="viewed", viewed=("pot",))
        async with stage.dispatcher():
            await stage.until_receipts("A:delivered", "B:unavailable")
            await stage.tell_of("pot", stock=1)
            await asyncio.sleep(stage.settings.dispatch.look_max_age_ms / 1000)
            await stage.fire("C", about="viewed", viewed=("pot", "jug"))
            await stage.until_receipts("A:delivered", "B:unavailable", "C:delivered")

    sent = {call.id: orjson.loads(call.body)["data"]["viewed"] for call in receiver.calls}
    assert sent == {"A": ["mug"], "C": ["pot"]}


async def test_retried_with_the_same_id_and_body_until_it_is_taken(kafka: Kafka) -> None:
    """Errors, a dropped connection, a receiver that asks for patience: one effect."""
    acts = answers(500), drops, answers(429, "retry-after: 1"), answers(503), answers(200)
    async with (
        Receiver(*acts) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver)}}) as stage,
        stage.dispatcher(),
    ):
        await stage.fire("A")
        await stage.until_receipts("A:delivered")
        [line] = [line for line in await stage.read(Topic.DELIVERIES) if line.get("state") == "delivered"]

    assert {call.id: call.body for call in receiver.calls}.keys() == {"A"}
    assert len(receiver.effects()["A"]) == 1
    assert len(receiver.calls) == 5
    assert (line["attempts"], line["calls"]) == (4, 5)
    assert receiver.calls[3].at_s - receiver.calls[2].at_s >= 1.0


async def test_cancelled_expired_or_undeliverable_is_not_called(kafka: Kafka) -> None:
    """Taken back at once or before a retry, out of date, for nobody, too large, refused: one receipt each."""
    async with Receiver(answers(500)) as failing, Receiver(answers(404)) as refusing:
        esp = quick(failing, retry_base_s=600, retry_cap_s=600)
        async with staged(kafka, {"destinations": {"esp": esp, "strict": quick(refusing)}}) as stage:
            await stage.fire("ATONCE")
            await stage.cancel("ATONCE")
            await stage.fire("OLD", expires_at=wall_clock_ms())
            await stage.fire("LOST", destination="nowhere")
            await stage.fire("LARGE", viewed=("x" * 30_000,))
            await stage.fire("NO", destination="strict")
            await stage.fire("LATE")
            await stage.fire("AGEING", expires_at=wall_clock_ms() + 4000)
            async with stage.dispatcher():
                await until(lambda: {call.id for call in failing.calls} == {"LATE", "AGEING"})
                await stage.cancel("LATE")
                await stage.until_receipts(
                    "AGEING:expired",
                    "ATONCE:cancelled",
                    "LARGE:dead",
                    "LATE:cancelled",
                    "LOST:dead",
                    "NO:dead",
                    "OLD:expired",
                )
            letters = {(letter["reason"], letter["detail"]) for letter in await stage.read(Topic.DEAD_LETTERS)}

    assert len(failing.calls) == 2
    assert len(refusing.calls) == 1
    assert letters == {("undeliverable", why) for why in ("unknown_destination", "too_large", "rejected")}


async def test_killed_between_the_call_and_its_outcome(kafka: Kafka, tmp_path: Path) -> None:
    """SIGKILL while the receiver is working on it: the successor repeats it, and the receiver has one effect."""
    key = tmp_path / "esp.key"
    key.write_text(SECRET + "\n")
    async with (
        Receiver(slowly(1, hangs), answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver, secret_file=key)}}) as stage,
    ):
        await stage.fire("A")
        first = await stage.process()
        try:
            await until(lambda: len(receiver.calls) == 1)
        finally:
            first.kill()
            await first.wait()
        async with stage.dispatcher():
            await stage.until_receipts("A:delivered")

    for call in receiver.calls:
        Webhook(SECRET).verify(call.body, call.headers)
    assert len(receiver.calls) == 2
    assert [len(bodies) for bodies in receiver.effects().values()] == [1]


async def test_a_fenced_process_ends_before_it_sends_anything_more(kafka: Kafka) -> None:
    """Somebody else has taken over its ledger: its next commit is refused, and with it the call that would follow."""
    async with (
        Receiver(answers(200)) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver)}}) as stage,
    ):
        process = await stage.process()
        try:
            await stage.fire("A")
            await stage.until_receipts("A:delivered")
            await _fence(stage.settings)
            await stage.fire("B")
            code = await asyncio.wait_for(process.wait(), 15)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    assert code == Exit.COMMIT_FAILED
    assert [call.id for call in receiver.calls] == ["A"]


async def _fence(settings: Settings) -> None:
    for partition in (0, 1):
        successor = AIOKafkaProducer(
            bootstrap_servers=settings.kafka.bootstrap,
            transactional_id=f"{settings.app}-dispatcher-{settings.topic(Topic.TRIGGERS)}-{partition}",
        )
        await successor.start()
        await successor.stop()


async def test_a_second_process_takes_its_share(kafka: Kafka) -> None:
    """Partitions move in the middle of the work: every trigger is delivered, by one or the other, once."""
    async with (
        Receiver(slowly(0.05, answers(200))) as receiver,
        staged(kafka, {"destinations": {"esp": quick(receiver, concurrency=2)}}) as stage,
    ):
        other = stage.settings.model_copy(update={"instance": f"{stage.settings.instance}-two"})
        async with stage.dispatcher() as first:
            await _fire_all(stage, range(40))
            async with stage.dispatcher(other) as second:
                await until(lambda: first.ready and _shares(first) == _shares(second) == 1)
                await _fire_all(stage, range(40, 60))
                await stage.until_receipts(*(f"T{number}:delivered" for number in range(60)))
    assert sorted(receiver.effects()) == sorted(f"T{number}" for number in range(60))
    assert len(receiver.calls) == 60


async def _fire_all(stage: Stage, numbers: range) -> None:
    for number in numbers:
        await stage.fire(f"T{number}")


def _shares(dispatcher: Dispatcher) -> int:
    assert dispatcher._shares is not None
    return len(dispatcher._shares.open)
