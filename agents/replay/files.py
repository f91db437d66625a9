"""Files in, files out for `afterclick replay`: recordings through the very stages that run live."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from agents.garbage import collect_rarely
from agents.replay.lines import RecordedFile, merged
from agents.replay.tally import Tally
from agents.terminal import Told
from schemas.rules.rulebook import Rulebook
from schemas.topics import SOURCES, Topic
from streams.cloud_events import FIRED_TYPE
from streams.intake.traffic import EVERYBODY, Traffic
from streams.replay import Replay
from streams.shop import ANY_SHOP, Shop
from streams.stage import Effects

LINES_A_TURN = 1000
"""After so many lines what came of them is written, and the progress told."""


class Outputs(NamedTuple):
    """Where what comes of a replay goes, one JSON object a line; None is nowhere."""

    triggers: Path
    decisions: Path | None = None
    dead_letters: Path | None = None


class _Writers(NamedTuple):
    triggers: IO[bytes]
    decisions: IO[bytes]
    dead_letters: IO[bytes]


def unheard(done: int, total: int | None) -> None:
    """For replays whose progress nobody follows."""


def replay_files(
    inputs: Mapping[Topic, Path],
    rulebook: Rulebook,
    lateness_ms: int,
    outputs: Outputs,
    *,
    later: Sequence[tuple[int, Rulebook]] = (),
    drain: bool,
    now_ms: int,
    told: Told = unheard,
    traffic: Traffic = EVERYBODY,
    shop: Shop = ANY_SHOP,
) -> Tally:
    """Replay the inputs, and write the triggers fired and, if asked, every decision and every dead letter. `later` are
    the rulebooks that followed the first, in their order, each in force from that time on, ms.

    `now_ms` is today: what lies later is judged as it would be live. A dead letter's offset is its line. `told` hears
    how many bytes have been read, `traffic` knows who is no customer, `shop` what else settings say.
    Raises OSError for a file that cannot be opened, read or written, and BrokenFile.
    """
    collect_rarely()
    replay, tally = Replay(rulebook, lateness_ms, later, traffic, shop), Tally()
    with ExitStack() as opened:
        files = [
            opened.enter_context(closing(RecordedFile(inputs[topic], topic))) for topic in SOURCES if topic in inputs
        ]
        writers = _Writers(*(opened.enter_context((path or Path(os.devnull)).open("wb")) for path in outputs))
        sizes = [file.size for file in files]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        left = LINES_A_TURN
        for line, at in merged(*(file.lines(now_ms) for file in files)):
            tally.saw(line, replay.feed(line.topic, line.key, line.value, at, line.number))
            left -= 1
            if not left:
                left = LINES_A_TURN
                _write(replay.take(), writers, tally)
                told(sum(file.bytes_read for file in files), total)
        (replay.drain if drain else replay.end)()
        _write(replay.take(), writers, tally)
        tally.read = {file.topic: file.records for file in files}
        tally.backwards = {file.topic: file.backwards for file in files if file.backwards is not None}
    return tally


def _write(effects: Effects, writers: _Writers, tally: Tally) -> None:
    for record in effects.outputs:
        if record.topic is Topic.DECISIONS:
            writers.decisions.write(record.value + b"\n")
        elif record.topic is Topic.DEAD_LETTERS:
            tally.put_aside(record.value)
            writers.dead_letters.write(record.value + b"\n")
        elif record.topic is Topic.TRIGGERS and ("ce_type", FIRED_TYPE.encode()) in record.headers:
            writers.triggers.write(record.value + b"\n")
            tally.triggers[orjson.loads(record.value)["kind"]] += 1
    tally.add(effects.counts)
