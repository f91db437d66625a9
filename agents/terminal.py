"""What commands show people: tables, and how far long work is."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDE = 240

Told = Callable[[int, int | None], None]
"""Is told how much is done, of how much; None where nobody knows."""


@contextmanager
def progress_bar(what: str) -> Iterator[Told]:
    """A bar on the terminal's error stream while long work is done; nothing where there is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def terminal(*, stderr: bool = False) -> Console:
    """The standard output, or the error stream; wide where it is no terminal, so that lines can be searched."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDE)


def show_rows(title: str, heads: Iterable[str], rows: Iterable[tuple[str | int, ...]], console: Console) -> None:
    """A table, left out when it would be empty; numbers stand on the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        for column, cell in zip(table.columns, row, strict=True):
            column.justify = "right" if isinstance(cell, int) else "left"
        table.add_row(*(escape(cell) if isinstance(cell, str) else f"{cell:,}" for cell in row))
    if table.row_count:
        console.print(table)
        console.print()
