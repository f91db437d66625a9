"""How large a record of state may become, and what the limits of single containers are made of.

No sequence of records of one person may make a record that Kafka refuses: it would be refused again after every
restart, and hold up its partition for ever. So whatever is kept has a limit in bytes, named where it is kept, and these
together stay below the limit of a record. What is cut is counted.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.json import Encoder

RECORD_BYTES_MAX: Final = 768 * 1024
"""The largest value that a stage writes, three quarters of what Kafka takes by default (`max.message.bytes`, 1 MiB):
a person whose record, or a fact of whose, would be larger is put aside."""

ID_BYTES_MAX: Final = 1100
"""An id of 256 characters (`schemas.base.ID_CHARS_MAX`) has up to 1,024 bytes in UTF-8, the quotes and a number beside
it the rest. Containers that cannot be too large by this are not measured."""

_encode: Callable[[object], bytes] = Encoder().encode

Cut = Callable[[str, int], None]
"""Hears what was cut, and how many of it."""


def uncounted(what: str, number: int) -> None:
    """For those to whom no cut matters."""


def size_of(kept: object) -> int:
    """The bytes that it takes in a record."""
    return len(_encode(kept))


def too_many(entries: Sequence[object], bytes_max: int) -> int:
    """How many of the first entries have to go, so that the rest takes at most `bytes_max` bytes."""
    left = bytes_max
    for index in range(len(entries) - 1, -1, -1):
        left -= size_of(entries[index]) + 1
        if left < 0:
            return index + 1
    return 0


def how_many(entries: Sequence[object], bytes_max: int) -> int:
    """How many of the first entries take at most `bytes_max` bytes."""
    left = bytes_max
    for index, entry in enumerate(entries):
        left -= size_of(entry) + 1
        if left < 0:
            return index
    return len(entries)
