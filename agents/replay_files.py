"""Files in, files out for `afterclick replay`: recorded clicks and orders through the very stages that run live."""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import IO

from agents.garbage import collect_rarely
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.written import as_written
from streams.cloud_events import FIRED_TYPE
from streams.records import FUTURE_MS_MAX
from streams.replay import Replay
from streams.stage import Effects


@dataclass(slots=True, frozen=True)
class Line:
    """A record of a file, as it would stand on its topic; `at` is None where it cannot be told."""

    topic: Topic
    key: bytes | None
    value: bytes
    at: int | None


@dataclass(slots=True)
class Replayed:
    """What a replay came to: counts by (metric, labels…), and how many triggers were written."""

    counts: dict[tuple[str, ...], int]
    fired: int
    read: int


def read_lines(path: Path, topic: Topic, latest_ms: int) -> Iterator[Line]:
    """The records of a JSON Lines file (plain or .gz), in file order, keyed as producers key them.

    A time after `latest_ms`, of a device without a clock or in another unit, is none: it would move a file's clock for
    all that follows.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for raw in file:
            value = raw.strip()
            if value:
                line = _line(topic, value)
                yield line if line.at is None or line.at <= latest_ms else replace(line, at=None)


def _line(topic: Topic, value: bytes) -> Line:
    """The record at its own time. It is keyed as its producer would have: by its visitor, or an order by its customer;
    what is wrong with it the stage says and counts."""
    said = as_written(value)
    key = said.visitor if topic is Topic.CLICKSTREAM else said.customer or said.visitor
    return Line(topic, key, value, said.at)


def merged(clicks: Iterator[Line], orders: Iterator[Line]) -> Iterator[tuple[Line, int]]:
    """Both files as one stream of arrivals (record, time), each in its own order; at equal times clicks come first.

    A file's clock stands at its latest time so far, so a file that is out of order within the lateness stays so.
    """
    sources = (clicks, orders)
    heads = [next(clicks, None), next(orders, None)]
    times = [_time_of(head, 0) for head in heads]
    while True:
        side = 0 if times[0] <= times[1] else 1
        head = heads[side]
        if head is None:
            return
        yield head, int(times[side]) if head.at is None else head.at
        heads[side] = following = next(sources[side], None)
        times[side] = _time_of(following, times[side])


def _time_of(head: Line | None, clock: float) -> float:
    """Where the clock of a file stands at its next line; never again, if there is none."""
    return inf if head is None else max(clock, head.at or 0)


def replay_files(
    clicks: Path | None,
    orders: Path | None,
    rulebook: Rulebook,
    lateness_ms: int,
    out: Path,
    decisions: Path | None,
    *,
    drain: bool,
    now_ms: int,
) -> Replayed:
    """Replay the files and write the triggers fired, one JSON object a line, and every decision if asked.

    `now_ms` is today: a record from later than a day after it moves no clock, as it would live.
    """
    collect_rarely()
    replay = Replay(rulebook, lateness_ms)
    replayed = Replayed({}, 0, 0)
    nothing: Iterator[Line] = iter(())
    streams = (
        read_lines(clicks, Topic.CLICKSTREAM, now_ms + FUTURE_MS_MAX) if clicks is not None else nothing,
        read_lines(orders, Topic.ORDERS, now_ms + FUTURE_MS_MAX) if orders is not None else nothing,
    )
    with out.open("wb") as triggers, (decisions or Path(os.devnull)).open("wb") as verdicts:
        for line, at in merged(*streams):
            replay.feed(line.topic, line.key, line.value, at)
            replayed.read += 1
            if replayed.read % 1000 == 0:
                _write(replay.take(), triggers, verdicts, replayed)
        (replay.drain if drain else replay.end)()
        _write(replay.take(), triggers, verdicts, replayed)
    return replayed


def _write(effects: Effects, triggers: IO[bytes], verdicts: IO[bytes], replayed: Replayed) -> None:
    for record in effects.outputs:
        if record.topic is Topic.DECISIONS:
            verdicts.write(record.value + b"\n")
        elif record.topic is Topic.TRIGGERS and ("ce_type", FIRED_TYPE.encode()) in record.headers:
            triggers.write(record.value + b"\n")
            replayed.fired += 1
    for name, by in effects.counts.items():
        replayed.counts[name] = replayed.counts.get(name, 0) + by
