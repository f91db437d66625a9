"""What fetches prove: when a fetch was sent, and how long its answer said the partition is.

Every record that the broker had acknowledged before the fetch was sent lies below the high watermark of its answer.
So whoever has folded all below that watermark has seen everything older than the moment of sending, whatever the
position was that the fetch asked for. The time at which an answer arrives, or is handled, proves nothing.
"""

import time
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.protocol.fetch import FetchRequest

SHORT_WAIT_MS = 20
"""Longest wait of a fetch that leaves out a partition, because its records are still being folded: its next fetch can
go to that broker only after this one is answered."""


@dataclass(slots=True, frozen=True)
class Proof:
    """All that was appended before `sent_s` (monotonic) lies below `end`, the partition's high watermark. Below
    `stable` no transaction is open: only so far can committed records be read."""

    sent_s: float
    end: int
    stable: int


class Fetches:
    """The newest proof of each partition of one consumer. Lives in the consumer's own thread."""

    def __init__(self) -> None:
        self.proofs: dict[TopicPartition, Proof] = {}
        self.answers: dict[TopicPartition, bytes] = {}
        """The bytes of the partitions whose records have not all been taken."""

    def watch(self, consumer: AIOKafkaConsumer) -> None:
        """Have the fetches of a started consumer pass by here. Call it before the consumer subscribes."""
        fetcher = consumer._fetcher
        fetcher._client = _WatchedClient(fetcher._client, self)
        plan = fetcher._get_actions_per_node
        wait_ms = fetcher._fetch_max_wait_ms

        def plan_with_short_waits(assignment: Any) -> Any:
            fetcher._fetch_max_wait_ms = min(SHORT_WAIT_MS, wait_ms) if fetcher._records else wait_ms
            return plan(assignment)

        fetcher._get_actions_per_node = plan_with_short_waits

    def answered(self, response: Any, sent_s: float) -> None:
        """Take the answer of a fetch that was sent at that moment."""
        assert response.API_VERSION >= 4, "the broker is too old for transactions"
        for topic, partitions in response.topics:
            for partition, error, high_watermark, stable, *_, raw in partitions:
                if error == 0:
                    self.proofs[TopicPartition(topic, partition)] = Proof(sent_s, high_watermark, stable)
                    if raw:
                        self.answers[TopicPartition(topic, partition)] = raw


class _WatchedClient:
    """The consumer's client, with an eye on its fetches."""

    def __init__(self, client: Any, fetches: Fetches) -> None:
        self._client = client
        self._fetches = fetches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        sent_s = time.monotonic()
        response = await self._client.send(node_id, request, **options)
        if isinstance(request, FetchRequest):
            self._fetches.answered(response, sent_s)
        return response
