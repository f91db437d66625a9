"""Arithmetic: + - * / % and the sign. What is unknown stays unknown: null in, null out.

Numbers are whole ones of 64 bits and decimals of 28 digits, so 0.1 + 0.2 is 0.3. A quotient is a decimal: 5 / 2 is 2.5,
otherwise than in CEL, as a calculator has it.
"""

import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow

from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.literals import EXPONENT_MOST, WHOLE_MOST
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.terms import ANY, NUMBERS, Run, Term, a, kind_of

TEXT_MOST = 10_000
"""Characters of a string that a condition puts together, or matches with a pattern."""
CONTEXT = Context(
    prec=28, Emax=2 * EXPONENT_MOST, Emin=-2 * EXPONENT_MOST, traps=[DivisionByZero, InvalidOperation, Overflow]
)
"""Our own, so that no setting of the process changes a result."""

Calculate = Callable[[Value, Value], Value]


def _quotient(left: Value, right: Value) -> Decimal:
    return CONTEXT.divide(left, right)


def _remainder(left: Value, right: Value) -> Value:
    """With the sign of the dividend, as CEL has it."""
    if type(left) is int and type(right) is int and right:
        return left % right if (left < 0) == (right < 0) else -(-left % right)
    return CONTEXT.remainder(left, right)


WHOLES: dict[str, Calculate] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
DECIMALS: dict[str, Calculate] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": _quotient,
    "%": _remainder,
}
RECKONED = (*NUMBERS, Kind.ANY)
ADDED = (*RECKONED, Kind.TEXT)
SIGNED = (*RECKONED, Kind.DURATION)
OF_TIMES = {
    ("-", Kind.TIMESTAMP, Kind.TIMESTAMP): Kind.DURATION,
    ("-", Kind.TIMESTAMP, Kind.DURATION): Kind.TIMESTAMP,
    ("+", Kind.TIMESTAMP, Kind.DURATION): Kind.TIMESTAMP,
    ("+", Kind.DURATION, Kind.TIMESTAMP): Kind.TIMESTAMP,
    ("+", Kind.DURATION, Kind.DURATION): Kind.DURATION,
    ("-", Kind.DURATION, Kind.DURATION): Kind.DURATION,
}


def reckoning(node: Node, left: Term, right: Term) -> Term:
    """`left + right` and its like. Raises Wrong for kinds that it does not take."""
    kinds = (left.kind, right.kind)
    of_times = OF_TIMES.get((node.what, *kinds))
    if of_times is not None:
        return Term(node, Type(of_times), _run(node, left, right))
    allowed = ADDED if node.what == "+" else RECKONED
    if any(kind not in allowed for kind in kinds) or (Kind.TEXT in kinds and any(kind in NUMBERS for kind in kinds)):
        mend = "; put string(…) around the number" if Kind.TEXT in kinds and node.what == "+" else ""
        raise Wrong(node.at, f"{left.is_called()} and {right.is_called()}: {node.what} does not take these{mend}")
    return Term(node, _result(node.what, *kinds), _run(node, left, right))


def _result(symbol: str, left: Kind, right: Kind) -> Type:
    if Kind.TEXT in (left, right):
        return Type(Kind.TEXT)
    if Kind.ANY in (left, right) and symbol == "+":
        return ANY
    return Type(Kind.WHOLE if left is right is Kind.WHOLE and symbol != "/" else Kind.NUMBER)


def _run(node: Node, left: Term, right: Term) -> Run:
    of, other, symbol = left.run, right.run, node.what
    texts = (left.node.text, right.node.text)

    def run(given: Given, element: Value) -> Value:
        value, against = of(given, element), other(given, element)
        if value is None or against is None:
            return None
        kinds = kind_of(value), kind_of(against)
        if kinds == (Kind.NUMBER, Kind.NUMBER):
            return _number(node, value, against)
        if kinds != (Kind.TEXT, Kind.TEXT) or symbol != "+":
            raise Fault(
                node.at, f"{texts[0]} is {a(kinds[0])} and {texts[1]} {a(kinds[1])}: {symbol} does not take these"
            )
        if len(value) + len(against) > TEXT_MOST:
            raise Fault(node.at, f"the string put together here has more than {TEXT_MOST} characters")
        return value + against

    return run


def _number(node: Node, left: Value, right: Value) -> Value:
    whole = type(left) is int and type(right) is int
    calculate = WHOLES.get(node.what) if whole else None
    try:
        result = calculate(left, right) if calculate is not None else DECIMALS[node.what](left, right)
    except DecimalException as error:
        why = "divides by zero" if not right and node.what in "/%" else "gives no number that can be held"
        raise Fault(node.at, f"{node.text} {why}") from error
    if type(result) is int and not -WHOLE_MOST - 1 <= result <= WHOLE_MOST:
        raise Fault(node.at, f"{node.text} is too large for a whole number of 64 bits")
    return result


def negative(node: Node, operand: Term) -> Term:
    """`-x`. Raises Wrong for what has no sign."""
    if operand.kind not in SIGNED:
        raise Wrong(node.at, f"{operand.is_called()}, and has no sign; - takes a number")
    run, at, text = operand.run, node.at, operand.node.text

    def negated(given: Given, element: Value) -> Value:
        value = run(given, element)
        if value is None:
            return None
        if kind_of(value) is not Kind.NUMBER:
            raise Fault(at, f"{text} is {a(kind_of(value))}, and has no sign")
        return _number(node._replace(what="-"), 0, value)

    return Term(node, operand.type if operand.kind is not Kind.ANY else Type(Kind.NUMBER), negated)
