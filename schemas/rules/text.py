"""A rulebook's text and its mistakes: YAML in, a `Rulebook` out, or one sentence a mistake with file and line."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.rules.buying_again import WAYS_OF_WAITING
from schemas.rules.rulebook import Misplaced, Rulebook
from schemas.rules.sentences import sentence_of
from schemas.rules.yaml_text import Unreadable, empty_in, read

BYTES_MAX = 256 * 1024
"""How large a rulebook may be, all defaults said: some 600 rules. A partition's record of what is in force may hold it
twice, and has to stay below what Kafka takes as a record."""


class RulebookRefused(ValueError):
    """The text is no valid rulebook; `mistakes` say where and why, one `file:line: sentence` each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class Mistake(NamedTuple):
    """What is wrong with a text inside the rulebook: `path` leads to it, `line` and `column` count from 1 inside it."""

    path: tuple[int | str, ...]
    line: int
    column: int
    sentence: str


Look = Callable[[Rulebook], Iterable[Mistake]]
"""A closer look at a rulebook whose form is right: what it finds wrong."""


def nothing_more(rulebook: Rulebook) -> Iterable[Mistake]:
    """The look of those to whom its form is enough."""
    return ()


def rulebook_from_text(text: str, file: str, look: Look = nothing_more) -> Rulebook:
    """The rulebook that the YAML `text` says; `file` is its name for messages, `look` finds what is wrong beside its
    form. Raises RulebookRefused."""
    try:
        node, content = read(text)
    except Unreadable as error:
        raise RulebookRefused([f"{file}:{error.line}: {error.sentence}"]) from error
    if node is None or not isinstance(content, dict):
        raise RulebookRefused([f"{file}:1: a rulebook is a mapping with `name` and `rules`"])
    try:
        rulebook = Rulebook.model_validate(content)
    except ValidationError as error:
        raise RulebookRefused([f"{file}:{_told(node, mistake)}" for mistake in _own_mistakes(error)]) from error
    if len(text.encode()) > BYTES_MAX or len(rulebook.canonical) > BYTES_MAX:
        raise RulebookRefused([f"{file}:1: a rulebook has at most {BYTES_MAX} bytes; this one has more"])
    if empty := [f"{file}:{line}: {name}: it is empty; write it, or take it out" for name, line in empty_in(node)]:
        raise RulebookRefused(empty)
    found = [
        f"{file}:{_inside(node, mistake, text)}: {_place(mistake.path)}{mistake.sentence}" for mistake in look(rulebook)
    ]
    if found:
        raise RulebookRefused(found)
    return rulebook


def _inside(node: yaml.Node, mistake: Mistake, text: str) -> str:
    """Line and column in the file of a place inside a text, 1-based: those of what is written on the text's own line.
    A text of several lines has lines of the file of its own; where YAML has folded them, it is the first."""
    for step in mistake.path:
        child = _child(node, step)
        if child is not None:
            node = child[0]
    start = node.start_mark
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if style in ("|", ">"):
        first = text.splitlines()[start.line + 1]
        indent = len(first) - len(first.lstrip())
        return f"{start.line + 1 + (mistake.line if style == '|' else 1)}:{indent + mistake.column}"
    return f"{start.line + 1}:{start.column + (1 if style else 0) + mistake.column}"


def _own_mistakes(error: ValidationError) -> list[ErrorDetails]:
    """Not those that a list has only because all of its items are refused."""
    mistakes = error.errors()
    deeper = {mistake["loc"][:depth] for mistake in mistakes for depth in range(1, len(mistake["loc"]))}
    return [mistake for mistake in mistakes if mistake["type"] != "too_short" or mistake["loc"] not in deeper]


def _told(node: yaml.Node, mistake: ErrorDetails) -> str:
    """Line, place and sentence of what is wrong with the form."""
    path = mistake["loc"]
    cause = mistake.get("ctx", {}).get("error")
    line = _line(node, cause.path if isinstance(cause, Misplaced) else path)
    return f"{line}: {_place(path)}{sentence_of(mistake, _written(node, path))}"


def _written(node: yaml.Node, path: Sequence[int | str]) -> str | None:
    """The single value at the end of the path as the text has it; None for what is none, or not in the text."""
    for step in path:
        child = _child(node, step)
        if child is not None:
            node = child[0]
    found = isinstance(node, yaml.ScalarNode) and bool(node.value)
    return str(node.value) if found else None


def _line(node: yaml.Node, path: Sequence[int | str]) -> int:
    """The line of the deepest node on the path that the text has; 1-based."""
    line = node.start_mark.line + 1
    for step in path:
        child = _child(node, step)
        if child is None:
            continue  # pydantic puts the union's tag on the path, and a missing field has no node
        node, line = child
    return line


def _child(node: yaml.Node, step: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None


def _place(path: Sequence[int | str]) -> str:
    steps = [str(step) for step in path if step not in WAYS_OF_WAITING]
    return ".".join(steps) + ": " if steps else ""
