"""`afterclick rules check`: is a rulebook valid?"""

from pathlib import Path
from typing import Annotated

import typer

from agents.commands.refusing import refuse, rulebook_or_refuse, settings_or_refuse
from agents.rulebook_file import unknown_destinations

rules = typer.Typer(no_args_is_help=True, help="The rulebook.")


@rules.command("check")
def check(
    rulebook: Annotated[Path, typer.Argument(help="a rulebook file, or preset, plain or demo")],
    settings: Annotated[
        bool, typer.Option("--settings", help="its destinations against this process's settings")
    ] = False,
) -> None:
    """Say whether a rulebook is valid: nothing and 0, or its mistakes with file and line and 2."""
    checked = rulebook_or_refuse(rulebook)
    if settings and (unknown := unknown_destinations(checked, settings_or_refuse())):
        refuse("\n".join(unknown))
    typer.echo(f"{checked.name}: {len(checked.rules)} rules, valid", err=True)
