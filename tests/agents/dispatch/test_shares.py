"""Which partitions are ours: an opening that Kafka does not answer ends the process, and what is gone is not shown."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import generate_latest

from agents.dispatch import shares as module
from agents.dispatch.code_pools import CodePools
from agents.dispatch.dispatcher import Dispatcher
from agents.dispatch.shares import Shares
from agents.dispatch.tasks import Tasks
from agents.exits import Exit
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from tests.agents.dispatch.world import Shelf

T1 = TopicPartition("triggers", 1)


class Ended(Exception):
    """Stands in for the end of the process."""


class Silent:
    """A producer whose broker never answers, and a consumer that is held."""

    async def start(self) -> None:
        await asyncio.sleep(60)

    async def stop(self) -> None: ...

    def pause(self, *partitions: TopicPartition) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


async def test_an_opening_without_an_answer_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Better than to be never ready and never gone: the supervisor starts another one."""
    ended: list[tuple[Exit, dict[str, Any]]] = []

    def end(code: Exit, event: str, error: BaseException, **fields: Any) -> None:
        ended.append((code, fields))
        raise Ended

    monkeypatch.setattr(module, "OPENING_STEP_S", 0.01)
    monkeypatch.setattr(module, "ledger_producer", lambda settings, partition: Silent())
    monkeypatch.setattr(module, "end_process", end)
    tasks = Tasks()
    consumer, pools = cast(AIOKafkaConsumer, Silent()), CodePools({})
    shares = Shares(Settings(), Metrics(), {}, consumer, Shelf(), tasks, lambda: 0, pools, 2)

    await shares.on_partitions_assigned([T1])
    assert not shares.ready
    with pytest.raises(Ended):
        await asyncio.wait_for(tasks.crashed, 5)
    assert ended == [(Exit.STALLED, {"partition": 1})]


class Owned:
    """What the metrics look at: partitions with a lag, no ledgers."""

    def __init__(self, **lags: int) -> None:
        self.ready = True
        self._lags = {TopicPartition("triggers", int(name[1:])): lag for name, lag in lags.items()}

    @property
    def open(self) -> dict[TopicPartition, Any]:
        return dict.fromkeys(self._lags, _NoLedger())

    @property
    def looks(self) -> "Owned":
        return self

    def lag(self, partition: TopicPartition) -> int | None:
        return self._lags[partition]


class _NoLedger:
    ledger = None
    is_stalled = False


def test_a_partition_that_is_lost_is_not_shown_any_more() -> None:
    """Its last lag would stand for ever, beside the new owner's."""
    metrics = Metrics()
    dispatcher = Dispatcher(Settings(), metrics)

    dispatcher._show(cast(Shares, Owned(p0=3, p1=7)))
    assert lags(metrics) == {"0": 3.0, "1": 7.0}
    dispatcher._show(cast(Shares, Owned(p1=5)))
    assert lags(metrics) == {"1": 5.0}
    dispatcher._show(cast(Shares, Owned()))
    assert lags(metrics) == {}
    dispatcher._show(cast(Shares, Owned(p0=1)))
    assert lags(metrics) == {"0": 1.0}


def lags(metrics: Metrics) -> dict[str, float]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    shown = [line for line in lines if line.startswith("afterclick_lag_records{")]
    return {line.split('partition="')[1].split('"')[0]: float(line.rsplit(" ", 1)[1]) for line in shown}
