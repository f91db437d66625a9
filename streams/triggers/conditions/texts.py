"""What is asked of strings: contains, startsWith, endsWith, matches, lowerAscii, upperAscii. Of null, a test is false.

`matches` takes a pattern of RE2, written out in the condition: its time is linear in the string, whoever wrote it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import re2

from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.reckoning import TEXT_MOST
from streams.triggers.conditions.terms import TRUTH, Run, Term, a, kind_of

PATTERN_BYTES_MOST = 1 << 20
"""Memory of one compiled pattern, and so the time of a step."""
PATTERN_COST = 50
"""Steps that `matches` counts for: 3 to 15 µs, and 0.3 ms for the longest string; so none for each line of a cart."""

TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
}
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CASES = {
    "lowerAscii": str.maketrans(_UPPER, _UPPER.lower()),
    "upperAscii": str.maketrans(_UPPER.lower(), _UPPER),
}


def text_test(node: Node, of: Term, arguments: list[Term]) -> Term:
    """`of.contains(part)` and its like. Raises Wrong."""
    part = arguments[0]
    for term in (of, part):
        _is_text(term, node.word)
    test, held, wanted = TESTS[node.word], _text(of, node), _text(part, node)

    def run(given: Given, element: Value) -> bool:
        text, piece = held(given, element), wanted(given, element)
        return text is not None and piece is not None and test(text, piece)

    return Term(node, TRUTH, run, sure=True)


def text_case(node: Node, of: Term, arguments: list[Term]) -> Term:
    """`of.lowerAscii()`, `of.upperAscii()`: A to Z only. Raises Wrong."""
    _is_text(of, node.word)
    table, held = CASES[node.word], _text(of, node)

    def run(given: Given, element: Value) -> str | None:
        text = held(given, element)
        return None if text is None else text.translate(table)

    return Term(node, Type(Kind.TEXT), run)


def text_matches(node: Node, of: Term, arguments: list[Term]) -> Term:
    """`of.matches(pattern)`: the pattern is found anywhere in the string. Raises Wrong."""
    _is_text(of, node.word)
    pattern = arguments[0]
    if not pattern.constant or pattern.kind is not Kind.TEXT:
        raise Wrong(pattern.node.at, "write the pattern itself, as a string")
    search, held = _compiled(pattern).search, _text(of, node)

    def run(given: Given, element: Value) -> bool:
        text = held(given, element)
        if text is None:
            return False
        if len(text) > TEXT_MOST:
            raise Fault(node.at, f"{of.node.text} has more than {TEXT_MOST} characters")
        return search(text.encode(errors="replace")) is not None  # in bytes: no places have to be counted

    return Term(node, TRUTH, run, sure=True)


def _is_text(term: Term, word: str) -> None:
    if term.kind not in (Kind.TEXT, Kind.ANY):
        raise Wrong(term.node.at, f"{term.is_called()}, and {word} is asked of strings")


def _text(term: Term, node: Node) -> Run:
    if term.kind is Kind.TEXT:
        return term.run
    run, at = term.run, node.at

    def checked(given: Given, element: Value) -> str | None:
        value = run(given, element)
        if value is None or type(value) is str:
            return value
        raise Fault(at, f"{term.node.text} is {a(kind_of(value))}, and {node.word} is asked of strings")

    return checked


@cache
def _options() -> Any:
    options = re2.Options()
    options.max_mem = PATTERN_BYTES_MOST
    options.log_errors = False
    return options


def _compiled(pattern: Term) -> Any:
    try:
        return re2.compile(pattern.literal, _options())
    except re2.error as error:
        said = error.args[0] if error.args else ""
        why = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise Wrong(pattern.node.at, f"{pattern.node.text} is no pattern of RE2: {why}") from error
