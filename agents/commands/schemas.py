"""`afterclick schemas export`: the contracts as files."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from schemas.published import PUBLISHED, json_schema

schemas = typer.Typer(no_args_is_help=True, help="The contracts.")


@schemas.command("export")
def export(folder: Annotated[Path, typer.Argument(help="where the files go, one a contract")]) -> None:
    """Write the JSON Schemas of clicks, orders, engagements, triggers, decisions and the rest."""
    for name in PUBLISHED:
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(json_schema(name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        typer.echo(str(file))
