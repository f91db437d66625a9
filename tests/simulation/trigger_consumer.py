"""How a simulated dispatcher reads triggers: as a member of its group, over watched fetches."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from tests.simulation.broker import Broker
from tests.simulation.clients import Client, Fetcher
from tests.simulation.group import Group
from tests.simulation.logs import Entry
from tests.simulation.loop import Process


class _State:
    __slots__ = ("is_paused", "position")

    def __init__(self) -> None:
        self.position = -1
        self.is_paused = False


class TriggerConsumer(Client):
    """The dispatcher's consumer and group member."""

    def __init__(self, broker: Broker, process: Process, group: Group, wait_s: float, isolation_level: str) -> None:
        super().__init__(broker, process)
        self._fetcher = Fetcher(broker, process, wait_s, isolation_level)
        self._group = group
        self._states: dict[TopicPartition, _State] = {}
        self._listener: Any = None
        assignment = SimpleNamespace(state_value=self._states.get)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

    def subscribe(self, _topics: Sequence[str], *, listener: Any) -> None:
        """Join."""
        self._listener = listener
        self._group.join(self)

    async def stop(self) -> None:
        """Leave."""
        await super().stop()
        self._group.leave(self)

    def give_up(self, done: Callable[[], None]) -> None:
        """A rebalance begins."""
        self.process.create_task(self._give_up(done), name="dispatcher:rebalance")

    async def _give_up(self, done: Callable[[], None]) -> None:
        await self._listener.on_partitions_revoked(frozenset(self._states))
        done()

    def get(self, partitions: frozenset[TopicPartition], _generation: int) -> None:
        """A rebalance ends."""
        self.process.create_task(self._get(partitions), name="dispatcher:rebalance")

    async def _get(self, partitions: frozenset[TopicPartition]) -> None:
        self._states.clear()
        for partition in sorted(partitions):
            self._states[partition] = _State()
        await self._listener.on_partitions_assigned(set(partitions))

    def pause(self, *partitions: TopicPartition) -> None:
        """Fetch these no more."""
        for partition in partitions:
            self._states[partition].is_paused = True

    def resume(self, *partitions: TopicPartition) -> None:
        """Fetch these again."""
        for partition in partitions:
            self._states[partition].is_paused = False

    def seek(self, partition: TopicPartition, position: int) -> None:
        """Go on from there."""
        self._states[partition].position = position

    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Entry]]:
        """What has come, and the positions are past it."""
        wanted = {
            tp: state.position for tp, state in self._states.items() if not state.is_paused and state.position >= 0
        }
        if not wanted:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        answer = await self._fetcher.fetch(wanted)
        found = {}
        for tp, (position, records, following) in answer.read.items():
            state = self._states.get(tp)
            if state is None or state.is_paused or state.position != position:
                continue
            state.position = following
            if records:
                found[tp] = records
        return found

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever deleted."""
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The last stable offsets."""
        found: dict[TopicPartition, int] = await self.broker.ask(
            self.process, lambda: {partition: self.broker.logs[partition].stable for partition in partitions}
        )
        return found

    async def commit(self, _offsets: Any) -> None:
        """Only lag tools read them."""
