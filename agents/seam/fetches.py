"""What fetches prove: when a fetch was sent, and how long its answer said the partition is.

Every record that the broker had acknowledged before the fetch was sent lies below the high watermark of its answer.
So whoever has folded all below that watermark has seen everything older than the moment of sending, whatever the
position was that the fetch asked for. The time at which an answer arrives, or is handled, proves nothing.

Nor does the answer of a leader that was elected a moment ago: it may know less than its predecessor had acknowledged
(KIP-207), until its followers have fetched from it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.protocol.fetch import FetchRequest

NOBODY = -1
SHORT_WAIT_MS = 20
"""Longest wait of a fetch that leaves out a partition, because its records are still being folded: its next fetch can
go to that broker only after this one is answered."""
LEADER_SETTLES_S = 2.0
"""For so long what a new leader says of its log proves nothing: several times what its followers take to come to it."""


@dataclass(slots=True, frozen=True)
class Proof:
    """All that was appended before `sent_s` (monotonic) lies below `end`, the partition's high watermark. Below
    `stable` no transaction is open: only so far can committed records be read."""

    sent_s: float
    end: int
    stable: int


class Fetches:
    """The newest proof of each partition of one consumer. Lives in the consumer's own thread.

    `heard` is told of each answer of a partition without an error, and of what it proves: None while its leader is new.
    """

    def __init__(
        self,
        heard: Callable[[TopicPartition, Proof | None], None] = lambda _partition, _proof: None,
        *,
        keeps_answers: bool = True,
    ) -> None:
        self.proofs: dict[TopicPartition, Proof] = {}
        self.answers: dict[TopicPartition, bytes] = {}
        """The bytes of the partitions whose records have not all been taken, if they are to be kept."""
        self._heard = heard
        self._keeps_answers = keeps_answers
        self._leaders: dict[TopicPartition, tuple[int, float]] = {}
        """Which node answers for a partition, and since when it does so without a break; the first one always has."""

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

    def answered(self, node: int, response: Any, sent_s: float) -> None:
        """Take that node's answer to a fetch that was sent at that moment."""
        assert response.API_VERSION >= 4, "the broker is too old for transactions"
        for topic, partitions in response.topics:
            for partition, error, high_watermark, stable, *_, raw in partitions:
                tp = TopicPartition(topic, partition)
                if error:
                    self._leaders[tp] = NOBODY, sent_s
                    continue
                if raw and self._keeps_answers:
                    self.answers[tp] = raw
                if settled := self._has_settled(tp, node, sent_s):
                    self.proofs[tp] = Proof(sent_s, high_watermark, stable)
                self._heard(tp, self.proofs[tp] if settled else None)

    def _has_settled(self, tp: TopicPartition, node: int, now_s: float) -> bool:
        known, since_s = self._leaders.setdefault(tp, (node, -inf))
        if known != node:
            self._leaders[tp] = node, now_s
            return False
        return now_s - since_s >= LEADER_SETTLES_S


def position_of(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    """The next offset that the consumer hands out. Behind a transaction's marker it is past that, too."""
    position: int = consumer._subscription.subscription.assignment.state_value(partition).position
    return position


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
            self._fetches.answered(node_id, response, sent_s)
        return response
