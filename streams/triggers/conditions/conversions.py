"""What makes one kind of another: int, double, string, timestamp; and the literal duration("2h")."""

import re
from datetime import datetime
from decimal import Decimal, DecimalException

from schemas.base import EPOCH
from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.literals import DIGITS_MOST, WHOLE_MOST
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.naming import duration
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.reckoning import CONTEXT
from streams.triggers.conditions.terms import NUMBERS, Term, constant

DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)", re.ASCII)

READ = (*NUMBERS, Kind.TEXT, Kind.ANY)
GIVES = {"int": Kind.WHOLE, "double": Kind.NUMBER, "string": Kind.TEXT}


def conversion(node: Node, of: Term) -> Term:
    """`int(x)`, `double(x)`, `string(x)`; null of null, a fault of what cannot be made one. Raises Wrong."""
    if of.kind not in READ and not (of.kind is Kind.TRUTH and node.word == "string"):
        raise Wrong(node.at, f"{of.is_called()}, and {node.word} makes nothing of it")
    run_of, make = of.run, {"int": _whole, "double": _number, "string": _text}[node.word]

    def run(given: Given, element: Value) -> Value:
        value = run_of(given, element)
        made = make(value)
        if made is None and value is not None:
            raise Fault(node.at, f"{of.node.text} is nothing that {node.word} could read")
        return made

    return Term(node, Type(GIVES[node.word]), run)


def _number(value: Value) -> Value:
    if type(value) is str and len(value) <= DIGITS_MOST and DECIMAL.fullmatch(value):
        try:
            return CONTEXT.create_decimal(value)
        except DecimalException:
            return None
    return value if type(value) is int or type(value) is Decimal else None


def _whole(value: Value) -> int | None:
    """Towards zero, as CEL does."""
    number = _number(value)
    return int(number) if number is not None and abs(number) <= WHOLE_MOST else None


def _text(value: Value) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return f"{value:f}"
    return value if type(value) is str else str(value) if type(value) is int else None


def instant(node: Node, of: Term) -> Term:
    """`timestamp("2026-11-27T09:00:00Z")`, or of a string that says such a time. Raises Wrong."""
    if of.kind not in (Kind.TEXT, Kind.ANY):
        raise Wrong(of.node.at, f'{of.is_called()}; a time is read from a string: timestamp("2026-11-27T09:00:00Z")')
    if of.constant:
        ms = _ms(of.literal)
        if ms is None:
            raise Wrong(of.node.at, 'write the time itself, with its zone: timestamp("2026-11-27T09:00:00Z")')
        return constant(node, Type(Kind.TIMESTAMP), ms)
    run_of = of.run

    def run(given: Given, element: Value) -> int | None:
        value = run_of(given, element)
        read = _ms(value)
        if read is None and value is not None:
            raise Fault(node.at, f"{of.node.text} is no time with its zone, such as 2026-11-27T09:00:00Z")
        return read

    return Term(node, Type(Kind.TIMESTAMP), run)


def _ms(value: Value) -> int | None:
    try:
        when = datetime.fromisoformat(value) if type(value) is str and INSTANT.fullmatch(value) else None
    except ValueError:
        when = None
    if when is None:
        return None
    since = when - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def span(node: Node, of: Term) -> Term:
    """`duration("2h")`, written as the rulebook writes durations. Raises Wrong."""
    if not of.constant or of.kind is not Kind.TEXT:
        raise Wrong(of.node.at, 'write the duration itself: duration("2h")')
    return constant(node, Type(Kind.DURATION), duration(of))
