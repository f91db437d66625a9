"""`afterclick topics plan` and `topics apply`: the cluster against its declaration."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from agents.commands.refusing import refuse, settings_or_refuse
from agents.exits import Misconfigured

topics = typer.Typer(no_args_is_help=True, help="The topics on the cluster, as deploy/topics.yaml declares them.")


@topics.command("plan")
def plan(
    file: Annotated[Path | None, typer.Option(help="another declaration than the shipped one")] = None,
    partitions: Annotated[int | None, typer.Option(help="for all topics, instead of the file's")] = None,
    replication: Annotated[int | None, typer.Option(help="instead of the file's")] = None,
) -> None:
    """Show what differs between the cluster and the declaration."""
    _topics("plan", file, partitions, replication)


@topics.command("apply")
def apply(
    file: Annotated[Path | None, typer.Option(help="another declaration than the shipped one")] = None,
    partitions: Annotated[int | None, typer.Option(help="for all topics, instead of the file's")] = None,
    replication: Annotated[int | None, typer.Option(help="instead of the file's")] = None,
) -> None:
    """Create what is absent and set what differs. Partition counts are never changed."""
    _topics("apply", file, partitions, replication)


def _topics(verb: str, file: Path | None, partitions: int | None, replication: int | None) -> None:
    from aiokafka.errors import KafkaError

    from agents.topics import declared

    settings = settings_or_refuse()
    act = declared.apply if verb == "apply" else declared.plan
    try:
        wanted = declared.declared_topics(file, partitions, replication)
        differences = asyncio.run(act(settings, wanted))
    except (Misconfigured, KafkaError, OSError, ValidationError) as error:
        refuse(f"topics {verb}: {error}")
    for difference in differences:
        typer.echo(f"{difference.topic}: {difference.text}")
    if not differences:
        typer.echo("the cluster is as declared")
