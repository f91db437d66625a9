"""The end of the demo: a table of what was delivered, the lines of the sum, and the last word."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from agents.demo.closing import COLUMNS_MAX, close
from agents.demo.snapshot import KindLine
from agents.demo.summary import Check
from streams.triggers.kinds import ROWS

KINDS = tuple(KindLine(kind, 3 * place, 2 * place, 1.5, 2.5) for place, kind in enumerate(ROWS))


def printed(width: int, *lines: Check) -> tuple[list[str], bool]:
    """The rows that are printed, and whether it adds up."""
    console = Console(file=io.StringIO(), width=width, highlight=False, legacy_windows=False)
    with console.capture() as capture:
        adds_up = close(console, KINDS, lines)
    return capture.get().splitlines(), adds_up


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_kind_has_its_count_and_its_latency(width: int) -> None:
    """Side by side, whole names, within the terminal; a very wide one is not filled."""
    rows, _ = printed(width)
    assert max(cell_len(row) for row in rows) <= min(width, COLUMNS_MAX)
    text = " ".join(" ".join(rows).split())
    for kind in KINDS:
        assert f"{kind.kind.replace('_', ' ')} {kind.delivered}" in text


def test_a_line_that_does_not_hold_is_marked_and_named() -> None:
    """It is the last word, too."""
    rows, adds_up = printed(120, Check(True, "orders", "3 produced"), Check(False, "kinds", "5 of 6 kinds delivered"))
    assert not adds_up
    assert [row.rstrip() for row in rows[-3:]] == [
        "✓ orders 3 produced",
        "✗ kinds  5 of 6 kinds delivered",
        "This does not add up: kinds.",
    ]
    assert printed(120, Check(True, "orders", "3 produced"))[1]
