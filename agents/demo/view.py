"""The screen of the demo: a `Snapshot` in, a layout for that many columns and rows out. Nothing else goes in.

Made for 80x24; what is larger gets more columns in the feed, more verdicts and more lines.
"""

from collections.abc import Iterable

from rich.box import ROUNDED
from rich.console import RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.demo.snapshot import KindLine, Snapshot
from agents.demo.words import clock, plain, short

WIDE = 110
TALL = 32
TRAFFIC_ROWS = 4
KINDS_ROWS = 9
KINDS_COLUMNS = 43
DELIVERIES_ROWS = 5
COLOURS = {
    "exit_intent": "magenta",
    "browse_abandonment": "cyan",
    "cart_abandonment": "yellow",
    "checkout_abandonment": "bright_red",
    "inactivity": "blue",
    "lapse": "green",
}
STATES = {
    "delivered": "green",
    "cancelled": "yellow",
    "taken back": "yellow",
    "retry": "yellow",
    "expired": "red",
    "suppressed": "red",
    "dead": "bold red",
}
LEVELS = " ▁▂▃▄▅▆▇█"


def render(snapshot: Snapshot, width: int, height: int) -> Layout:
    """All of it. The feed gets the rows that are left."""
    wide = width >= WIDE
    middle_rows = KINDS_ROWS if wide else KINDS_ROWS + 1 + 2 * (height >= TALL)
    screen = Layout()
    screen.split_column(
        Layout(_headline(snapshot), size=1),
        Layout(_traffic(snapshot, width), size=TRAFFIC_ROWS),
        Layout(_middle(snapshot, wide, middle_rows), size=middle_rows),
        Layout(_feed(snapshot, wide, height - 1 - TRAFFIC_ROWS - middle_rows - 2)),
    )
    return screen


def _panel(inside: RenderableType, title: str) -> Panel:
    return Panel(inside, title=title, title_align="left", box=ROUNDED, border_style="grey42", padding=(0, 1))


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
    left = Layout(_panel(_stack(flow, fate_line), "clicks and orders"), size=width // 2 + 2)
    both.split_row(left, _panel(now, "open now"))
    return both


def _middle(snapshot: Snapshot, wide: bool, rows: int) -> Layout:
    triggers = _panel(_kinds(snapshot.kinds), "triggers, from due to emitted")
    middle = Layout()
    if wide:
        verdicts = _panel(_verdicts(snapshot.verdicts, rows - 2), "why not")
        middle.split_row(
            Layout(triggers, size=KINDS_COLUMNS + 6),
            Layout(_panel(_deliveries(snapshot, 1), "deliveries")),
            Layout(verdicts, ratio=2),
        )
        return middle
    right = Layout()
    verdicts = _panel(_verdicts(snapshot.verdicts, rows - DELIVERIES_ROWS - 2), "why not")
    right.split_column(
        Layout(_panel(_deliveries(snapshot, 2), "deliveries"), size=DELIVERIES_ROWS),
        Layout(verdicts),
    )
    middle.split_row(Layout(triggers, size=KINDS_COLUMNS), right)
    return middle


def _kinds(kinds: Iterable[KindLine]) -> Table:
    table = Table(box=None, expand=True, padding=(0, 0), header_style="grey62", show_edge=False)
    table.add_column("", no_wrap=True, ratio=1)
    for title, columns in (("fired", 5), ("p50", 7), ("p99", 7)):
        table.add_column(title, justify="right", no_wrap=True, min_width=columns)
    for kind in kinds:
        times = ("–" if seconds is None else short(seconds) for seconds in (kind.p50_s, kind.p99_s))
        name = Text(plain(kind.kind), style=COLOURS.get(kind.kind, ""))
        table.add_row(name, Text(f"{kind.fired:,}", style="bold" if kind.fired else "grey42"), *times)
    return table


def _deliveries(snapshot: Snapshot, columns: int) -> Table:
    counts = snapshot.deliveries
    cells = [
        _amount(counts.get(state, 0), state, STATES[state])
        for state in ("delivered", "cancelled", "expired", "suppressed", "dead")
    ]
    cells.append(_amount(counts.get("under way", 0), "under way", "cyan"))
    if columns == 1:
        cells.append(_amount(snapshot.repeated_calls, "repeated", "yellow"))
    table = Table.grid(expand=True)
    for _ in range(columns):
        table.add_column(no_wrap=True, ratio=1)
    rows = -(-len(cells) // columns)
    for row in range(rows):
        table.add_row(*cells[row::rows])
    return table


def _amount(number: int, name: str, style: str) -> Text:
    return Text(f"{number:>5,} {name}", style=style if number else "grey42")


def _verdicts(verdicts: Iterable[tuple[str, str, int]], most: int) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, min_width=4)
    table.add_column(no_wrap=True, ratio=1)
    for verdict, reason, number in list(verdicts)[:most]:
        table.add_row(f"{number:,}", Text.assemble(plain(reason), (f" {verdict}", "grey62")))
    return table


def _feed(snapshot: Snapshot, wide: bool, rows: int) -> Panel:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True, style="grey62")
    table.add_column(no_wrap=True, width=20 if wide else 11)
    table.add_column(no_wrap=True, width=16 if wide else 9)
    table.add_column(no_wrap=True, width=28 if wide else 20)
    table.add_column(no_wrap=True, ratio=1)
    for line in snapshot.feed[-rows:] if rows > 0 else ():
        name = plain(line.kind) if wide else plain(line.kind).removesuffix(" abandonment")
        outcome = Text("→ " * wide + plain(line.outcome), style=STATES.get(line.state, "grey62"))
        table.add_row(line.at, Text(name, style=COLOURS.get(line.kind, "")), line.who, line.what, outcome)
    return _panel(table, "the last triggers")


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
