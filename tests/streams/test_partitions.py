"""Where a key belongs: the same place for every client."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.partitions import partition_of


@given(st.binary(max_size=40), st.integers(1, 64))
def test_keys_go_where_every_other_client_sends_them(key: bytes, partitions: int) -> None:
    """Site tracking uses the Java or librdkafka default; a visitor must not be split over two partitions."""
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


def test_known_hashes() -> None:
    """From the tests of the Java client."""
    assert partition_of(b"21", 1 << 31) == -973932308 & 0x7FFFFFFF
    assert partition_of(b"foobar", 1 << 31) == -790332482 & 0x7FFFFFFF
    assert partition_of(b"a-little-bit-long-string", 1 << 31) == -985981536 & 0x7FFFFFFF
