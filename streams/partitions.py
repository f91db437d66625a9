"""Where a key belongs: as Kafka's default partitioner says, that of the Java clients and of librdkafka's `murmur2`."""

from typing import Final

from mypy_extensions import i64

_SEED: Final = 0x9747_B28C
_M: Final = 0x5BD1_E995
_WORD: Final = 0xFFFF_FFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of that key, of so many."""
    return (_murmur2(key) & 0x7FFF_FFFF) % partitions


def _murmur2(data: bytes) -> int:
    """The hash as Kafka computes it, of 32 bits. No product here has more than 63; what is above 32 bits is cut off
    where it would come down again."""
    length = len(data)
    h: i64 = _SEED ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        k: i64 = data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24
        k = k * _M & _WORD
        h = (h * _M ^ (k ^ k >> 24) * _M) & _WORD
    if whole < length:
        rest: i64 = 0
        for at in range(length - 1, whole - 1, -1):
            rest = rest << 8 | data[at]
        h = (h ^ rest) * _M & _WORD
    h = (h ^ h >> 13) * _M & _WORD
    return h ^ h >> 15
