"""What all commands do with a user's mistake: a sentence on standard error, and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from agents.exits import Exit, Misconfigured
from agents.rulebook_file import NoRulebook, Written, read_rulebook, shipped_rulebooks
from agents.settings.settings import Settings, SettingsRefused, load_settings
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused
from streams.state_format import NewerState

ABSENT = 1
WRONG = 2

RULEBOOK = f"a rulebook file, or one that is shipped: {', '.join(shipped_rulebooks())}"
"""How the help of every command names its rulebook."""

RulesOption = Annotated[Path | None, typer.Option("--rules", help=RULEBOOK)]


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


def rulebook_or_refuse(path: Path | None, code: int = WRONG, option: str = "") -> Rulebook:
    """The rulebook, or its mistakes with file and line, and the end with that code."""
    return written_or_refuse(path, code, option).rulebook


def written_or_refuse(path: Path | None, code: int = WRONG, option: str = "") -> Written:
    """The rulebook with its text, or its mistakes with file and line, and the end with that code."""
    try:
        return read_rulebook(path)
    except NoRulebook as refused:
        refuse(f"{option}{refused}", code)
    except RulebookRefused as refused:
        refuse(str(refused), code)


@contextmanager
def state_errors(command: str) -> Iterator[None]:
    """What is wrong with the state that a command reads, or with what was asked of it, is told in a sentence."""
    from aiokafka.errors import KafkaError

    from streams.inspection import NoSuchKind
    from streams.members import NoSuchSegment

    try:
        yield
    except NewerState as newer:
        refuse(f"{command}: {newer}", Exit.MISCONFIGURED)
    except (NoSuchKind, NoSuchSegment, Misconfigured, KafkaError) as error:
        refuse(f"{command}: {error}")
