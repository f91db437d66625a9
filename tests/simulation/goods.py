"""How a simulated dispatcher reads what can be bought: a consumer of the whole topic of products, without a group."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from tests.simulation.broker import Broker
from tests.simulation.clients import Client, Fetcher
from tests.simulation.logs import Entry
from tests.simulation.loop import Process


class ProductConsumer(Client):
    """Follows partitions from their beginning on, by fetches that the product watches."""

    def __init__(self, broker: Broker, process: Process, wait_s: float, isolation_level: str) -> None:
        super().__init__(broker, process)
        self._fetcher = Fetcher(broker, process, wait_s, isolation_level)
        self._states: dict[TopicPartition, SimpleNamespace] = {}
        assignment = SimpleNamespace(state_value=self._states.get)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """Read these."""
        self._states.update((partition, SimpleNamespace(position=0)) for partition in partitions)

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """They are read from there anyway."""

    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Entry]]:
        """What has come, and the positions are past it."""
        wanted = {partition: state.position for partition, state in self._states.items()}
        answer: Any = await self._fetcher.fetch(wanted)
        found = {}
        for partition, (_, records, following) in answer.read.items():
            self._states[partition].position = following
            if records:
                found[partition] = records
        return found
