"""The lines of recorded files as records of their topics: keyed as producers key them, each at its time."""

import gzip
import heapq
import io
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from agents.file_errors import BrokenFile
from schemas.reading.wire import RECORD_BYTES_MAX
from schemas.reading.written import as_written
from schemas.topics import Topic
from streams.records import FUTURE_MS_MAX

STANDARD_INPUT = Path("-")
GZIP = b"\x1f\x8b"
LINE_BYTES_MAX = 16 << 20
"""What is longer is cut: it is refused for its size either way, and a file without line ends must not fill memory."""


class Line(NamedTuple):
    """A record of a file, as it would stand on its topic: its line, from 1, and its time, ms; None if none is told."""

    topic: Topic
    key: bytes | None
    value: bytes
    at: int | None
    number: int


@dataclass(slots=True)
class Backwards:
    """A file that is not in the order of time: the first line that is older than one before it, by how much, and by how
    much the one is that is the farthest behind; ms."""

    line: int
    back_ms: int
    farthest_ms: int


class RecordedFile:
    """A JSON Lines file, plain or gzipped, or the standard input as `-`. Raises OSError if it cannot be opened."""

    def __init__(self, path: Path, topic: Topic) -> None:
        self.topic = topic
        self.records = 0
        """How many of its lines have been read that are not blank."""
        self.backwards: Backwards | None = None
        """Where it goes back in time, as far as it has been read; None if it does not."""
        self._path = path
        self._latest = 0
        self._raw: IO[bytes] = sys.stdin.buffer if path == STANDARD_INPUT else path.open("rb")
        self._lines: IO[bytes] = self._raw
        if isinstance(self._raw, io.BufferedReader) and self._raw.peek(2)[:2] == GZIP:
            self._lines = io.BufferedReader(gzip.GzipFile(fileobj=self._raw))

    @property
    def size(self) -> int | None:
        """Its length in bytes, as it lies there; None for what has none, such as a pipe."""
        return os.fstat(self._raw.fileno()).st_size if self._raw.seekable() else None

    @property
    def bytes_read(self) -> int:
        """How far it has been read."""
        return self._raw.tell() if self._raw.seekable() else 0

    def close(self) -> None:
        """Nothing more is read."""
        self._raw.close()

    def lines(self, today_ms: int) -> Iterator[Line]:
        """Its lines that are not blank, in their order.

        A line whose time cannot be told, or lies more than a day after `today_ms`, has none; one that lies less ahead
        has that of today, as the broker would have it. Raises BrokenFile.
        """
        for number, raw in enumerate(iter(self._read, b""), 1):
            rest = raw
            while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
                rest = self._read()
            value = raw.strip()
            if value:
                self.records += 1
                line = _line(self.topic, value, number, today_ms)
                if line.at is not None:
                    self._look_back(line.at, number)
                yield line

    def _read(self) -> bytes:
        try:
            return self._lines.readline(LINE_BYTES_MAX)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenFile(self._path, error) from error

    def _look_back(self, at: int, number: int) -> None:
        back = self._latest - at
        if back <= 0:
            self._latest = at
        elif self.backwards is None:
            self.backwards = Backwards(number, back, back)
        elif back > self.backwards.farthest_ms:
            self.backwards.farthest_ms = back


def merged(*files: Iterator[Line]) -> Iterator[tuple[Line, int]]:
    """Files as one stream of arrivals (record, time), each in its own order; at equal times in the order given.

    A file's clock stands at its latest time so far, so a file that is out of order within the lateness stays so.
    """
    for clock, _, line in heapq.merge(*(_clocked(lines, place) for place, lines in enumerate(files))):
        yield line, clock


def _clocked(lines: Iterator[Line], place: int) -> Iterator[tuple[int, int, Line]]:
    clock = 0
    for line in lines:
        if line.at is not None and line.at > clock:
            clock = line.at
        yield clock, place, line


def _line(topic: Topic, value: bytes, number: int, today_ms: int) -> Line:
    if len(value) > RECORD_BYTES_MAX:
        # The stage refuses it unread.
        return Line(topic, None, value, None, number)
    visitor, customer, at = as_written(value)
    if at is not None and at > today_ms:
        at = today_ms if at <= today_ms + FUTURE_MS_MAX else None
    owner = visitor if topic is Topic.CLICKSTREAM else customer or visitor
    return Line(topic, None if topic is Topic.CATALOG else owner, value, at, number)
