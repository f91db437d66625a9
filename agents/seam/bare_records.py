"""Records without their headers, for a fetch with a header whose name is no text.

The protocol says that a header's name is UTF-8, and the broker does not check it. aiokafka raises at such a record for
ever, so one would stop its partition; nobody here reads headers.
"""

import struct
from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.record.util import decode_varint

MAGIC_AT, MAGIC_WITH_HEADERS = 16, 2
LAST_DELTA_AT = 23


def bare_batch(raw: bytes, offset: int) -> Any:
    """The batch of the fetch `raw` that holds this offset, to be read from its beginning: a few times slower, and
    without headers."""
    return _BareRecords(raw, offset).next_batch()


class _BareRecords(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka is Any to mypy
    def __init__(self, raw: bytes, start: int) -> None:
        super().__init__(raw)
        while self.has_next() and _last_offset(self._next_slice) < start:
            self._cache_next()

    def next_batch(self) -> Any:
        batch = self._next_slice
        if batch is None or batch[MAGIC_AT] < MAGIC_WITH_HEADERS:
            return super().next_batch()
        self._cache_next()
        return _BareBatch(batch)


def _last_offset(batch: Any) -> int:
    (first,) = struct.unpack_from(">q", batch)
    if batch[MAGIC_AT] < MAGIC_WITH_HEADERS:
        return int(first)
    (delta,) = struct.unpack_from(">i", batch, LAST_DELTA_AT)
    return int(first + delta)


class _BareBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _pos: int

    def _read_msg(self) -> Any:
        buffer = self._buffer
        length, start = decode_varint(buffer, self._pos)
        _, pos = decode_varint(buffer, start)  # attributes, of which there are none
        later_ms, pos = decode_varint(buffer, pos)
        later, pos = decode_varint(buffer, pos)
        key, pos = _bytes(buffer, pos)
        value, pos = _bytes(buffer, pos)
        self._pos = start + length
        appended = self.timestamp_type == self.LOG_APPEND_TIME
        timestamp = self.max_timestamp if appended else self.first_timestamp + later_ms
        return _DefaultRecordPy(self.base_offset + later, timestamp, self.timestamp_type, key, value, [])


def _bytes(buffer: Any, pos: int) -> tuple[bytes | None, int]:
    length, pos = decode_varint(buffer, pos)
    return (None, pos) if length < 0 else (bytes(buffer[pos : pos + length]), pos + length)
