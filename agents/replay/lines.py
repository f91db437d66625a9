"""The lines of recorded files as records of their topics: keyed as producers key them, each at its time."""

import gzip
import heapq
import io
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from pydantic_core import from_json

from schemas.base import instant_of
from schemas.refusals import BYTE_ORDER_MARK
from schemas.topics import Topic
from schemas.wire import ORDER_BYTES_MAX
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


class RecordedFile:
    """A JSON Lines file, plain or gzipped, or the standard input as `-`. Raises OSError if it cannot be opened."""

    def __init__(self, path: Path, topic: Topic) -> None:
        self.topic = topic
        self.records = 0
        """How many of its lines have been read that are not blank."""
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
        has that of today, as the broker would have it.
        """
        read = partial(self._lines.readline, LINE_BYTES_MAX)
        for number, raw in enumerate(iter(read, b""), 1):
            rest = raw
            while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
                rest = read()
            value = raw.strip()
            if value:
                self.records += 1
                yield _line(self.topic, value, number, today_ms)


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
    said: Any = None
    if len(value) <= ORDER_BYTES_MAX:
        try:
            said = orjson.loads(value)
        except ValueError:
            said = _as_the_contract_parses(value)
    if not isinstance(said, dict):
        # The stage says what is wrong with it, and counts it.
        return Line(topic, None, value, None, number)
    at: int | None
    try:
        at = instant_of(said.get("occurred_at"))
        if at > today_ms:
            at = today_ms if at <= today_ms + FUTURE_MS_MAX else None
    except ValueError:
        at = None
    return Line(topic, _key(topic, said, value), value, at, number)


def _as_the_contract_parses(value: bytes) -> Any:
    """With what the quick parser does not know: a byte order mark, NaN, whole numbers of any size."""
    try:
        return from_json(value.removeprefix(BYTE_ORDER_MARK))
    except ValueError:
        return None


def _key(topic: Topic, said: dict[str, Any], value: bytes) -> bytes | None:
    """The visitor's id for a click, else the customer's if there is one, as it is written."""
    for name in ("visitor_id",) if topic is Topic.CLICKSTREAM else ("customer_id", "visitor_id"):
        id_ = said.get(name)
        if id_ and isinstance(id_, str):
            return id_.encode()
        if id_ and isinstance(id_, int | float) and id_ is not True:
            return _digits(id_, name, value)
    return None


def _digits(id_: int | float, name: str, value: bytes) -> bytes:
    """The decimal text of a number, which the quick parser rounds beyond 64 bits."""
    if isinstance(id_, float):
        exact = _as_the_contract_parses(value)
        id_ = exact[name] if isinstance(exact, dict) else id_
        if isinstance(id_, float) and id_.is_integer():
            id_ = int(id_)
    return str(id_).encode()
