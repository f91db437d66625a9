"""Lines of recorded files: whose they are, when they were, and what no line may do."""

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from agents.replay.lines import LINE_BYTES_MAX, STANDARD_INPUT, Line, RecordedFile, merged
from schemas.topics import Topic
from tests.agents.replay.recorded import BEGUN, DAY, NOW, SECOND, Json, click, order

CLICKS, ORDERS, ENGAGEMENTS = Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS
DEEP = b'{"visitor_id": "ada", "occurred_at": %d, "x": ' % BEGUN + b"[" * 5_000 + b"]" * 5_000 + b"}"


def lines(tmp_path: Path, *said: bytes | Json, topic: Topic = CLICKS) -> list[Line]:
    """These lines as they are read."""
    file = tmp_path / "recorded"
    file.write_bytes(b"\n".join(one if isinstance(one, bytes) else orjson.dumps(one) for one in said))
    return list(RecordedFile(file, topic).lines(NOW))


# -- whose -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "key"),
    [
        (b'"customer_id": "88", "visitor_id": "ada"', b"88"),
        (b'"customer_id": "0", "visitor_id": "ada"', b"0"),
        (b'"customer_id": "Ada@Shop.example"', b"Ada@Shop.example"),
        (b'"customer_id": null, "visitor_id": "ada"', b"ada"),
        (b'"customer_id": "", "visitor_id": "ada"', b"ada"),
        (b'"customer_id": [], "visitor_id": "ada"', b"ada"),
        (b'"customer_id": {}, "visitor_id": "ada"', b"ada"),
        (b'"customer_id": false, "visitor_id": "ada"', b"false"),
        (b'"visitor_id": "\xc3\xa4da"', "äda".encode()),
        (b'"customer_id": 88', b"88"),
        (b'"customer_id": 0, "visitor_id": "ada"', b"0"),
        (b'"customer_id": -7', b"-7"),
        (b'"customer_id": 88.0', b"88"),
        (b'"customer_id": 8.5', b"8.5"),
        (b'"customer_id": 123456789012345678901234567890', b"123456789012345678901234567890"),
        (b'"customer_id": ["88"]', None),
        (b'"visitor_id": ""', None),
        (b'"x": 1', None),
    ],
)  # fmt: skip
def test_an_order_is_keyed_by_the_first_id_that_is_there(tmp_path: Path, ids: bytes, key: bytes | None) -> None:
    """As a producer would: the customer's, else the visitor's, as it is written; a number by its digits."""
    (line,) = lines(tmp_path, b'{"occurred_at": %d, %s}' % (BEGUN, ids), topic=ORDERS)
    assert (line.key, line.at) == (key, BEGUN)
    (line,) = lines(tmp_path, b'{"occurred_at": %d, %s}' % (BEGUN, ids), topic=ENGAGEMENTS)
    assert line.key == key


@pytest.mark.parametrize(("visitor", "key"), [(b'"ada"', b"ada"), (b"7", b"7"), (b"[]", None), (b"null", None)])
def test_a_click_is_keyed_by_its_visitor(tmp_path: Path, visitor: bytes, key: bytes | None) -> None:
    """Whatever customer it names."""
    (line,) = lines(tmp_path, b'{"occurred_at": %d, "customer_id": "88", "visitor_id": %s}' % (BEGUN, visitor))
    assert (line.key, line.at) == (key, BEGUN)


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (BEGUN, BEGUN),
        (float(BEGUN), BEGUN),
        ("2025-06-02T08:00:00.001Z", 1_748_851_200_001),
        ("2025-06-02T10:00:00.001+02:00", 1_748_851_200_001),
        ("2025-06-02 08:00:00.001 UTC", 1_748_851_200_001),
        ("2025-06-02t08:00:00.001z", 1_748_851_200_001),
        (" 2025-06-02T10:00:00.001 +02:00", 1_748_851_200_001),
        (NOW + DAY, NOW),
        (NOW + DAY + 1, None),
        (BEGUN + 0.5, BEGUN),
        (BEGUN // 1000 + 0.5, None),
        (BEGUN // 1000, None),
        (float(BEGUN // 1000), None),
        (946_684_799, 946_684_799),
        (946_684_800, None),
        (4_102_444_800, None),
        (4_102_444_801, 4_102_444_801),
        (str(BEGUN), None),
        ("2025-06-02T08:00:00", None),
        (1e300, None),
        (1 << 63, None),
        (0, None),
        (-1, None),
        (True, None),
        (None, None),
        ([BEGUN], None),
        ({"at": BEGUN}, None),
    ],
    ids=repr,
)
def test_what_is_no_time_moves_no_clock(tmp_path: Path, said: object, at: int | None) -> None:
    """Seconds, no zone, the future: the stage says what is wrong; the line stands where its file's clock stands."""
    read = lines(tmp_path, click(1, BEGUN - SECOND), click(2, said), click(3, BEGUN))
    assert [line.at for line in read] == [BEGUN - SECOND, at, BEGUN]


# -- odd lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        b"1", b"[]", b'"x"', b"null", b"{", b"}", b"NaN", b"\xff\xfe{}", b"\x00", b"{}", DEEP,
        b"[" * 200_000, b'{"visitor_id": "\\ud800"}', b'{"visitor_id": ' + b"9" * 5_000 + b"}",
        b'{"visitor_id": 1e400, "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"visitor_id": "a", "x": "' + b"x" * (1 << 20) + b'"}',
    ],
    ids=lambda odd: repr(odd[:24]),
)  # fmt: skip
@pytest.mark.parametrize("topic", [CLICKS, ORDERS])
def test_an_odd_line_is_a_record_all_the_same(tmp_path: Path, odd: bytes, topic: Topic) -> None:
    """The stage says what is wrong with it; what stands around it is read."""
    before, it, after = lines(tmp_path, click(1, BEGUN), odd, click(2, BEGUN), topic=topic)
    assert it.value == odd
    assert (before.number, it.number, after.number) == (1, 2, 3)
    assert before.at == after.at == BEGUN


