"""`afterclick rules`: is a rulebook valid, what does it say, what would it change, and which one is in force?"""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer

from agents.commands.refusing import ABSENT, RULEBOOK, refuse, settings_or_refuse, written_or_refuse
from agents.exits import Misconfigured
from agents.rulebook_file import misfits
from agents.settings.settings import Settings
from schemas.rules.difference import Difference, differences
from schemas.rules.policy_words import said_of_all
from schemas.rules.rulebook import Rulebook

rules = typer.Typer(no_args_is_help=True, help="The rulebook.")
RulebookFile = Annotated[Path, typer.Argument(help=RULEBOOK)]
Json = Annotated[bool, typer.Option("--json", help="for machines; times in ms, UTC")]
T = TypeVar("T")


@rules.command("check")
def check(
    rulebook: RulebookFile,
    settings: Annotated[
        bool, typer.Option("--settings", help="its destinations against this process's settings")
    ] = False,
) -> None:
    """Say whether a rulebook is valid: what each rule, and what is said of all, means in plain language and 0, or its
    mistakes with file and line and 2."""
    checked = written_or_refuse(rulebook).rulebook
    if settings and (unknown := misfits(checked, settings_or_refuse())):
        refuse("\n".join(unknown))
    for rule in checked.rules:
        typer.echo(f"{rule.id}: {rule.reading}")
    for setting, means in said_of_all(checked):
        typer.echo(f"{setting}: {means}")
    number = "1 rule" if len(checked.rules) == 1 else f"{len(checked.rules)} rules"
    typer.echo(f"{checked.name}: {number}, valid, version {checked.version}", err=True)


@rules.command("apply")
def apply(rulebook: RulebookFile) -> None:
    """Publish a valid rulebook: workers take it over within seconds, without a restart. One that is in force already is
    not published again."""
    from agents import following

    written, settings = written_or_refuse(rulebook), settings_or_refuse()
    if unknown := misfits(written.rulebook, settings):
        refuse("\n".join(unknown))
    current = _in_force(settings)
    if current is not None and current.version == written.rulebook.version:
        typer.echo(f"{current.name}, version {current.version}, is in force already")
        return
    _on_kafka(following.publish(settings, written))
    if current is not None:
        _show(differences(current, written.rulebook))
    typer.echo(f"{written.rulebook.name}: published, version {written.rulebook.version}", err=True)


@rules.command("diff")
def diff(
    rulebook: RulebookFile,
    other: Annotated[
        Path | None,
        typer.Argument(help="what the first becomes; without it the first is what the one in force becomes"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what changes, rule by rule: from one file to another, or from what is in force to a file. 0 also if nothing
    does."""
    after = written_or_refuse(rulebook if other is None else other).rulebook
    before = written_or_refuse(rulebook).rulebook if other is not None else _in_force(settings_or_refuse())
    if before is None:
        refuse("no rulebook is published yet; name two files, or publish one with `afterclick rules apply`", ABSENT)
    found = list(differences(before, after))
    if as_json:
        typer.echo(orjson.dumps([one._asdict() for one in found]).decode())
    else:
        _show(found)
        if not found:
            typer.echo("nothing changes", err=True)


@rules.command("list")
def list_(as_json: Json = False) -> None:
    """List the published rulebooks, the oldest first, and say which is in force. A version that was published again
    stands where it was last."""
    from agents import following

    found = _on_kafka(following.published(settings_or_refuse()))
    newest = max((place for place, one in enumerate(found) if one.rulebook is not None), default=None)
    if as_json:
        rows = [
            {
                "published_at": one.published_at,
                "name": one.name,
                "version": one.version,
                "in_force": place == newest,
                "refused": one.refused or None,
            }
            for place, one in enumerate(found)
        ]
        typer.echo(orjson.dumps(rows).decode())
        return
    for place, one in enumerate(found):
        at = datetime.fromtimestamp(one.published_at / 1000, UTC).isoformat(timespec="seconds")
        state = "in force" if place == newest else f"refused: {one.refused}" if one.refused else ""
        typer.echo(f"{at}  {one.version:12}  {one.name}  {state}".rstrip())
    if not found:
        typer.echo("no rulebook is published; workers go by the shipped `preset`", err=True)


def _show(found: Iterable[Difference]) -> None:
    for one in found:
        typer.echo(f"{one.what} {'settings of all rules' if one.rule is None else one.rule}")
        for change in one.changes:
            typer.echo(f"    {change}")
        if one.reading:
            typer.echo(f"    {one.reading}")


def _in_force(settings: Settings) -> Rulebook | None:
    from agents import following

    found = [one.rulebook for one in _on_kafka(following.published(settings)) if one.rulebook is not None]
    return found[-1] if found else None


def _on_kafka(work: Coroutine[Any, Any, T]) -> T:
    from aiokafka.errors import KafkaError

    try:
        return asyncio.run(work)
    except (Misconfigured, KafkaError) as error:
        refuse(f"rules: {error}")
