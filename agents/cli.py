"""The command line: `afterclick run`, `demo`, `replay`, `topics`, `rules`, `state`, `schemas`.

Exit codes: 0 done; 1 the demo's summary does not add up, or something is not to be had; 2 the command, the settings or
the rulebook is wrong; those of a worker are in `agents.exits`, where 78 also stands for its settings and rulebook.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from pydantic import ValidationError

from agents.exits import Exit, Misconfigured
from agents.metrics import Metrics
from agents.roles import DISPATCHER, ROLES, DispatcherService, stream_roles
from agents.rulebook_file import load_rulebook
from agents.settings import Settings, SettingsRefused, load_settings
from schemas.published import PUBLISHED, json_schema
from schemas.rulebook import Rulebook, duration_ms
from schemas.rulebook_text import RulebookRefused
from schemas.topics import INBOXES
from streams.inspection import NoSuchKind
from streams.state_format import UnreadableState

ABSENT = 1
WRONG = 2

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
topics_app = typer.Typer(no_args_is_help=True, help="The topics on the cluster, as deploy/topics.yaml declares them.")
rules_app = typer.Typer(no_args_is_help=True, help="The rulebook.")
state_app = typer.Typer(no_args_is_help=True, help="What is known of one visitor or customer, as committed.")
schemas_app = typer.Typer(no_args_is_help=True, help="The contracts.")
app.add_typer(topics_app, name="topics")
app.add_typer(rules_app, name="rules")
app.add_typer(state_app, name="state")
app.add_typer(schemas_app, name="schemas")

RulesOption = Annotated[Path | None, typer.Option("--rules", help="a rulebook file, or preset, plain or demo")]


def main() -> None:
    """The `afterclick` command."""
    app()


def refuse(sentence: str, code: int = WRONG) -> NoReturn:
    """Say what is wrong and end."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def settings_or_refuse(code: int = WRONG, **given: Any) -> Settings:
    """The settings, or one sentence a mistake, and the end with that code."""
    try:
        return load_settings(**given)
    except SettingsRefused as refused:
        refuse(str(refused), code)


def rulebook_or_refuse(path: Path | None, code: int = WRONG) -> Rulebook:
    """The rulebook, or its mistakes with file and line, and the end with that code."""
    try:
        return load_rulebook(path)
    except RulebookRefused as refused:
        refuse(str(refused), code)


@app.command()
def run(
    role: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(ROLES)}; repeatable; all if none")] = None,
    rules: RulesOption = None,
) -> None:
    """Run the main job: all roles in this process, or those named."""
    names = role or list(ROLES)
    unknown = [name for name in names if name not in ROLES]
    if unknown:
        refuse(f"there is no role {unknown[0]!r}; the roles are {', '.join(ROLES)}")
    settings = settings_or_refuse(Exit.MISCONFIGURED)
    rulebook = rulebook_or_refuse(rules or settings.rulebook, Exit.MISCONFIGURED)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"setting data_dir: {settings.data_dir} cannot be made: {error.strerror}", Exit.MISCONFIGURED)
    metrics = Metrics()
    dispatches = DISPATCHER in names and settings.dispatch.mode == "on"
    if dispatches and not settings.dispatch.destinations:
        if role:
            sentence = "setting dispatch.destinations: none is configured, so there is nothing to dispatch to"
            refuse(sentence, Exit.MISCONFIGURED)
        dispatches = False  # the shop's ESP reads the trigger topic itself
    services = [DispatcherService(settings, metrics)] if dispatches else []

    from agents.worker import run as run_worker  # Faust takes its time to load: only those who need it wait

    run_worker(settings, stream_roles(names, settings, rulebook), metrics, services)


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="a recorded file (.jsonl or .jsonl.gz) instead of the shop")] = None,
    forever: Annotated[bool, typer.Option(help="run on until Ctrl-C")] = False,
    seconds: Annotated[float, typer.Option(help="how long the shop plays")] = 60,
    seed: Annotated[int, typer.Option(help="which shoppers come")] = 1,
    plain_output: Annotated[bool, typer.Option("--plain-output", help="plain lines instead of the live view")] = False,
) -> None:
    """The whole job alive: Apache Kafka, a shop, triggers, webhooks."""
    from agents.demo.play import demo as play

    raise typer.Exit(play(data, forever, seconds, seed, plain_output))


@app.command()
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
        if name == "records" and labels[0] not in INBOXES
        for topic, outcome in [labels]
    }
    summary = {"read": replayed.read, "fired": replayed.fired, **outcomes, "cpu_s": round(spent, 3)}
    if as_json:
        typer.echo(orjson.dumps(summary).decode())
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in summary.items()), err=True)


