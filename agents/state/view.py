"""State on the terminal, and as JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from agents.state.reading import Stored
from agents.terminal import show_rows
from schemas.base import rfc3339_from_ms
from streams.inspection import Inspected, Timer

Json = dict[str, Any]
ITSELF = frozenset({"to", "at", "event_id", "fact"})
"""What stands in columns of its own in the table of a journal."""


def stored_json(stored: Stored) -> Json:
    """All of it; times in ms, UTC."""
    return asdict(stored)


def timers_json(timers: Iterable[Timer], total: int) -> Json:
    """The timers listed, and how many there are."""
    return {"timers": [asdict(timer) for timer in timers], "total": total}


def show(stored: Stored, console: Console) -> None:
    """The record, a table for each thing that there is."""
    seen = stored.inspected
    console.print(f"[bold]{escape(seen.key)}[/bold]  {stored.topic}-{stored.partition}, offset {stored.offset}")
    console.print(f"version {seen.version}, {seen.size:,} bytes, written {time(stored.written_at)}")
    if stored.watermark is not None:
        console.print(f"time has come to {time(stored.watermark)}, held by {stored.held_by}")
    console.print(f"expires {time(seen.expires_at)}")
    console.print()
    show_timers(seen.timers, console, key=False)
    show_rows(
        "journal: facts that time has not passed",
        ("at", "fact", "event", "forwarded to", "says"),
        _waiting(seen),
        console,
    )
    links = [(time(link["at"]), link["customer"], link["event_id"]) for link in seen.links]
    handed = ", history handed over" if seen.handed_over else ""
    show_rows(f"links{handed}", ("since", "customer", "event"), links, console)
    show_rows("fired, and not yet forgotten", ("due", "kind", "rule", "trigger", "stands"), _fired(seen), console)
    console.print("[bold]record[/bold]")
    console.print_json(data=seen.record)


def show_timers(timers: Iterable[Timer], console: Console, *, key: bool = True) -> None:
    """One line a timer, the first due first."""
    rows = [
        (*([timer.key] if key else []), time(timer.due), timer.rule or timer.kind, timer.event_id, time(timer.anchor))
        for timer in timers
    ]
    heads = (*(["key"] if key else []), "due", "rule", "armed by", "of")
    show_rows("timers", heads, rows, console)


def time(ms: int) -> str:
    """RFC 3339 to the second, or a dash for never."""
    return f"{rfc3339_from_ms(ms)[:19]}Z" if ms else "–"


def _waiting(seen: Inspected) -> Iterator[tuple[str, ...]]:
    for entry in seen.journal:
        said = ", ".join(f"{name} {value}" for name, value in entry.items() if name not in ITSELF and value)
        yield time(entry["at"]), entry["fact"], entry["event_id"], entry["to"] or "–", said


def _fired(seen: Inspected) -> Iterator[tuple[str, ...]]:
    for fired in seen.fired:
        stands = "taken back" if fired["cancelled"] else "settled" if fired["settled"] else "on its way"
        yield time(fired["due"]), str(fired["kind"]), fired["rule_id"], fired["trigger_id"], stands
