"""`afterclick rules check`: is a rulebook valid?"""

from pathlib import Path
from typing import Annotated

import typer

from agents.commands.refusing import rulebook_or_refuse

rules = typer.Typer(no_args_is_help=True, help="The rulebook.")


@rules.command("check")
def check(rulebook: Annotated[Path, typer.Argument(help="a rulebook file, or preset, plain or demo")]) -> None:
    """Say whether a rulebook is valid: nothing and 0, or its mistakes with file and line and 2."""
    checked = rulebook_or_refuse(rulebook)
    typer.echo(f"{checked.name}: {len(checked.rules)} rules, valid", err=True)
