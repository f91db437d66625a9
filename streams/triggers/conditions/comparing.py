"""Comparisons: ==, !=, <, <=, >, >= and in. With null each of them is false, but for `== null` and `!= null`."""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from schemas.mending.words import words_in
from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong, nearest
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.terms import LIST_MOST, NUMBERS, TRUTH, Run, Term, a, family, kind_of, plain

Compare = Callable[[Value, Value], bool]

EQUALITY: dict[str, Compare] = {"==": operator.eq, "!=": operator.ne}
ORDER: dict[str, Compare] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
COMPARISONS = EQUALITY | ORDER
ORDERED = frozenset({Kind.TEXT, Kind.NUMBER, Kind.TIMESTAMP, Kind.DURATION})
OF_TIME = (Kind.TIMESTAMP, Kind.DURATION)
SINGLE = ORDERED | {Kind.TRUTH}

DAY = re.compile(r"\d{4}-\d\d-\d\d")
"""A day, which is no time yet."""

WORDS_READ = 40
"""Words that a sentence can name: currencies are more."""


def comparison(node: Node, left: Term, right: Term) -> Term:
    """`left == right` and its like. Raises Wrong where the two can never be compared."""
    symbol = node.what
    if Kind.NULL in (left.kind, right.kind):
        return _with_null(node, left, right)
    for side in (left, right):
        _is_single(node, side)
    if Kind.ANY in (left.kind, right.kind) and (left.kind in OF_TIME or right.kind in OF_TIME):
        raise Wrong(node.at, _no_time(left, right))
    if left.kind is Kind.ANY and right.constant and right.kind is Kind.TEXT and symbol in EQUALITY:
        return Term(node, TRUTH, _static(EQUALITY[symbol], left, right), sure=True)  # a string equals nothing else
    if Kind.ANY in (left.kind, right.kind):
        return Term(node, TRUTH, _dynamic(node, left, right), sure=True)
    if family(left.kind) is not family(right.kind):
        raise Wrong(node.at, _never(node, left, right))
    for one, other in ((left, right), (right, left)):
        _is_known(one, other, other.type)
    if symbol in ORDER and family(left.kind) not in ORDERED:
        raise Wrong(node.at, f"{left.is_called()}, which is neither less nor greater than another; write == or !=")
    return Term(node, TRUTH, _static(COMPARISONS[symbol], left, right), sure=True)


def _static(compare: Compare, left: Term, right: Term) -> Run:
    of, other = left.run, right.run
    if right.constant:
        fixed = right.literal

        def with_fixed(given: Given, element: Value) -> bool:
            value = of(given, element)
            return value is not None and compare(value, fixed)

        return with_fixed

    def of_both(given: Given, element: Value) -> bool:
        value, against = of(given, element), other(given, element)
        return value is not None and against is not None and compare(value, against)

    return of_both


def _dynamic(node: Node, left: Term, right: Term) -> Run:
    """Kinds are known only when it is judged: what differs in kind is unequal, and has no order."""
    of, other, at, symbol = left.run, right.run, node.at, node.what
    compare, ordered, differ = COMPARISONS[symbol], symbol in ORDER, symbol == "!="
    texts, kinds = (left.node.text, right.node.text), (family(left.kind), family(right.kind))

    def run(given: Given, element: Value) -> bool:
        value, against = of(given, element), other(given, element)
        if value is None or against is None:
            return False
        first = kind_of(value) if kinds[0] is Kind.ANY else kinds[0]
        second = kind_of(against) if kinds[1] is Kind.ANY else kinds[1]
        if first is second and first in SINGLE and (first in ORDERED or not ordered):
            return compare(value, against)
        if ordered or first is second:
            raise Fault(at, f"{texts[0]} is {a(first)} and {texts[1]} is {a(second)}: {symbol} cannot compare them")
        return differ

    return run


def _with_null(node: Node, left: Term, right: Term) -> Term:
    """Whether there is a value: the only comparison that null takes part in."""
    if node.what not in EQUALITY:
        raise Wrong(node.at, f"nothing is {node.what} null; write == null or != null")
    run, wanted = (left if right.kind is Kind.NULL else right).run, node.what == "=="

    def is_missing(given: Given, element: Value) -> bool:
        return (run(given, element) is None) is wanted

    return Term(node, TRUTH, is_missing, sure=True)


def _is_single(node: Node, term: Term) -> None:
    if term.kind in (Kind.LIST, Kind.MAP, Kind.RECORD):
        mend = f'write "…" in {term.node.text}' if term.kind is Kind.LIST else "name one of its fields"
        raise Wrong(node.at, f"{term.is_called()}, and is not compared as a whole; {mend}")


