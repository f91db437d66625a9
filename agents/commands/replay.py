"""`afterclick replay`: what the rules would have done."""

import time
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from agents.commands.refusing import RULEBOOK, refuse, rulebook_or_refuse, settings_or_refuse
from agents.file_errors import BrokenFile, why_not_read, why_not_written
from agents.terminal import progress_bar, terminal
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import duration_ms, moment_ms
from schemas.topics import Topic

if TYPE_CHECKING:
    from streams.intake.traffic import Traffic
    from streams.shop import Shop

RULES = f"{RULEBOOK}; FILE@TIME for each that follows it, in force from that time on"
LINES = "JSON Lines, plain or gzipped, - for the standard input"


def replay(
    rules: Annotated[list[str], typer.Option("--rules", help=RULES)],
    out: Annotated[Path, typer.Option(help="where the triggers go, one JSON object a line")],
    clicks: Annotated[Path | None, typer.Option(help=f"recorded clicks, {LINES}")] = None,
    orders: Annotated[Path | None, typer.Option(help=f"recorded orders, {LINES}")] = None,
    engagements: Annotated[Path | None, typer.Option(help=f"recorded engagements, {LINES}")] = None,
    catalog: Annotated[Path | None, typer.Option(help=f"recorded products, {LINES}")] = None,
    decisions: Annotated[Path | None, typer.Option(help="where every verdict goes")] = None,
    dead_letters: Annotated[
        Path | None, typer.Option(help="where what cannot be used goes; offset is the line")
    ] = None,
    lateness: Annotated[str, typer.Option(help="how late records may be, for example 5s")] = "5s",
    drain: Annotated[bool, typer.Option(help="move the clock on until no timer is left")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="by what the settings say of persons, links and rates, as a worker does")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as JSON")] = False,
) -> None:
    """What the rules would have done: recorded clicks, orders, engagements and products through the very code that runs
    live."""
    from agents.replay import files, view

    given = {
        Topic.CLICKSTREAM: clicks,
        Topic.ORDERS: orders,
        Topic.ENGAGEMENTS: engagements,
        Topic.CATALOG: catalog,
    }
    inputs = {topic: path for topic, path in given.items() if path is not None}
    outputs = files.Outputs(out, decisions, dead_letters)
    if not inputs:
        refuse("nothing to replay: give --clicks, --orders, --engagements or --catalog")
    _refuse_one_file_twice(inputs, outputs)
    lateness_ms = _lateness_ms(lateness)
    rulebook, later = _history(rules)
    who, of_the_shop = _of_settings(asked=settings)
    started, now_ms = time.process_time(), time.time_ns() // 1_000_000
    try:
        with progress_bar("replaying") as told:
            tally = files.replay_files(
                inputs,
                rulebook,
                lateness_ms,
                outputs,
                later=later,
                drain=drain,
                now_ms=now_ms,
                told=told,
                traffic=who,
                shop=of_the_shop,
            )
    except BrokenFile as broken:
        refuse(f"{_option_of(broken.path, inputs, outputs)}: {broken}")
    except OSError as error:
        path = Path(error.filename) if error.filename is not None else out
        is_input = path in inputs.values()
        why = why_not_read(path, error) if is_input else why_not_written(path, error)
        refuse(f"{_option_of(path, inputs, outputs)}: {why}")
    spent = time.process_time() - started
    if as_json:
        typer.echo(orjson.dumps(view.as_json(tally, inputs, spent)).decode())
    else:
        view.show(tally, inputs, spent, lateness_ms, terminal(stderr=True))


def _lateness_ms(lateness: str) -> int:
    try:
        return 0 if lateness in ("0", "off") else duration_ms(lateness)
    except ValueError as error:
        refuse(f"--lateness: {error}")


def _of_settings(*, asked: bool) -> tuple["Traffic", "Shop"]:
    """Who is no customer, and what is the shop's: by the settings of this process if they are asked for, else by their
    defaults."""
    from agents.settings.settings import TrafficSettings
    from agents.settings.shop import shop
    from agents.settings.shop_settings import ShopSettings
    from agents.settings.traffic import traffic

    own = settings_or_refuse() if asked else None
    try:
        who = traffic(TrafficSettings() if own is None else own.traffic)
        return who, shop(ShopSettings() if own is None else own.shop, receipts=False)
    except (OSError, ValueError) as error:
        refuse(f"settings: {error}")


def _option_of(path: Path, inputs: Mapping[Topic, Path], outputs: tuple[Path | None, ...]) -> str:
    """The option that names the file."""
    from agents.replay.explained import OPTIONS

    named: list[tuple[Path | None, str]] = [(given, OPTIONS[topic]) for topic, given in inputs.items()]
    named += zip(outputs, ("--out", "--decisions", "--dead-letters"), strict=True)
    return next((option for given, option in named if given == path), "replay")


def _history(named: list[str]) -> tuple[Rulebook, list[tuple[int, Rulebook]]]:
    """The rulebook from the beginning, and those that followed it with the times from which on they are in force, ms,
    in the order of these."""
    first: list[Rulebook] = []
    later: list[tuple[int, Rulebook]] = []
    for one in named:
        file, at, since = one.rpartition("@")
        if not at or Path(one).exists():
            first.append(rulebook_or_refuse(Path(one), option="--rules: "))
            continue
        try:
            later.append((moment_ms(since), rulebook_or_refuse(Path(file), option="--rules: ")))
        except ValueError as error:
            refuse(f"--rules {one}: {error}")
    if len(first) != 1:
        refuse("--rules: one rulebook is in force from the beginning; write FILE for it, and FILE@TIME for those after")
    return first[0], sorted(later, key=lambda one: one[0])


def _refuse_one_file_twice(inputs: Mapping[Topic, Path], outputs: tuple[Path | None, ...]) -> None:
    """A recording is not written over, and what two write into is of no use. Devices such as /dev/null may repeat."""
    named = [*inputs.values(), *(path for path in outputs if path is not None)]
    files = [path for path in named if path.is_file() or not path.exists()]
    for one, other in combinations(files, 2):
        if one == other or (one.exists() and other.exists() and one.samefile(other)):
            refuse(f"replay: {other} is named twice")
