"""The last look: how lately a fetch has proved that everything committed to a partition has been read.

What a fetch proves is for `agents.seam.fetches` to say, for the stages and the dispatcher alike: it counts from when
the fetch was sent, and the answers of a new leader prove nothing. Whatever could be read committed at that moment lies
below the last stable offset of the answer. (What stands behind another producer's open transaction could not.)
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.seam import Fetches, Proof

POLL_S = 0.02


@dataclass(slots=True)
class _Look:
    """`stable` is the last stable offset that the fetch sent at `sent_ms` saw; `proved_ms` is the newest proof."""

    sent_ms: int
    stable: int
    proved_ms: int | None = None


class Looks:
    """Proofs by partition, in ms of a monotonic clock; `position` is the next offset that has not been folded."""

    def __init__(
        self,
        max_age_ms: int,
        position: Callable[[TopicPartition], int | None],
        clock: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self.max_age_ms = max_age_ms
        self._position = position
        self._clock = clock
        self._looks: dict[TopicPartition, _Look] = {}
        self._heard_ms: dict[TopicPartition, int] = {}

    def watch(self, consumer: AIOKafkaConsumer) -> None:
        """Have all fetches of a started consumer pass by here. Call it before the consumer subscribes."""
        Fetches(self._heard, keeps_answers=False).watch(consumer)

    def expect(self, partition: TopicPartition) -> None:
        """From now on fetches of the partition are to be answered."""
        self._heard_ms[partition] = self._clock()

    def silence_ms(self, partition: TopicPartition) -> int:
        """How long no fetch of the partition has been answered, whatever the answer was."""
        now_ms = self._clock()
        return now_ms - self._heard_ms.get(partition, now_ms)

    def answered(self, partition: TopicPartition, sent_ms: int, stable: int) -> None:
        """A fetch sent at `sent_ms` was answered with that last stable offset, by a leader that is believed."""
        self._heard_ms[partition] = self._clock()
        self.is_fresh(partition)  # what the previous answer proves must not be forgotten with it
        proved = self._looks[partition].proved_ms if partition in self._looks else None
        self._looks[partition] = _Look(sent_ms, stable, proved)
        self.is_fresh(partition)

    def is_fresh(self, partition: TopicPartition) -> bool:
        """Whether a fetch sent at most `max_age_ms` ago reached the last stable offset, and all of it is folded."""
        look = self._looks.get(partition)
        if look is None:
            return False
        position = self._position(partition)
        if position is not None and position >= look.stable:
            look.proved_ms = max(look.sent_ms, look.proved_ms or look.sent_ms)
        return look.proved_ms is not None and self._clock() - look.proved_ms <= self.max_age_ms

    def lag(self, partition: TopicPartition) -> int | None:
        """Committed records and markers not yet folded, as the last answer knew; None before the first, and for a
        partition that is not read."""
        look, position = self._looks.get(partition), self._position(partition)
        return None if look is None or position is None else max(look.stable - position, 0)

    async def fresh(self, partition: TopicPartition, wanted: Callable[[], bool]) -> None:
        """Return as soon as the partition's look is fresh, or no longer wanted."""
        while wanted() and not self.is_fresh(partition):  # noqa: ASYNC110  (age is not an event)
            await asyncio.sleep(POLL_S)

    def forget(self, partition: TopicPartition) -> None:
        """The partition is no longer ours."""
        self._looks.pop(partition, None)
        self._heard_ms.pop(partition, None)

    def _heard(self, partition: TopicPartition, proof: Proof | None) -> None:
        if proof is None:
            self._heard_ms[partition] = self._clock()
        else:
            self.answered(partition, int(proof.sent_s * 1000), proof.stable)
