"""The table of kinds: side by side in so many blocks as fit, in the order in which kinds are shown everywhere."""

from collections.abc import Callable, Sequence

from rich.table import Table
from rich.text import Text

from agents.demo.snapshot import KindLine
from agents.demo.words import plain, short
from streams.triggers.kinds import ROWS

PALETTE = ("magenta", "bright_cyan", "cyan", "yellow", "bright_red", "red", "blue", "green", "bright_magenta")
"""Neighbours in the order of kinds differ."""

Column = tuple[str, int, Callable[[KindLine], Text]]
"""Its title, its width, and what stands in it."""


def colour_of(kind: str) -> str:
    """The colour of a kind, by its place among all; none for one that only a newer version knows."""
    return PALETTE[list(ROWS).index(kind) % len(PALETTE)] if kind in ROWS else ""


def _number(number: int) -> Text:
    return Text(f"{number:,}", style="bold" if number else "grey42")


def _time(seconds: float | None) -> Text:
    return Text("–" if seconds is None else short(seconds))


COUNT: Column = ("", 4, lambda kind: _number(kind.fired))
FIRED: Column = ("fired", 7, lambda kind: _number(kind.fired))
DELIVERED: Column = ("delivered", 9, lambda kind: _number(kind.delivered))
P50: Column = ("p50", 7, lambda kind: _time(kind.p50_s))
P99: Column = ("p99", 7, lambda kind: _time(kind.p99_s))


def rows_of(kinds: Sequence[KindLine], blocks: int) -> int:
    """How many rows it has, without its titles."""
    return -(-len(kinds) // blocks)


def kind_table(
    kinds: Sequence[KindLine], blocks: int, columns: Sequence[Column], *, titles: bool, gap: int = 1
) -> Table:
    """All of them, top down, then from left to right; `gap` is the space between two blocks."""
    table = Table(box=None, expand=True, padding=0, header_style="grey62", show_edge=False, show_header=titles)
    rows = rows_of(kinds, blocks)
    parts = [kinds[first : first + rows] for first in range(0, rows * blocks, rows or 1)]
    for number, part in enumerate(parts):
        if number:
            table.add_column(width=gap)
        table.add_column(no_wrap=True, ratio=max((len(kind.kind) for kind in part), default=1))
        for title, width, _ in columns:
            table.add_column(title, justify="right", no_wrap=True, width=width)
    nothing = [Text()] * (1 + len(columns))
    for row in range(rows):
        cells = [_cells(part[row], columns) if row < len(part) else nothing for part in parts]
        table.add_row(*cells[0], *(cell for own in cells[1:] for cell in (Text(), *own)))
    return table


def _cells(kind: KindLine, columns: Sequence[Column]) -> list[Text]:
    return [Text(plain(kind.kind), style=colour_of(kind.kind)), *(show(kind) for _, _, show in columns)]
