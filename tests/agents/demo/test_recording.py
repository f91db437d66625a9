"""Recordings: what is understood of a file, and how its times move."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.demo.failure import DemoFailed
from agents.demo.recording import read_recording
from schemas.reading.wire import read_click, read_order
from schemas.topics import Topic
from tests.oracle.otto import SAMPLE, sample

NOW_MS = 1_800_000_000_000
CLICK = {"event_id": "e-1", "type": "product_viewed", "visitor_id": "v-1", "product_id": "p"}
ORDER = {"event_id": "e-2", "type": "order_placed", "order_id": "o-1", "visitor_id": "v-1", "customer_id": "c-1"}


def written(folder: Path, *lines: object) -> Path:
    """A recording of these lines."""
    file = folder / "recording.jsonl"
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines))
    return file


def moved(file: Path) -> list[tuple[Topic, str, dict[str, Any]]]:
    """What is produced of it."""
    return [(topic, key, orjson.loads(value)) for topic, key, value in read_recording(file).moved_to_end(NOW_MS)]


def test_it_is_sorted_and_ends_now(tmp_path: Path) -> None:
    """Times in both spellings keep their distance; `sent_at` goes along."""
    late = CLICK | {"event_id": "e-3", "occurred_at": "2026-01-31T12:00:10Z", "sent_at": "2026-01-31T12:00:12Z"}
    early = CLICK | {"occurred_at": 1_769_860_805_000}  # five seconds before
    first, last = moved(written(tmp_path, late, early))
    assert first[2]["event_id"] == "e-1"
    assert first[2]["occurred_at"] == NOW_MS - 5000
    assert last[2]["occurred_at"] == NOW_MS
    assert last[2]["sent_at"] == NOW_MS + 2000


def test_clicks_and_orders_may_be_mixed(tmp_path: Path) -> None:
    """Each goes to its topic under its key; at the same time the click comes first."""
    at = {"occurred_at": 1_769_860_800_000}
    guest = {name: value for name, value in ORDER.items() if name != "customer_id"} | {"event_id": "e-0"}
    produced = moved(written(tmp_path, ORDER | at, guest | at, CLICK | at))
    assert [(topic, key) for topic, key, _ in produced] == [
        (Topic.CLICKSTREAM, "v-1"),
        (Topic.ORDERS, "v-1"),
        (Topic.ORDERS, "c-1"),
    ]


def test_what_is_not_understood_is_skipped_and_counted(tmp_path: Path) -> None:
    """A broken line costs nothing but itself; empty ones do not count."""
    good = CLICK | {"occurred_at": 1_769_860_800_000}
    bad = [b"{torn", b"[]", b"7", CLICK, good | {"type": "wished"}, good | {"occurred_at": "noon"}, {"events": [{}]}]
    recording = read_recording(written(tmp_path, *bad, b"", good))
    assert len(recording.records) == 1
    assert recording.skipped == len(bad)


@pytest.mark.parametrize("lines", [[], [b"{torn"]])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, lines: list[bytes]) -> None:
    """With one sentence."""
    with pytest.raises(DemoFailed, match="Nothing in"):
        read_recording(written(tmp_path, *lines))


def test_a_file_that_is_not_there_or_torn_is_refused(tmp_path: Path) -> None:
    """With its name."""
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(b"{}" * 1000)[:20])
    for file in (tmp_path / "nothing.jsonl", torn):
        with pytest.raises(DemoFailed, match=file.name):
            read_recording(file)


def test_the_sessions_of_otto_are_understood() -> None:
    """As the batch computations understand them; every record is valid."""
    expected = sample()
    recording = read_recording(SAMPLE)
    assert recording.skipped == 0
    shift = NOW_MS - recording.records[-1].at_ms
    produced = list(recording.moved_to_end(NOW_MS))
    for topic, records, read in (
        (Topic.CLICKSTREAM, expected.clicks, read_click),
        (Topic.ORDERS, expected.orders, read_order),
    ):
        values = [value for of, _, value in produced if of is topic]
        assert [orjson.loads(value) for value in values] == [
            record | {"occurred_at": record["occurred_at"] + shift} for record in records
        ]
        assert all(hasattr(read(value), "event_id") for value in values)
    assert all(key == orjson.loads(value)["visitor_id"] for _, key, value in produced)
