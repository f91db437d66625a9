"""YAML as rulebooks are written: a time of day is a text, and so is a number with a leading nought.

YAML 1.1 reads 21:30 as 1290, 0700 as 448 and 1_000 as 1000; whoever writes a rulebook means what stands there. A name
that stands twice in one mapping is a mistake: YAML would take the last of them.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

NODES_MAX = 100_000
"""Values of a rulebook, each as often as it is named: an anchor that is named a thousand times is a thousand."""

WHOLE = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
DECIMAL = re.compile(
    r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
)

_CONDITION = re.compile(r"(?:^|[\s{,-])(?:if|where):\s+(?P<said>\S.*)$")
"""A condition and what stands behind it in its line."""

_TAGS = {"tag:yaml.org,2002:int": WHOLE, "tag:yaml.org,2002:float": DECIMAL}


class Loader(yaml.SafeLoader):
    """Reads numbers as people write them."""

    yaml_implicit_resolvers = {  # noqa: RUF012  yaml's own way to say it
        first: [(tag, _TAGS.get(tag, pattern)) for tag, pattern in resolvers]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class Read(NamedTuple):
    """What a text says, and where each value of it stands."""

    node: yaml.Node | None
    content: Any


class Unreadable(ValueError):
    """The text is no YAML that a rulebook may be; `line` counts from 1."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


def read(text: str) -> Read:
    """What the text says. Raises Unreadable."""
    try:
        return _read(Loader(text))
    except yaml.YAMLError as error:
        raise Unreadable(*_why(error, text)) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        # A number, a date or a nesting that YAML has, and Python has not.
        raise Unreadable(1, f"a value in it cannot be read: {error}") from error


def _read(loader: Loader) -> Read:
    node = loader.get_single_node()
    if node is None:
        return Read(None, None)
    for name, line in _twice(node):
        raise Unreadable(line, f"{name!r} stands there twice; name it once")
    return Read(node, loader.construct_document(node))


def _twice(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """The names that stand twice in one mapping, each with its line. Raises Unreadable for too many values."""
    waiting, number = [root], 0
    while waiting:
        node = waiting.pop()
        number += 1
        if number > NODES_MAX:
            raise Unreadable(1, f"it has more than {NODES_MAX} values, each counted as often as it is named")
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in names:
                    yield key.value, key.start_mark.line + 1
                names.add(str(key.value))
                waiting.append(value)


def empty_in(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """The names after which nothing stands, each with its line: what was forgotten would pass for what is not said."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting.append(value)
                if isinstance(value, yaml.ScalarNode) and value.value == "" and not value.style:
                    yield str(key.value), key.start_mark.line + 1


def _why(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """In which line it is no YAML, and why."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written:
        return line, "this is not YAML: there is a tab in the line; write blanks"
    if _is_bare_condition(written):
        return line, "this is not YAML; write the condition in quotes, such as if: '\"loyal\" in person.segment'"
    problem = str(getattr(error, "problem", None) or error).removeprefix("but ")
    if problem == "mapping values are not allowed here":
        return line, "this is not YAML: there is a second colon; write a text that has one in quotes"
    if "block" in problem:
        return line, "this is not YAML: the line is not indented as those around it"
    if problem == "found another document":
        problem = "a second document begins with `---`; a rulebook is one"
    return line, f"this is not YAML: {problem}"


def _is_bare_condition(line: str) -> bool:
    """Whether the line has a condition that YAML takes for something else: it begins with a quote and goes on behind
    it, or has brackets, a comma or a colon among others that do."""
    found = _CONDITION.search(line)
    if found is None:
        return False
    if "{" in line[: found.start()]:
        return True
    try:
        yaml.compose(f"x: {found['said']}", Loader)
    except yaml.YAMLError:
        return True
    return False
