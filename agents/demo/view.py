"""The screen of the demo: a `Snapshot` in, a layout for that many columns and rows out. Nothing else goes in.

Made for 80x24; what is larger gets latencies, why nothing was said, and more lines.
"""

from collections.abc import Iterable

from rich.box import ROUNDED
from rich.console import RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.demo.kind_table import COUNT, FIRED, P50, P99, colour_of, kind_table, rows_of
from agents.demo.snapshot import Snapshot
from agents.demo.words import clock, plain, short
from schemas.outcomes.decisions import Verdict

WIDE = 110
VERY_WIDE = 150
TRAFFIC_ROWS = 4
BORDERS = 2
BLOCKS = 3
"""Kinds stand side by side in so many."""
WHY_NOT_COLUMNS = 32
STATES = {
    "delivered": "green",
    "cancelled": "yellow",
    "taken back": "yellow",
    "retry": "yellow",
    "expired": "red",
    "suppressed": "red",
    "unavailable": "yellow",
    "dead": "bold red",
    "under way": "cyan",
}
LEVELS = " ▁▂▃▄▅▆▇█"


def render(snapshot: Snapshot, width: int, height: int) -> Layout:
    """All of it. The last triggers get the rows that are left."""
    wide = width >= WIDE
    kinds_rows = rows_of(snapshot.kinds, BLOCKS) + wide + BORDERS
    rows = height - 1 - TRAFFIC_ROWS - kinds_rows - BORDERS
    screen = Layout()
    screen.split_column(
        Layout(_headline(snapshot), size=1),
        Layout(_traffic(snapshot, width), size=TRAFFIC_ROWS),
        Layout(_kinds(snapshot, width), size=kinds_rows),
        _latest(snapshot, wide, rows),
    )
    return screen


def _panel(inside: RenderableType, title: str, below: Text | None = None) -> Panel:
    return Panel(
        inside,
        title=title,
        title_align="left",
        subtitle=below,
        subtitle_align="left",
        box=ROUNDED,
        border_style="grey42",
        padding=(0, 1),
    )


def _headline(snapshot: Snapshot) -> Table:
    line = Table.grid(expand=True)
    line.add_column(no_wrap=True, ratio=1)
    line.add_column(no_wrap=True, justify="right")
    phase = Text.assemble(" ", ("afterclick", "bold"), "  ", ("● ", "green"), snapshot.phase)
    is_on = snapshot.seconds is not None and snapshot.elapsed_s <= snapshot.seconds
    of = f" of {clock(snapshot.seconds)}" if snapshot.seconds is not None and is_on else ""
    line.add_row(phase, Text(f"{snapshot.title}   {clock(snapshot.elapsed_s)}{of} ", style="grey62"))
    return line


def _traffic(snapshot: Snapshot, width: int) -> Layout:
    rates, outcomes = snapshot.events_per_s, snapshot.outcomes
    flow = Text(f"{snapshot.events:>9,} in ", style="bold")
    flow.append(f"{rates[-1] if rates else 0:>6,.0f}/s ", style="cyan")
    flow.append(_spark(rates[-max(width // 2 - 27, 8) :]), style="cyan")
    fates = ("duplicate", "late", "quarantined") if width < WIDE else ("duplicate", "late", "ignored", "quarantined")
    fate_line = Text(("  " if width < WIDE else " · ").join(f"{outcomes.get(fate, 0):,} {fate}" for fate in fates))
    age = "unknown" if snapshot.behind_s is None else f"{short(snapshot.behind_s)} ago"
    now = Table.grid(expand=True)
    now.add_column(no_wrap=True, min_width=15)
    now.add_column(no_wrap=True, ratio=1)
    now.add_row(Text(f"{snapshot.sessions:>4,} sessions"), Text.assemble(("watermark ", "grey62"), (age, "bold")))
    now.add_row(
        Text(f"{snapshot.episodes:>4,} episodes"), Text.assemble(("lag ", "grey62"), f"{snapshot.lag:,} records")
    )
    both = Layout()
    left = Layout(_panel(_stack(flow, fate_line), "clicks, orders, wishes, products"), size=width // 2 + 2)
    both.split_row(left, _panel(now, "open now"))
    return both


def _kinds(snapshot: Snapshot, width: int) -> Panel:
    wide = width >= WIDE
    columns = (FIRED, P50, P99) if width >= VERY_WIDE else (FIRED, P50) if wide else (COUNT,)
    table = kind_table(snapshot.kinds, BLOCKS, columns, titles=wide, gap=3 if wide else 1)
    title = "triggers, from due to emitted" if wide else "triggers fired"
    return _panel(table, title, _deliveries(snapshot))


def _deliveries(snapshot: Snapshot) -> Text:
    """What has been delivered, and whatever else there is."""
    counts = {**snapshot.deliveries, "repeated": snapshot.repeated_calls}
    states = ["delivered", *(state for state in (*STATES, "repeated") if state != "delivered" and counts.get(state))]
    parts = [Text(f"{counts.get(state, 0):,} {state}", style=STATES.get(state, "grey62")) for state in states]
    return Text(" · ", style="grey62").join(parts)


def _latest(snapshot: Snapshot, wide: bool, rows: int) -> Layout:
    feed = _panel(_feed(snapshot, wide, rows), "the last triggers", None if wide else _why_not_in_short(snapshot))
    latest = Layout()
    if not wide:
        latest.update(feed)
        return latest
    latest.split_row(Layout(feed), Layout(_panel(_why_not(snapshot, rows), "why not"), size=WHY_NOT_COLUMNS))
    return latest


def _why_not(snapshot: Snapshot, rows: int) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, min_width=4)
    table.add_column(no_wrap=True, ratio=1)
    for verdict, reason, number in snapshot.verdicts[: max(rows, 0)]:
        table.add_row(f"{number:,}", Text(_reason(verdict, reason), style=STATES.get(verdict, "")))
    return table


def _why_not_in_short(snapshot: Snapshot) -> Text:
    most = " · ".join(f"{number:,} {_reason(verdict, reason)}" for verdict, reason, number in snapshot.verdicts)
    return Text(f"why not: {most}" if most else "", style="grey62")


def _reason(verdict: str, reason: str) -> str:
    """What was in the way; or, of what had fired, why it was taken back."""
    return plain(reason) + ", taken back" * (verdict == Verdict.CANCELLED)


def _feed(snapshot: Snapshot, wide: bool, rows: int) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True, style="grey62")
    table.add_column(no_wrap=True, width=20)
    table.add_column(no_wrap=True, width=9)
    if wide:
        table.add_column(no_wrap=True, width=18)
    table.add_column(no_wrap=True, ratio=1)
    for line in snapshot.feed[-rows:] if rows > 0 else ():
        outcome = Text(plain(line.outcome), style=STATES.get(line.state, "grey62"))
        what = (line.what,) if wide else ()
        table.add_row(line.at, Text(plain(line.kind), style=colour_of(line.kind)), line.who, *what, outcome)
    return table


def _stack(*lines: Text) -> Table:
    stack = Table.grid(expand=True)
    stack.add_column(no_wrap=True)
    for line in lines:
        stack.add_row(line)
    return stack


def _spark(rates: Iterable[float]) -> str:
    values = list(rates)
    most = max(values, default=0) or 1
    return "".join(LEVELS[max(1, round(value / most * (len(LEVELS) - 1)))] for value in values)