def _is_known(term: Term, against: Term, type_: Type) -> None:
    """Whether texts that are written out, one or a list of them, can be what they are compared with. Raises Wrong."""
    if type_.words is None or not term.constant:
        return
    for said in term.literal if term.kind is Kind.LIST else (term.literal,):
        if isinstance(said, str) and said not in type_.words:
            written = f'"{said}"' if term.kind is Kind.LIST else term.node.text
            mend = _mend(said, against, type_.words, type_.meant)
            raise Wrong(term.node.at, f"there is no {written}{mend}")


def _mend(said: str, against: Term, words: tuple[str, ...], meant: Mapping[str, str]) -> str:
    near = meant.get(words_in(said))
    mend = nearest(said, words) if near is None else f"; did you mean {near}?"
    if not words:
        group = against.node.text.rpartition(".")[2]
        mend += f"; the rulebook has no {group}s; write {group}s"
    elif len(words) <= WORDS_READ:
        mend += f" (there are {', '.join(words)})"
    return mend


def _never(node: Node, left: Term, right: Term) -> str:
    why = "cannot be compared" if node.what in ORDER else "are never equal"
    said = f"{left.is_called()} and {right.is_called()}: these {why}"
    for one, other in ((left, right), (right, left)):
        if one.constant and one.kind is Kind.TEXT:
            if other.kind in NUMBERS and one.literal.lstrip("-").replace(".", "", 1).isdecimal():
                return f"{said}; write {one.literal} without quotes"
            if other.kind in OF_TIME:
                is_day = other.kind is Kind.TIMESTAMP and DAY.fullmatch(one.literal)
                text = f'"{one.literal}T00:00:00Z"' if is_day else one.node.text
                return f"{said}; write {other.kind}({text})"
        if one.constant and other.kind is Kind.TEXT and one.kind in NUMBERS:
            return f'{said}; write "{one.node.text}"'
    return said


def _no_time(left: Term, right: Term) -> str:
    known, other = (right, left) if left.kind is Kind.ANY else (left, right)
    mend = f"; write timestamp({other.node.text})" if known.kind is Kind.TIMESTAMP else ""
    return f"{known.is_called()}, and {other.node.text} may be anything but that{mend}"


def membership(node: Node, left: Term, right: Term) -> Term:
    """`left in right`: an element of a list, or a name of a map. Raises Wrong."""
    _is_single(node, left)
    if left.kind is Kind.NULL:
        raise Wrong(node.at, "null is in no list; write == null")
    if right.kind not in (Kind.LIST, Kind.MAP, Kind.ANY):
        mend = f"; write {right.node.text}.contains({left.node.text})" if right.kind is Kind.TEXT else ""
        raise Wrong(node.at, f"{right.is_called()}, and `in` looks into lists and maps{mend}")
    of = right.type.of
    if of is not None and Kind.ANY not in (of.kind, left.kind) and family(of.kind) is not family(left.kind):
        raise Wrong(node.at, f"{left.is_called()}, and {right.node.text} holds {of.kind} only")
    if of is not None:
        _is_known(left, right, of)
    _is_known(right, left, left.type)
    if right.constant and left.kind is not Kind.ANY:
        return Term(node, TRUTH, _among_fixed(left.run, frozenset(right.literal)), sure=True)
    return Term(node, TRUTH, _among(node, left, right), sure=True)


def _among_fixed(run: Run, fixed: frozenset[str | int | Decimal | bool]) -> Run:
    def is_among(given: Given, element: Value) -> bool:
        return run(given, element) in fixed

    return is_among


def _among(node: Node, left: Term, right: Term) -> Run:
    of, other, at, text = left.run, right.run, node.at, right.node.text

    def run(given: Given, element: Value) -> bool:
        value, held = of(given, element), other(given, element)
        if value is None or held is None:
            return False
        found = kind_of(held)
        if found is Kind.MAP:
            return type(value) is str and held.get(value) is not None
        if found is not Kind.LIST or len(held) > LIST_MOST:
            raise Fault(at, f"{text} is {a(found)} that `in` does not look into, or has more than {LIST_MOST} elements")
        wanted = kind_of(value)
        if wanted not in SINGLE:
            raise Fault(at, f"{left.node.text} is {a(wanted)}, and `in` looks for single values")
        return any(kind_of(one) is wanted and plain(one) == value for one in held)

    return run
