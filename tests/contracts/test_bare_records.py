"""A header whose name is no text stops aiokafka's reader; ours reads on without headers."""

import random
import struct
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from agents.seam.fetches import Fetches
from agents.seam.thread import Thread
from agents.seam.unread import Fetched

PARTITION = TopicPartition("clickstream", 0)


def batch_of(first: int, *values: bytes | None, spoil: bool = False) -> bytes:
    """A batch as a broker answers it; with `spoil` each header's name is no UTF-8."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=1 << 20,
    )  # fmt: skip
    for delta, value in enumerate(values):
        builder.append(delta, 1_000 + delta, b"key", value, [("zz", None), ("zz", b"1")])
    data = bytearray(builder.build())
    if spoil:
        data = data.replace(b"zz", b"\xff\xfe")
    struct.pack_into(">q", data, 0, first)
    struct.pack_into(">I", data, 17, calc_crc32c(data[21:]))
    return bytes(data)


def test_records_are_read_on_behind_an_unreadable_header() -> None:
    """Each once, in order, with key, value, offset and time; those before it come from aiokafka's own reader."""
    raw = batch_of(5, b"a", None) + batch_of(7, b"b", b"c", spoil=True) + batch_of(9, b"d")
    unread = PartitionRecords(PARTITION, MemoryRecords(raw), [], 6, None, None, True, 1)
    read = list(Fetched(unread, raw).take(100))
    assert [(record.offset, record.value, record.timestamp) for record in read] == [
        (6, None, 1_001),
        (7, b"b", 1_000),
        (8, b"c", 1_001),
        (9, b"d", 1_000),
    ]
    assert {record.key for record in read} == {b"key"}


def test_records_are_read_once() -> None:
    """aiokafka's batches are at their end then: whoever reads on gets no empty batch, but an error."""
    raw = batch_of(0, b"a", b"b")
    unread = PartitionRecords(PARTITION, MemoryRecords(raw), [], 0, None, None, True, 1)
    taken = Fetched(unread, raw).take(100)
    assert [record.value for record in taken] == [b"a", b"b"]
    with pytest.raises(AssertionError, match="read once"):
        list(taken)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_spoilt_each_record_is_taken_once(seed: int) -> None:
    """By the thread's own hand, poll by poll of any size, over several fetches."""
    dice = random.Random(seed)
    assignment, fetches = Assigned(), Fetches()
    thread = Thread.__new__(Thread)
    thread._fetches = fetches
    fetcher = SimpleNamespace(_records={}, _notify=lambda waiter: None, _wait_consume_future=None)
    read: list[int] = []
    end = 0
    for _ in range(5):
        begin, raw = end, b""
        for _ in range(dice.randint(1, 4)):
            count = dice.randint(1, 4)
            raw += batch_of(end, *[b"x"] * count, spoil=dice.random() < 0.4)
            end += count
        fetches.answers[PARTITION] = raw
        unread = PartitionRecords(PARTITION, MemoryRecords(raw), [], begin, None, None, True, 1)
        fetcher._records[PARTITION] = FetchResult(PARTITION, partition_records=unread, assignment=assignment, backoff=0)
        while PARTITION in fetcher._records:
            before = assignment.position
            taken = [record.offset for record in thread._take(fetcher, PARTITION, dice.randint(1, 6))]
            assert taken == list(range(before, assignment.position))
            read += taken
        assert fetches.answers == {}
    assert read == list(range(end))


class Assigned:
    """aiokafka's state of one assigned partition."""

    active = True
    paused = False

    def __init__(self) -> None:
        self.position = 0

    def state_value(self, partition: TopicPartition) -> "Assigned":
        """It is its own."""
        return self

    def consumed_to(self, position: int) -> None:
        """Where reading goes on."""
        self.position = position
