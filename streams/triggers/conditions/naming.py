"""Names: `event.name`, `event.properties.plan`, `event.properties["plan"]`, `person.orders_in("365d")`.

What is not in the tables is a mistake, with the nearest right name. What a map does not hold is null.
"""

import re
from collections.abc import Callable

from schemas.rules.words import duration_ms
from streams.triggers.conditions.kinds import Given, Kind, Question, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong, nearest
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.terms import ANY, LIST_MOST, Run, Scope, Term, a, kind_of, plain

Compile = Callable[[Node, Scope], Term]

QUESTION_COST = 50
"""Steps that a question to the person counts for: windows are added up."""
FIRST_NAMES = ("event", "person", "episode", "cart")
"""What a name is taken for where it is none of those that are known there."""

MEANT = {"customer": "person", "user": "person", "profile": "person", "basket": "cart", "order": "event"}
"""What others call them."""

WORD = re.compile(r"[^\W\d]\w*")
"""What can be a part of a path; another key is asked for as the whole map."""


def name(node: Node, scope: Scope) -> Term:
    """A first name: of the tables, or of the element that `exists` and `all` look at. Raises Wrong."""
    if scope.element is not None and node.word == scope.element[0]:
        return Term(node, scope.element[1], _element)
    type_ = scope.fields.get(node.word)
    if type_ is None:
        is_text = node.word not in FIRST_NAMES
        near = nearest(node.word, scope.fields) or (f'; write "{node.word}" if it is a text' if is_text else "")
        if MEANT.get(node.word) in scope.fields:
            near = f"; did you mean {MEANT[node.word]}?"
        if node.word == "event" and "episode" in scope.fields:
            near = "; a `kind: sequence` sees the event that it counts from, others ask episode.value or episode.lines"
        raise Wrong(node.at, f"there is no {node.word} here{near}{_known(scope.fields)}")
    return Term(node, type_, _never_run)


def _known(names: object) -> str:
    assert isinstance(names, dict)
    return (
        f" (there are {', '.join(sorted(names))})" if len(names) > 1 else f" (there is {next(iter(names), 'nothing')})"
    )


def _element(given: Given, element: Value) -> Value:
    return element


def _never_run(given: Given, element: Value) -> Value:
    raise AssertionError("a record is never a value")


def select(node: Node, scope: Scope, compile_: Compile) -> Term:
    """`of.word`. Raises Wrong."""
    of = compile_(_part(node, 0), scope)
    if of.kind is not Kind.RECORD:
        return _in_a_map(node, scope, of, node.word)
    type_ = of.type.fields.get(node.word)
    if type_ is None:
        raise Wrong(node.at, _no_field(of, node.word))
    if isinstance(type_, Question):
        raise Wrong(node.at, f"{node.text} is asked with an argument: write {_example(of, node.word, type_)}")
    if not of.type.name:
        return Term(node, type_, _read_of_element(node.word, of.run))
    path = f"{of.type.name}.{node.word}"
    if type_.kind is Kind.RECORD:
        return Term(node, type_, _never_run)
    scope.ask(path)
    return Term(node, type_, _read(path), path=path)


def _no_field(of: Term, word: str) -> str:
    maps = [name for name, type_ in of.type.fields.items() if isinstance(type_, Type) and type_.kind is Kind.MAP]
    near = nearest(word, of.type.fields)
    own = f"; what is a shop's own is in {', '.join(f'{of.node.text}.{one}' for one in maps)}" if maps else ""
    return f"{of.node.text} has no field {word}{near or own}"


def _read(path: str) -> Run:
    def run(given: Given, element: Value) -> Value:
        return given.value(path)

    return run


def _read_of_element(word: str, of: Run) -> Run:
    def run(given: Given, element: Value) -> Value:
        line = of(given, element)
        return None if line is None else plain(line.get(word))

    return run


def index(node: Node, scope: Scope, compile_: Compile) -> Term:
    """`of["key"]` of a map, `of[0]` of a list. Raises Wrong."""
    of, key = compile_(_part(node, 0), scope), compile_(_part(node, 1), scope)
    if of.kind is Kind.RECORD:
        raise Wrong(node.at, f"a field of {of.node.text} is named after a dot: write {of.node.text}.name")
    if key.constant and key.kind is Kind.TEXT:
        return _in_a_map(node, scope, of, key.literal)
    if of.kind not in (Kind.MAP, Kind.LIST, Kind.ANY):
        raise Wrong(node.at, f"{of.is_called()}, and has nothing in it to look up with []")
    if key.kind not in (Kind.TEXT, Kind.WHOLE, Kind.ANY):
        raise Wrong(key.node.at, f"{key.is_called()}; what is looked up is a string in a map, an int in a list")
    type_ = of.type.of if of.type.of is not None else ANY
    return Term(node, type_, _looked_up(node, of, key))


