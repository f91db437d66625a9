"""Recordings: what a file says of its times, and what it cannot say."""

from pathlib import Path

import orjson
import pytest

from agents.replay_files import Replayed, replay_files
from streams.records import FUTURE_MS_MAX
from tests.world import rule, rulebook

DAY = 24 * 3_600_000
NOW = 1_760_000_000_000
"""Today, as whoever replays has it."""
BEGUN = NOW - 30 * DAY
BOOK = rulebook(rule("cart_abandonment", wait="1h"))
CLICKS = ("records", "clickstream")


def click(number: int, at: int, **more: object) -> dict[str, object]:
    said = {"event_id": f"e{number}", "type": "cart_item_added", "occurred_at": at, "visitor_id": "ada"}
    return said | {"product_id": "p1", "price": "10.00", "currency": "EUR"} | more


def replayed(folder: Path, *clicks: dict[str, object]) -> Replayed:
    """What came of a file with these clicks."""
    file = folder / "clicks.jsonl"
    file.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in clicks))
    return replay_files(file, None, BOOK, 5000, folder / "out", None, drain=True, now_ms=NOW)


@pytest.mark.parametrize(
    ("at", "outcomes", "fired"),
    [
        (NOW + FUTURE_MS_MAX, {"applied": 2, "late": 1}, 3),
        (NOW + FUTURE_MS_MAX + 1, {"applied": 2, "quarantined": 1}, 2),
        (BEGUN * 1000, {"applied": 2, "quarantined": 1}, 2),
    ],
    ids=["exactly a day ahead", "after that", "microseconds"],
)
def test_a_device_without_a_clock_spoils_nothing(tmp_path: Path, at: int, outcomes: dict[str, int], fired: int) -> None:
    """As live it is put aside, and moves nothing: what follows it in the file is as good as before."""
    came = replayed(tmp_path, click(1, BEGUN), click(2, at, visitor_id="eve"), click(3, BEGUN + DAY))

    assert {name[2]: number for name, number in came.counts.items() if name[:2] == CLICKS} == outcomes
    assert came.fired == fired
