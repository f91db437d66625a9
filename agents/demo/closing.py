"""What the demo prints when it is over: what was delivered, kind by kind, and whether it all adds up."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from agents.demo.kind_table import DELIVERED, FIRED, P50, P99, kind_table
from agents.demo.snapshot import KindLine
from agents.demo.summary import Check
from agents.demo.view import WIDE

COLUMNS_MAX = 120
BLOCKS = 2


def close(console: Console, kinds: Sequence[KindLine], lines: Sequence[Check]) -> bool:
    """Print it; whether it all adds up."""
    width = min(console.width, COLUMNS_MAX)
    columns, gap = ((DELIVERED, P50), 1) if width < WIDE else ((DELIVERED, FIRED, P50, P99), 3)
    console.print("What was delivered, by kind, and how long it took from due to emitted:")
    console.print(kind_table(kinds, BLOCKS, columns, titles=True, gap=gap), width=width)
    console.print()
    table = Table.grid(padding=(0, 1))
    for line in lines:
        table.add_row("[green]✓[/green]" if line.holds else "[red]✗[/red]", line.name, line.text)
    console.print(table)
    broken = ", ".join(line.name for line in lines if not line.holds)
    console.print(f"[red]This does not add up: {broken}.[/red]" if broken else "It all adds up.")
    return not broken
