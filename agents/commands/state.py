"""`afterclick state inspect` and `state timers`: what is known of a visitor or customer."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from agents.commands.refusing import ABSENT, refuse, rulebook_or_refuse, settings_or_refuse, state_errors
from agents.terminal import progress_bar, terminal
from schemas.rules.words import duration_ms

state = typer.Typer(no_args_is_help=True, help="What is known of one visitor or customer, as committed.")


@state.command("inspect")
def inspect(
    key: Annotated[str, typer.Argument(help="v:ID (a visitor, with the visits) or c:ID (a customer)")],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="by another rulebook than that which its partition goes by")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; times in ms, UTC")] = False,
) -> None:
    """Show a record: what it holds, its journal, timers, links and fired triggers, and when it expires."""
    from agents.state import reading, view

    settings = settings_or_refuse()
    rulebook = None if rules is None else rulebook_or_refuse(rules)
    with state_errors("state"), progress_bar(f"looking for {key}") as told:
        stored = asyncio.run(reading.find(settings, key, rulebook, told))
    if stored is None:
        refuse(f"there is no record of {key}: it never was, it has expired, or nothing of it is committed yet", ABSENT)
    if as_json:
        typer.echo(orjson.dumps(view.stored_json(stored)).decode())
    else:
        view.show(stored, terminal())


@state.command("timers")
def timers(
    due_within: Annotated[str | None, typer.Option(help="only those due until then, for example 1h")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many at most, the first due first")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; times in ms, UTC")] = False,
) -> None:
    """List all timers of visitors and customers: key, rule, due, what armed each. Reads the whole state."""
    from agents.state import reading, view

    settings = settings_or_refuse()
    try:
        before = None if due_within is None else time.time_ns() // 1_000_000 + duration_ms(due_within)
    except ValueError as error:
        refuse(f"--due-within: {error}")
    with state_errors("state"), progress_bar("reading the state") as told:
        waiting, total = asyncio.run(reading.waiting(settings, limit, before, told))
    if as_json:
        typer.echo(orjson.dumps(view.timers_json(waiting, total)).decode())
    else:
        view.show_timers(waiting, terminal())
        typer.echo(f"{len(waiting)} of {total} timers", err=True)
