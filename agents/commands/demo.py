"""`afterclick demo`: the whole job alive."""

from pathlib import Path
from typing import Annotated

import typer


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