@topics_app.command("plan")
def topics_plan(
    file: Annotated[Path | None, typer.Option(help="another declaration than the shipped one")] = None,
    partitions: Annotated[int | None, typer.Option(help="for all topics, instead of the file's")] = None,
    replication: Annotated[int | None, typer.Option(help="instead of the file's")] = None,
) -> None:
    """Show what differs between the cluster and the declaration."""
    _topics("plan", file, partitions, replication)


@topics_app.command("apply")
def topics_apply(
    file: Annotated[Path | None, typer.Option(help="another declaration than the shipped one")] = None,
    partitions: Annotated[int | None, typer.Option(help="for all topics, instead of the file's")] = None,
    replication: Annotated[int | None, typer.Option(help="instead of the file's")] = None,
) -> None:
    """Create what is absent and set what differs. Partition counts are never changed."""
    _topics("apply", file, partitions, replication)


def _topics(verb: str, file: Path | None, partitions: int | None, replication: int | None) -> None:
    from aiokafka.errors import KafkaError

    from agents import admin

    settings = settings_or_refuse()
    act = admin.apply if verb == "apply" else admin.plan
    try:
        declared = admin.declared_topics(file, partitions, replication)
        differences = asyncio.run(act(settings, declared))
    except (Misconfigured, KafkaError, OSError, ValidationError) as error:
        refuse(f"topics {verb}: {error}")
    for difference in differences:
        typer.echo(f"{difference.topic}: {difference.text}")
    if not differences:
        typer.echo("the cluster is as declared")


@rules_app.command("check")
def rules_check(rulebook: Annotated[Path, typer.Argument(help="a rulebook file, or preset, plain or demo")]) -> None:
    """Say whether a rulebook is valid: nothing and 0, or its mistakes with file and line and 2."""
    checked = rulebook_or_refuse(rulebook)
    typer.echo(f"{checked.name}: {len(checked.rules)} rules, valid", err=True)


@state_app.command("inspect")
def state_inspect(
    key: Annotated[str, typer.Argument(help="visitor:ID (visits), v:ID (an unknown visitor's profile) or c:ID")],
    rules: RulesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; times in ms, UTC")] = False,
) -> None:
    """Show a record: what it holds, its journal, timers, links and fired triggers, and when it expires."""
    from agents import state_reading, state_view

    settings = settings_or_refuse()
    rulebook = rulebook_or_refuse(rules or settings.rulebook)
    with _state_errors(), state_view.progress_bar(f"looking for {key}") as told:
        stored = asyncio.run(state_reading.find(settings, key, rulebook, told))
    if stored is None:
        refuse(f"there is no record of {key}: it never was, it has expired, or nothing of it is committed yet", ABSENT)
    if as_json:
        typer.echo(orjson.dumps(state_view.stored_json(stored)).decode())
    else:
        state_view.show(stored, state_view.terminal())


@state_app.command("timers")
def state_timers(
    due_within: Annotated[str | None, typer.Option(help="only those due until then, for example 1h")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many at most, the first due first")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; times in ms, UTC")] = False,
) -> None:
    """List the timers of all profiles: key, rule, due, and the event that armed each. Reads the whole state."""
    from agents import state_reading, state_view

    settings = settings_or_refuse()
    try:
        before = None if due_within is None else time.time_ns() // 1_000_000 + duration_ms(due_within)
    except ValueError as error:
        refuse(f"--due-within: {error}")
    with _state_errors(), state_view.progress_bar("reading the profiles") as told:
        timers, total = asyncio.run(state_reading.waiting(settings, limit, before, told))
    if as_json:
        typer.echo(orjson.dumps(state_view.timers_json(timers, total)).decode())
    else:
        state_view.show_timers(timers, state_view.terminal())
        typer.echo(f"{len(timers)} of {total} timers", err=True)


@contextmanager
def _state_errors() -> Iterator[None]:
    from aiokafka.errors import KafkaError

    try:
        yield
    except UnreadableState as unreadable:
        refuse(f"state: {unreadable}", Exit.MISCONFIGURED)
    except (NoSuchKind, Misconfigured, KafkaError) as error:
        refuse(f"state: {error}")


@schemas_app.command("export")
def schemas_export(folder: Annotated[Path, typer.Argument(help="where the files go, one a contract")]) -> None:
    """Write the JSON Schemas of clicks, orders, engagements, triggers, decisions and the rest."""
    for name in PUBLISHED:
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(json_schema(name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        typer.echo(str(file))


if __name__ == "__main__":
    main()
