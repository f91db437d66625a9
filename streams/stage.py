"""What every stage is to its shell: batches of raw records in, effects out, state that a changelog can rebuild.

A stage owns one partition number, of one source topic or of several that are partitioned alike. The shell restores
it, folds batches into it one after another, and commits the effects of each batch together with its changelog in one
transaction. There is no await between `fold` and `take`: that is what makes a stage the single writer of its keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic

STAGES_OWN = b"\x00"
"""What the changelog keys of a stage's own records begin with: no id of a person does."""

POSITION_KEY = b"\x00position"
"""The changelog key of a stage's own mark: positions, watermark and what else must not part from them."""

ALIVE_AT_A_TIME = 5_000
"""So many visitors or customers of a partition at most are alive from one commit to the next, some 20 MB: those who
were written last; the others rest as their records. And so many at most because of one step of W: the others rest as
soon as they have been looked at, not with the turn's end. After a silence, or when orders had held W back, it is all of
a partition."""

OPENED_AT_A_TIME = 2_000
"""How many keys a stage looks at before it lets others run while it opens: some 10 ms of interpreted Python. The same
loop sends the heartbeats of every group that the process is a member of, each a few times a second at least."""

LATE_MS: Final = 60_000
"""How far behind the clock all has to be that a stage folds before its commit may wait: a minute of a backlog."""

LOG_APPEND_TIME: Final = 1
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


class Batch:
    """One poll of one partition of the source `topic`; without records it is a tick. Nobody changes one.

    `position` is the next offset to be read after these records. `asked_ms` is set when the records reach the end of
    the partition as a fetch sent at that moment saw it (the broker's clock, never later than the true moment); None
    when there is backlog, or no proof. `now_ms` is the broker's clock at delivery.
    """

    # No dataclass: what that generates is never compiled, and a replay makes two of these a record.
    __slots__ = ("asked_ms", "now_ms", "position", "records", "topic")

    def __init__(self, topic: Topic, records: Records, position: int, asked_ms: int | None, now_ms: int) -> None:
        self.topic = topic
        self.records = records
        self.position = position
        self.asked_ms = asked_ms
        self.now_ms = now_ms


class Out(NamedTuple):
    """A record to be produced. The partition follows from the key, unless one is named."""

    topic: Topic
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None


@dataclass(slots=True)
class Effects:
    """What one batch leads to: outputs, changelog entries (None is a tombstone) and counts for the metrics.

    `counts` maps (metric, label values…) to an increment; `observed` holds (metric, label value, seconds).
    """

    outputs: list[Out] = field(default_factory=list)
    told: dict[str, list[bytes]] = field(default_factory=dict)
    """Facts that are not records yet, as they are written, by the key of the profile that they go to."""
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    observed: list[tuple[str, str, float]] = field(default_factory=list)
    mark_headers: list[tuple[str, bytes]] = field(default_factory=list)
    """What the shell keeps beside the position's mark, as headers of its record."""

    def take_outputs(self) -> list[Out]:
        """The outputs so far, which are not in the effects any more."""
        outputs, self.outputs = self.outputs, []
        return outputs

    def count(self, *name: str, by: int = 1) -> None:
        """Add `by` to the counter of that name and labels."""
        self.counts[name] = self.counts.get(name, 0) + by

    def cut(self, what: str, number: int) -> None:
        """Count what was too much to be kept of one person."""
        self.count("cut", what, by=number)


class OpensInSteps:
    """A stage that opens step by step, and so at once, too."""

    def open_in_steps(self) -> Iterator[None]:
        """As `Stage.open_in_steps` promises."""
        raise NotImplementedError

    def open(self) -> None:
        """The same at once, for a driver that has nobody else to let run."""
        for _ in self.open_in_steps():
            pass


class Stage(Protocol):
    """The fold of one partition of each of its source topics, with its state."""

    @property
    def positions(self) -> Mapping[Topic, int]:
        """By source topic, of all that the stage reads: the next offset that it has not folded; 0 before the first."""

    @property
    def watermark(self) -> int:
        """How far time has come for the stage, ms. Never goes back."""

    @property
    def watermarks(self) -> Mapping[str, int]:
        """What others may be told once this is committed: by the name of a source partition its W, ms; every record
        of it with an earlier time has been folded. Empty for a stage that nobody waits for."""

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody's timers wait for what the stage tells of watermarks."""

    @property
    def is_late(self) -> bool:
        """Whether all that has been folded since the last `take`, and all that it led to, is so late already that a
        commit may wait for more: nobody loses by a few seconds, and each state record is written once for all."""

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record, in the changelog's order."""

    def open_in_steps(self) -> Iterator[None]:
        """All of the changelog has been restored: derive what is derived (the due index). It stops now and then, so
        that others can run; nothing may be folded before it has come to its end."""

    def open(self) -> None:
        """The same at once, for a driver that has nobody else to let run."""

    @property
    def rulebook(self) -> Rulebook | None:
        """The rulebook in force: that by which the state was made, and the next batch will be folded. None for a stage
        that goes by none."""

    def take_over(self, rulebook: Rulebook) -> None:
        """From here on, between two batches, this rulebook is in force: it is committed with what follows."""

    def fold(self, batch: Batch) -> None:
        """Fold a batch, move the watermark, fire what is due. Never raises for bad input."""

    def take(self) -> Effects:
        """The effects since the last call, changelog encoded once per dirty key, the mark with all positions last."""

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes and watermarks as they stand, for the metrics: (metric, label values…) -> value."""
