"""The dispatcher killed at each of its crash points while triggers fire and are taken back, on real Kafka."""

import asyncio
import signal
from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from agents.crash_points import Point
from agents.demo.broker import Kafka
from schemas.outcomes.triggers import TriggerMessage, TriggerOffer
from tests.agents.dispatch.receiver import Receiver, answers, slowly
from tests.agents.dispatch.stage import Stage, staged
from tests.waiting import WITHIN_S, until

pytestmark = pytest.mark.kafka

KILLS = (
    (Point.LEDGER_FENCED, 2),
    (Point.LEDGER_RESTORING, 1),
    (Point.TRIGGERS_FOLDED, 2),
    (Point.LEDGER_WRITTEN, 1),
    (Point.LEDGER_COMMITTED, 2),
    (Point.CALL_CLEARED, 2),
    (Point.CALL_SENT, 2),
    (Point.CALL_ANSWERED, 2),
    (Point.LEDGER_WRITTEN, 4),
    (Point.LEDGER_COMMITTED, 4),
)
"""Where each process in turn dies, and which time it gets there. The first one leaves a ledger behind."""

KILLS_OF_CODES = (
    (Point.TRIGGERS_FOLDED, 1),
    (Point.LEDGER_WRITTEN, 1),
    (Point.LEDGER_COMMITTED, 2),
    (Point.CALL_SENT, 2),
)
"""The same, where codes of a pool are claimed."""


async def killed_at(stage: Stage, point: Point, times: int) -> None:
    """A dispatcher lives until it has come to that point so often, and is dead then."""
    process = await stage.process(f"{point}:{times}")
    try:
        assert await asyncio.wait_for(process.wait(), WITHIN_S) == -signal.SIGKILL, point
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_killed_at_every_point_it_calls_nobody_back(kafka: Kafka) -> None:
    """What was taken back before its call is never called, nor called again; one body stands under each id, and all
    that was never taken back is delivered."""
    kept, gone, torn = [], [], {}
    async with (
        Receiver(slowly(0.02, answers(200))) as receiver,
        staged(kafka, {"destinations": {"esp": {"url": receiver.url, "retry_base_s": 0.1, "concurrency": 2}}}) as stage,
    ):
        async with stage.dispatcher():
            await stage.fire("FIRST")
            await stage.until_receipts("FIRST:delivered")
        for turn, (point, times) in enumerate(KILLS):
            for number in range(3):
                kept.append(f"KEPT{turn}-{number}")
                await stage.fire(kept[-1])
            gone.append(f"GONE{turn}")
            await stage.fire(gone[-1])
            await stage.fire(f"TORN{turn}")
            await stage.cancel(gone[-1])
            await killed_at(stage, point, times)
            await stage.cancel(f"TORN{turn}")
            torn[f"TORN{turn}"] = asyncio.get_running_loop().time()
        calls_before = len(receiver.calls)
        async with stage.dispatcher():
            wanted = {"FIRST", *kept}

            async def all_are_delivered() -> bool:
                return {f"{id_}:delivered" for id_ in wanted} <= set(await stage.receipts())

            await until(all_are_delivered, "all that was never taken back is delivered")
        receipts = await stage.receipts()

    print(f"{calls_before} calls before the last start, {len(receiver.calls)} in all, for {len(wanted)} deliveries")
    assert all(len(bodies) == 1 for bodies in receiver.effects().values())
    assert not receiver.effects().keys() & set(gone), "called though taken back before"
    assert wanted <= receiver.effects().keys() <= wanted | torn.keys()
    for call in receiver.calls:
        assert call.id not in torn or call.at_s < torn[call.id], "called after it was taken back"
    assert len(receipts) == len(set(receipts)) == len(wanted) + len(gone) + len(torn), "one receipt each"
    assert {f"{id_}:cancelled" for id_ in gone} <= set(receipts)


async def test_killed_at_any_point_it_gives_no_code_to_two(kafka: Kafka, tmp_path: Path) -> None:
    """Each trigger has one code on all its calls, a person's next message of the rule says the same, and all codes that
    were said are different persons'."""
    pool = tmp_path / "spring.txt"
    pool.write_text("".join(f"SPRING-{number}\n" for number in range(200)))
    message = TriggerMessage(template="t", offer=TriggerOffer(code=None, code_pool="spring"))
    fired: list[str] = []
    async with Receiver(slowly(0.02, answers(200))) as receiver:
        dispatch = {
            "destinations": {"esp": {"url": receiver.url, "retry_base_s": 0.1, "concurrency": 2}},
            "code_pools": {"spring": str(pool)},
        }
        async with staged(kafka, dispatch) as stage:
            for turn, (point, times) in enumerate(KILLS_OF_CODES):
                for number in range(3):
                    fired.append(f"T{turn}-{number}")
                    await stage.fire(fired[-1], profile=f"c:P{number}-{turn // 2}", message=message)
                await stage.fire(f"GONE{turn}", profile=f"c:GONE{turn}", message=message)
                await stage.cancel(f"GONE{turn}", profile=f"c:GONE{turn}")
                await killed_at(stage, point, times)
            async with stage.dispatcher():

                async def all_are_delivered() -> bool:
                    return {f"{id_}:delivered" for id_ in fired} <= set(await stage.receipts())

                await until(all_are_delivered, "all that was never taken back is delivered")

    bodies = {id_: [orjson.loads(body)["data"] for body in bodies] for id_, bodies in receiver.effects().items()}
    assert bodies.keys() == set(fired)
    assert all(len(one) == 1 for one in bodies.values()), "one body, and so one code, under each id"
    of_person = defaultdict(set)
    for (data,) in bodies.values():
        of_person[data["profile"]].add(data["message"]["offer"]["code"])
    said = [code for codes in of_person.values() for code in codes]
    print(f"{len(receiver.calls)} calls, {len(bodies)} deliveries, {len(said)} codes")
    assert all(len(codes) == 1 for codes in of_person.values()), "one live code a person and rule"
    assert len(said) == len(set(said)), "a code is two persons'"
    assert None not in said
