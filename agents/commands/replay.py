"""`afterclick replay`: what the rules would have done."""

import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from agents.commands.refusing import refuse, rulebook_or_refuse
from schemas.rulebook import duration_ms


def replay(
    rules: Annotated[Path, typer.Option("--rules", help="a rulebook file, or preset, plain or demo")],
    out: Annotated[Path, typer.Option(help="where the triggers go, one JSON object a line")],
    clicks: Annotated[Path | None, typer.Option(help="recorded clicks, JSON Lines, plain or .gz")] = None,
    orders: Annotated[Path | None, typer.Option(help="recorded orders, JSON Lines, plain or .gz")] = None,
    decisions: Annotated[Path | None, typer.Option(help="where every verdict goes")] = None,
    lateness: Annotated[str, typer.Option(help="how late records may be, for example 5s")] = "5s",
    drain: Annotated[bool, typer.Option(help="move the clock on until no timer is left")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as JSON")] = False,
) -> None:
    """What the rules would have done: recorded clicks and orders through the very code that runs live."""
    from agents.replay_files import replay_files

    if clicks is None and orders is None:
        refuse("nothing to replay: give --clicks, --orders or both")
    try:
        lateness_ms = 0 if lateness in ("0", "off") else duration_ms(lateness)
    except ValueError as error:
        refuse(f"--lateness: {error}")
    rulebook = rulebook_or_refuse(rules)
    started, now_ms = time.process_time(), time.time_ns() // 1_000_000
    try:
        replayed = replay_files(clicks, orders, rulebook, lateness_ms, out, decisions, drain=drain, now_ms=now_ms)
    except OSError as error:
        refuse(f"replay: {error}")
    spent = time.process_time() - started
    outcomes = {
        f"{topic}.{outcome}": by
        for (name, *labels), by in replayed.counts.items()
        if name == "records" and labels[0] != "profile-inbox"
        for topic, outcome in [labels]
    }
    summary = {"read": replayed.read, "fired": replayed.fired, **outcomes, "cpu_s": round(spent, 3)}
    if as_json:
        typer.echo(orjson.dumps(summary).decode())
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in summary.items()), err=True)