def _looked_up(node: Node, of: Term, key: Term) -> Run:
    held_by, key_of, text = of.run, key.run, of.node.text

    def run(given: Given, element: Value) -> Value:
        held, wanted = held_by(given, element), key_of(given, element)
        if held is None or wanted is None:
            return None
        found = kind_of(held)
        if found is Kind.MAP and type(wanted) is str:
            return plain(held.get(wanted))
        if found is Kind.LIST and type(wanted) is int:
            return plain(held[wanted]) if 0 <= wanted < min(len(held), LIST_MOST) else None
        raise Fault(node.at, f"{text} is {a(found)}, in which {a(kind_of(wanted))} cannot be looked up")

    return run


def _in_a_map(node: Node, scope: Scope, of: Term, key: str) -> Term:
    """What a map has by that name; null where it has none. Raises Wrong where there is no map."""
    if of.kind not in (Kind.MAP, Kind.ANY):
        raise Wrong(node.at, f"{of.is_called()}, and has no field {key}")
    path = f"{of.path}.{key}" if of.path and WORD.fullmatch(key) else ""
    if path:
        scope.ask(path, instead_of=of.path)
    return Term(node, ANY, _held(node, of, key), path=path)


def _held(node: Node, of: Term, key: str) -> Run:
    held_by, text = of.run, of.node.text

    def run(given: Given, element: Value) -> Value:
        held = held_by(given, element)
        if held is None:
            return None
        if type(held) is not dict:
            raise Fault(node.at, f"{text} is {a(kind_of(held))}, and has no field {key}")
        value = held.get(key)
        return plain(value) if type(value) is float else value

    return run


def question(node: Node, scope: Scope, of: Term, arguments: list[Term]) -> Term | None:
    """`person.orders_in("365d")`; None where `of` has no such question. Raises Wrong for a wrong argument."""
    asked = of.type.fields.get(node.word) if of.kind is Kind.RECORD else None
    if of.kind is not Kind.RECORD:
        return None
    if not isinstance(asked, Question):
        if asked is not None:
            raise Wrong(node.at, f"{of.node.text}.{node.word} is a field: write it without brackets")
        raise Wrong(node.at, f"{of.node.text} has no {node.word}(…){nearest(node.word, of.type.fields)}")
    if len(arguments) != 1:
        raise Wrong(node.at, f"{of.node.text}.{node.word} takes one argument: write {_example(of, node.word, asked)}")
    path = f"{of.type.name}.{node.word}"
    scope.ask(path)
    scope.spend(node, QUESTION_COST)
    return Term(node, asked.gives, _asked(path, _argument(of, node.word, asked, arguments[0])), path=path)


def _argument(of: Term, word: str, asked: Question, argument: Term) -> Run:
    if asked.takes is Kind.DURATION:
        if not argument.constant or argument.kind is not Kind.TEXT:
            raise Wrong(argument.node.at, f"write the duration itself: {_example(of, word, asked)}")
        ms = duration(argument)
        return lambda given, element: ms
    if argument.kind not in (Kind.TEXT, Kind.ANY) or (asked.words and not argument.constant):
        raise Wrong(argument.node.at, f"{argument.is_called()}; write a string: {_example(of, word, asked)}")
    if asked.words and argument.literal not in asked.words:
        known = f" (there are {', '.join(asked.words)})"
        raise Wrong(
            argument.node.at, f"there is no {argument.node.text}{nearest(argument.literal, asked.words)}{known}"
        )
    return argument.run


def duration(term: Term) -> int:
    """The ms of a literal, written as the rulebook writes durations. Raises Wrong."""
    try:
        ms = duration_ms(term.literal)
    except ValueError as error:
        raise Wrong(term.node.at, str(error)) from error
    if not ms:
        raise Wrong(term.node.at, f"{term.literal!r} is no time at all")
    return ms


def _asked(path: str, argument: Run) -> Run:
    def run(given: Given, element: Value) -> Value:
        said = argument(given, element)
        return given.answer(path, said) if type(said) is str or type(said) is int else None

    return run


def _example(of: Term, word: str, asked: Question) -> str:
    said = "30d" if asked.takes is Kind.DURATION else (*asked.words, "…")[0]
    return f'{of.node.text}.{word}("{said}")'


def _part(node: Node, number: int) -> Node:
    part = node.parts[number]
    assert part is not None
    return part