def test_what_the_contract_parses_is_understood(tmp_path: Path) -> None:
    """A byte order mark, as the first line of many a file has it, and NaN, which the contract reads as a bad amount."""
    said = orjson.dumps(order(1, BEGUN))
    marked, endless = lines(tmp_path, b"\xef\xbb\xbf" + said, said[:-1] + b', "total": NaN}', topic=ORDERS)
    assert (marked.key, marked.at) == (endless.key, endless.at) == (b"ada", BEGUN)


@pytest.mark.parametrize("more", [-1, 0, 1, LINE_BYTES_MAX])
def test_a_line_without_end_is_cut(tmp_path: Path, more: int) -> None:
    """Of a file in which nobody breaks lines, no more than that is held; what follows is a line of its own."""
    long, after = lines(tmp_path, b"x" * (LINE_BYTES_MAX + more), click(1, BEGUN))
    assert len(long.value) == LINE_BYTES_MAX + min(more, 0)
    assert (after.number, after.at) == (2, BEGUN)


def test_blank_lines_are_none_and_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    """But they count for the number of a line, so that an editor finds it."""
    read = lines(tmp_path, b"", orjson.dumps(click(1, BEGUN)) + b"\r", b" \t", click(2, BEGUN), b"")
    assert [line.number for line in read] == [2, 4]
    assert read[0].value == orjson.dumps(click(1, BEGUN))


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["clicks.jsonl.gz", "clicks.jsonl"])
def test_what_is_gzipped_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    """Whatever it is called; how far it has been read is told by what lies there."""
    packed, plain = tmp_path / name, orjson.dumps(click(1, BEGUN))
    packed.write_bytes(gzip.compress(plain))
    file = RecordedFile(packed, CLICKS)
    assert [line.value for line in file.lines(NOW)] == [plain]
    assert file.bytes_read == file.size == packed.stat().st_size
    assert file.records == 1


@pytest.mark.parametrize("packed", [False, True])
def test_the_standard_input_is_a_file_without_a_length(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain or gzipped, as from a pipe."""
    said = orjson.dumps(click(1, BEGUN))

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    class Standard:
        buffer = io.BufferedReader(Pipe(gzip.compress(said) if packed else said))

    monkeypatch.setattr(sys, "stdin", Standard)
    file = RecordedFile(STANDARD_INPUT, CLICKS)
    assert (file.size, file.bytes_read) == (None, 0)
    assert [line.value for line in file.lines(NOW)] == [said]


# -- together ----------------------------------------------------------------------------------------------------------


def test_files_arrive_as_one_stream(tmp_path: Path) -> None:
    """By time; at equal times clicks, orders, engagements; each file in its own order, behind its own clock."""

    def of(topic: Topic, *times: int | None) -> Iterator[Line]:
        return (Line(topic, b"", b"", at, number) for number, at in enumerate(times, 1))

    arrived = merged(of(CLICKS, 1, 5, 3, None, 7), of(ORDERS, None, 5, 6, 5), of(ENGAGEMENTS, 5, 6))
    assert [(line.topic.value[0], line.number, at) for line, at in arrived] == [
        ("o", 1, 0), ("c", 1, 1),
        ("c", 2, 5), ("c", 3, 5), ("c", 4, 5), ("o", 2, 5), ("e", 1, 5),
        ("o", 3, 6), ("o", 4, 6), ("e", 2, 6), ("c", 5, 7),
    ]  # fmt: skip
    assert list(merged()) == []
