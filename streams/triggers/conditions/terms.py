"""A part of a condition, checked and ready to run, and what the parts have in common."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from streams.triggers.conditions.kinds import Fields, Given, Kind, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.reading import Node

LIST_MOST = 500
"""Elements that are looked at in one list: as many lines as a record may have. A longer list is a fault."""
COST_MOST = 20_000
"""Steps of one judgement, at 0.1 to 0.5 µs each: one condition holds a partition up for some 10 ms at most."""

Run = Callable[[Given, Value], Value]
"""The value of a part. The second argument is the element that `exists` and `all` look at; elsewhere None.
Raises Fault."""

Test = Callable[[Given, Value], bool]
"""The same of a part that is true or false."""

NUMBERS = (Kind.WHOLE, Kind.NUMBER)
ANY = Type(Kind.ANY)
TRUTH = Type(Kind.TRUTH)


@dataclass(frozen=True, slots=True)
class Term:
    """A part. `path` is what it asks for, if it asks for something; `sure` says that it is never null."""

    node: Node
    type: Type
    run: Run
    path: str = ""
    sure: bool = False
    constant: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of its value."""
        return self.type.kind

    @property
    def literal(self) -> Value:
        """The value of a constant."""
        assert self.constant
        return self.node.value

    def is_called(self) -> str:
        """What it is, in a sentence about kinds."""
        return f"{self.node.text} is {a(self.kind)}"


class Scope:
    """What the compilation of one condition knows, and what it gathers: the names asked for, and the cost."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.asked: Counter[str] = Counter()
        self.element: tuple[str, Type] | None = None  # inside exists and all: its name, and what it is
        self.cost = 0

    def spend(self, node: Node, steps: int = 1) -> None:
        """Count what a part costs. Raises Wrong beyond the most."""
        self.cost += steps if self.element is None else steps * LIST_MOST
        if self.cost > COST_MOST:
            raise Wrong(node.at, "the condition has too much to do for one record; ask for less, or in fewer places")

    def ask(self, path: str, instead_of: str = "") -> None:
        """Remember that `path` is asked for, and no longer all of what it is a part of."""
        self.asked[path] += 1
        if instead_of:
            self.asked[instead_of] -= 1


def constant(node: Node, type_: Type, value: Value) -> Term:
    """A term that is always the same."""

    def run(given: Given, element: Value) -> Value:
        return value

    return Term(node._replace(value=value), type_, run, sure=value is not None, constant=True)


def a(kind: Kind) -> str:
    """The kind with its article."""
    return f"an {kind}" if kind is Kind.WHOLE else "null" if kind is Kind.NULL else f"a {kind}"


def family(kind: Kind) -> Kind:
    """What may be compared: whole numbers and others are of one family."""
    return Kind.NUMBER if kind is Kind.WHOLE else kind


_KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    bool: Kind.TRUTH,
    int: Kind.NUMBER,
    Decimal: Kind.NUMBER,
    float: Kind.NUMBER,
    list: Kind.LIST,
    tuple: Kind.LIST,
    dict: Kind.MAP,
    type(None): Kind.NULL,
}


def kind_of(value: Value) -> Kind:
    """The family of a value of kind DYN."""
    return _KINDS.get(type(value), Kind.ANY)


def plain(value: Value) -> Value:
    """A value of JSON as conditions reckon with it: a float is the decimal that it was written as."""
    if type(value) is not float:
        return value
    number = Decimal(repr(value))
    return number if number.is_finite() else None


def truth(term: Term) -> Test:
    """The part as true or false: null is false. Raises Wrong for what can be neither."""
    if term.kind is Kind.TRUTH:
        return term.run if term.sure else _null_is_false(term.run)
    if term.kind is not Kind.ANY:
        raise Wrong(term.node.at, f"{term.is_called()}; true or false is needed here, so compare it with something")
    run, at, text = term.run, term.node.at, term.node.text

    def checked(given: Given, element: Value) -> bool:
        value = run(given, element)
        if value is None:
            return False
        if type(value) is not bool:
            raise Fault(at, f"{text} is {a(kind_of(value))}, and not true or false")
        return value

    return checked


def _null_is_false(run: Run) -> Test:
    def is_true(given: Given, element: Value) -> bool:
        return run(given, element) is True

    return is_true
