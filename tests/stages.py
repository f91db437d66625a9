"""A toy stage for tests of the machinery: it counts the records of each key, and says each count aloud."""

import time
from collections.abc import Iterator

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.layout import Layout
from streams.marks import decode_mark, encode_mark
from streams.stage import POSITION_KEY, Batch, Effects, Out
from streams.time.watermarks import source_name

OUTPUT = Topic.DECISIONS
STUCK_KEY = b"stuck"
"""A record of this key is never folded to its end."""
BAD_KEY = b"bad"
GREEDY_KEY = b"greedy"
"""Records of this key lead to an output as large as their value says, in bytes."""
STEPS = 3
"""In so many steps it opens."""


class CountingStage:
    """Counts per key in the changelog, one output `{key: count}` a record, W of its first topic from silence alone.
    Keys of all its topics count together."""

    def __init__(self, group: tuple[Topic, ...], partition: int, layout: Layout) -> None:
        self._first = topic = group[0]
        self.counts: dict[bytes, int] = {}
        self.positions = dict.fromkeys(group, 0)
        self.watermark = 0
        self.is_open = False
        self.is_late = False
        self._mark = POSITION_KEY + f"-{topic.value}-{partition}".encode()
        self._prefix = f"{topic.value}-{partition}:".encode()
        self._partition = partition
        self._dirty: set[bytes] = set()
        self._effects = Effects()
        self._committed = dict(self.positions)
        self._ticks = 0
        self.taken_over: list[Rulebook] = []

    @property
    def watermarks(self) -> dict[str, int]:
        gates = self._first is not Topic.ENGAGEMENTS
        return {source_name(self._first, self._partition): self.watermark} if gates else {}

    @property
    def is_waited_for(self) -> bool:
        return bool(self.watermarks)

    def restore(self, key: bytes, value: bytes | None) -> None:
        assert value is not None
        if key == self._mark:
            self.positions = decode_mark(value)["positions"]
            self._committed = dict(self.positions)
        elif key.startswith(self._prefix):
            self.counts[key.removeprefix(self._prefix)] = orjson.loads(value)

    def open_in_steps(self) -> Iterator[None]:
        for _ in range(STEPS):
            yield
        self.is_open = True

    def open(self) -> None:
        for _ in self.open_in_steps():
            pass

    @property
    def rulebook(self) -> Rulebook | None:
        return self.taken_over[-1] if self.taken_over else None

    def take_over(self, rulebook: Rulebook) -> None:
        self.taken_over.append(rulebook)

    def fold(self, batch: Batch) -> None:
        assert self.is_open, "a batch came before the stage was restored"
        assert not batch.records or batch.position > self.positions[batch.topic]
        for record in batch.records:
            key = record.key or b""
            if key == STUCK_KEY:
                time.sleep(3600)
            count = self.counts[key] = self.counts.get(key, 0) + 1
            self._dirty.add(key)
            value = orjson.dumps({key.decode(): count})
            if key == GREEDY_KEY:
                value = b"x" * int(record.value or 0)
            self._effects.outputs.append(Out(OUTPUT, key, value, (("n", b"%d" % count),)))
        self.positions[batch.topic] = batch.position
        if batch.topic is self._first and batch.asked_ms is not None:
            self.watermark = max(self.watermark, batch.asked_ms)
        self._ticks += not batch.records
        self._effects.count("records", batch.topic.value, "applied", by=len(batch.records))

    def take(self) -> Effects:
        effects, self._effects = self._effects, Effects()
        for key in self._dirty:
            effects.changelog.append((self._prefix + key, orjson.dumps(self.counts[key])))
        self._dirty.clear()
        if self.positions != self._committed:
            effects.changelog.append((self._mark, encode_mark(self.positions)))
            self._committed = dict(self.positions)
        return effects

    def gauges(self) -> dict[tuple[str, ...], float]:
        return {
            ("keys", "toy", str(self._partition)): len(self.counts),
            ("watermark_timestamp_seconds", "toy", str(self._partition)): self.watermark / 1000,
        }


class PickyStage(CountingStage):
    """A toy that says of records with the key `bad` that they cannot be used; it counts them all the same."""

    def take(self) -> Effects:
        effects = super().take()
        bad = sum(out.key == BAD_KEY for out in effects.outputs)
        effects.count("records", Topic.CLICKSTREAM.value, "applied", by=-bad)
        effects.count("records", Topic.CLICKSTREAM.value, "quarantined", by=bad)
        return effects
