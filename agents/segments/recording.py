"""A file of recorded orders, read as `replay` reads it: which records count, and why the others do not."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from agents.garbage import collect_rarely
from agents.replay.lines import Line, RecordedFile
from agents.segments.purchases import LeftOut, Purchase, Purchases, Skipped
from agents.terminal import Told
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import read_order, unnoted
from schemas.topics import Topic
from streams.intake.owners import NOBODIES, owned_record
from streams.records import AGE_MS_MAX, FUTURE, FUTURE_MS_MAX
from streams.replay import Given

LINES_A_TURN = 1000
"""After so many lines the progress is told."""


@dataclass(slots=True)
class Recording:
    """What a file says. `read` = refused + skipped + `used`; the records used tell of the purchases and of the orders
    `left_out`."""

    read: int = 0
    used: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    skipped: Counter[Skipped] = field(default_factory=Counter)
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    purchases: list[Purchase] = field(default_factory=list)


def read_recording(path: Path, until: int | None, today_ms: int, told: Told) -> Recording:
    """Read the orders of a file, plain or gzipped JSON Lines or `-`, up to `until`, ms, that instant included.

    `told` hears how many bytes have been read. Raises OSError for a file that cannot be opened or read, and
    BrokenFile.
    """
    collect_rarely()
    recording, purchases, clock = Recording(), Purchases(), 0
    with closing(RecordedFile(path, Topic.ORDERS)) as file:
        for line in file.lines(today_ms):
            clock = max(clock, line.at or 0)
            _take(line, clock, until, purchases, recording)
            if not line.number % LINES_A_TURN:
                told(file.bytes_read, file.size)
        recording.read = file.records
    for settled in purchases.settled():
        if isinstance(settled, Purchase):
            recording.purchases.append(settled)
        else:
            recording.left_out[settled] += 1
    return recording


def _take(line: Line, clock: int, until: int | None, purchases: Purchases, recording: Recording) -> None:
    said = _order(line, clock)
    if isinstance(said, Rejected):
        recording.refused[said.reason.value] += 1
        return
    why = Skipped.UNKNOWN_TYPE if isinstance(said, Unknown) else None
    if isinstance(said, Order):
        at = min(said.occurred_at, clock)
        if at < clock - AGE_MS_MAX:
            why = Skipped.TOO_OLD
        elif until is not None and at > until:
            why = Skipped.AFTER_UNTIL
        elif said.test:
            why = Skipped.TEST
        else:
            why = purchases.take(said, at)
    if why is None:
        recording.used += 1
    else:
        recording.skipped[why] += 1


def _order(line: Line, clock: int) -> Order | Rejected | Unknown:
    """The record as the stage of orders takes it when the latest time so far is `clock`, ms."""
    said = read_order(line.value)
    if not isinstance(said, Order):
        return said
    if said.occurred_at > clock + FUTURE_MS_MAX:
        return FUTURE
    owned = owned_record(said, Given(line.key, line.value, line.number), NOBODIES, unnoted)
    assert not isinstance(owned, Engagement)
    return owned
