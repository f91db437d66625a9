"""What every stage is to its shell: batches of raw records in, effects out, state that a changelog can rebuild.

A stage owns partition p of one source topic, or of several that are partitioned alike. The shell restores it, folds
batches into it one after another, and commits their effects together with its changelog in one transaction. There is no await between `fold` and `take`:
that is what makes a stage the single writer of its keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.topics import Topic

POSITION_KEY = b"\x00position"
"""The changelog key of a stage's own mark: position, watermark and what else it must not part from."""

LOG_APPEND_TIME = 1
"""Kafka's timestamp type for a time that the broker gave; 0 is the producer's own."""


class Record(Protocol):
    """A consumed record as Kafka clients show it. `timestamp` in ms."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def timestamp_type(self) -> int: ...


class Records(Protocol):
    """Records in the order of their offsets. It may be possible to read them only once."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Record]: ...


@dataclass(slots=True, frozen=True)
class Batch:
    """One poll of one partition of `topic`; without records it is a tick.

    `position` is the next offset to be read after these records. `asked_ms` is set when the records reach the end of
    the partition as a fetch sent at that moment saw it (the broker's clock, never later than the true moment); None
    when there is backlog, or no proof. `now_ms` is the broker's clock at delivery.
    """

    topic: Topic
    records: Records
    position: int
    asked_ms: int | None
    now_ms: int


class Out(NamedTuple):
    """A record to be produced. The partition follows from the key."""

    topic: Topic
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class Effects:
    """What one batch leads to: outputs, changelog entries (None is a tombstone) and counts for the metrics.

    `counts` maps (metric, label values…) to an increment; `observed` holds (metric, label value, seconds).
    """

    outputs: list[Out] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    observed: list[tuple[str, str, float]] = field(default_factory=list)

    def take_outputs(self) -> list[Out]:
        """The outputs so far, which are not in the effects any more."""
        outputs, self.outputs = self.outputs, []
        return outputs

    def count(self, *name: str, by: int = 1) -> None:
        """Add `by` to the counter of that name and labels."""
        self.counts[name] = self.counts.get(name, 0) + by


class Stage(Protocol):
    """The fold of one partition of its source topics, with its state."""

    @property
    def positions(self) -> Mapping[Topic, int]:
        """By source topic the next offset that the stage has not folded; 0 before the first batch."""

    @property
    def watermarks(self) -> Mapping[str, int]:
        """What the stage has to publish once its effects are committed: a source partition by its name, and the W, ms,
        up to which the stage has said all that it has to say of it. None of them ever goes back."""

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record, in the changelog's order."""

    def open(self) -> None:
        """All of the changelog has been restored: derive what is derived (the due index)."""

    def fold(self, batch: Batch) -> None:
        """Fold a batch, move the watermark, fire what is due. Never raises for bad input."""

    def take(self) -> Effects:
        """The effects since the last call, changelog encoded once per dirty key, the position's mark last."""

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes and watermarks as they stand, for the metrics: (metric, label values…) -> value."""
