"""The demo's screen: a snapshot on so many columns and rows, and nothing runs over."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from agents.demo.screen import NEWS_MAX, PlainLines, status
from agents.demo.snapshot import FeedLine, KindLine, Snapshot
from agents.demo.view import BLOCKS, render
from streams.triggers.kinds import ROWS

KINDS = tuple(ROWS)

FEED = tuple(
    FeedLine(
        f"12:{second // 60:02d}:{second % 60:02d}", kind, f"c-ada-{second:03d}", "12 items 1,259.80 EUR", state, outcome
    )
    for second, (kind, (state, outcome)) in enumerate(
        (kind, end)
        for end in (
            ("delivered", "delivered 41 ms"),
            ("retry", "503, again soon"),
            ("taken back", "taken back: late_order"),
            ("delivered", "delivered 641 ms, call 2"),
        )
        for kind in KINDS
    )
)
FULL = Snapshot(
    phase="the shop is closed, finishing up",
    title="seed 123456",
    elapsed_s=23.4,
    seconds=60,
    events=1_203_456,
    events_per_s=tuple(float(rate % 37) for rate in range(200)),
    outcomes={"applied": 1190, "duplicate": 12, "late": 22, "ignored": 3, "quarantined": 13},
    sessions=1234,
    episodes=5678,
    behind_s=26 * 86_400.0,
    lag=123_456,
    kinds=tuple(KindLine(kind, 123 * place, 122 * place, 0.999 * place, 1800.0) for place, kind in enumerate(KINDS)),
    deliveries={"delivered": 12_345, "cancelled": 1, "under way": 22},
    repeated_calls=14,
    verdicts=tuple(("suppressed", "already_converted", 123) for _ in range(30)),
    feed=FEED,
)
EMPTY = Snapshot(phase="the shop is open", title="seed 1", elapsed_s=0, seconds=None)


def drawn(snapshot: Snapshot, width: int, height: int) -> list[str]:
    """The rows of the screen."""
    console = Console(file=io.StringIO(), width=width, height=height, legacy_windows=False)
    with console.capture() as capture:
        console.print(render(snapshot, width, height))
    return capture.get().splitlines()


@pytest.mark.parametrize("snapshot", [FULL, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 30), (100, 40), (200, 60)])
def test_it_fits(snapshot: Snapshot, width: int, height: int) -> None:
    """Not a column and not a row more, however large the numbers."""
    rows = drawn(snapshot, width, height)
    assert len(rows) == height
    assert {cell_len(row) for row in rows} == {width}


def test_a_small_screen_survives() -> None:
    """It may be cut off, never crash."""
    assert drawn(FULL, 40, 10)


@pytest.mark.parametrize("width", [80, 120])
def test_everything_is_on_it(width: int) -> None:
    """Also on the smallest terminal in use."""
    text = "\n".join(drawn(FULL, width, 24))
    for kind in KINDS:
        assert kind.replace("_", " ") in text, kind
    for shown in ("1,203,456 in", "1,234 sessions", "5,678 episodes", "26 d ago", "123,456 records", "00:23 of 01:00"):
        assert shown in text
    for shown in ("12,345 delivered", "22 under way", "123 already converted", "12 duplicate", "13 quarantined"):
        assert shown in text
    assert "delivered 641 ms, call 2" in text


def test_kinds_of_a_shorter_rulebook_leave_room_for_the_feed() -> None:
    """A recording is played with five kinds."""
    few = replace(FULL, kinds=FULL.kinds[:5])
    shown = [sum(line.at in row for row in drawn(one, 80, 24) for line in FEED) for one in (FULL, few)]
    assert shown[1] - shown[0] == -(-len(KINDS) // BLOCKS) - 2


def test_the_feed_ends_with_the_latest() -> None:
    """As a log does."""
    rows = drawn(FULL, 120, 30)
    assert FEED[-1].at in rows[-2]
    assert "delivered 641 ms, call 2" in rows[-2]


def test_plain_lines_are_a_line_a_trigger_and_a_status_now_and_then() -> None:
    """For pipes and logs; a flood of triggers is cut."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    with console.capture() as capture, PlainLines(console) as screen:
        screen.show(FULL, FEED[:2])
        screen.show(FULL, [FEED[0]] * (NEWS_MAX + 5))
    lines = capture.get().splitlines()
    assert lines[0] == "12:00:00 exit_intent  c-ada-000  12 items 1,259.80 EUR → delivered 41 ms"
    assert lines[2] == status(FULL)
    assert lines[-1] == "… and 5 more"
    assert len(lines) == 2 + 1 + NEWS_MAX + 1
