"""From the tree to what runs: every part is checked against the tables once, and becomes a closure."""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from streams.triggers.conditions import naming
from streams.triggers.conditions.clocks import SHOWN, shown
from streams.triggers.conditions.comparing import COMPARISONS, comparison, membership
from streams.triggers.conditions.conversions import GIVES, conversion, instant, span
from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.lists import OF_ELEMENTS, has, of_elements, size
from streams.triggers.conditions.mistakes import Fault, Wrong, nearest
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.reckoning import DECIMALS, negative, reckoning
from streams.triggers.conditions.terms import ANY, NUMBERS, TRUTH, Scope, Term, constant, family, truth
from streams.triggers.conditions.texts import CASES, PATTERN_COST, TESTS, text_case, text_matches, text_test

MEMBERSHIP_COST = 20
"""Steps that a look into a list counts for: it is one loop, but the list may have all of its elements."""

LITERALS = {str: Kind.TEXT, int: Kind.WHOLE, Decimal: Kind.NUMBER, bool: Kind.TRUTH, type(None): Kind.NULL}

FUNCTIONS: dict[str, Callable[[Node, Term], Term]] = {
    "has": has,
    "size": size,
    "timestamp": instant,
    "duration": span,
    **dict.fromkeys(GIVES, conversion),
}
METHODS: dict[str, tuple[tuple[int, ...], int, Callable[[Node, Term, list[Term]], Term]]] = {
    **dict.fromkeys(TESTS, ((1,), 0, text_test)),
    **dict.fromkeys(CASES, ((0,), 0, text_case)),
    **dict.fromkeys(SHOWN, ((0, 1), 0, shown)),
    "matches": ((1,), PATTERN_COST, text_matches),
    "size": ((0,), 0, lambda node, of, arguments: size(node, of)),
}
"""What is called on a value, with how many arguments, and what it costs more than others."""


def compiled(node: Node, scope: Scope) -> Term:
    """The part, checked. Raises Wrong."""
    scope.spend(node, MEMBERSHIP_COST if node.what == "in" else 1)
    named = NAMED.get(node.what)
    return OF_PARTS[node.what](node, *_parts(node, scope)) if named is None else named(node, scope)


def _parts(node: Node, scope: Scope) -> list[Term]:
    parts = [compiled(part, scope) for part in node.parts if part is not None]
    for part in parts:
        if part.kind is Kind.RECORD:
            raise Wrong(part.node.at, f"{part.node.text} is a whole record; name one of its fields")
    return parts


def _call(node: Node, scope: Scope) -> Term:
    on, *arguments = node.parts
    if on is None:
        return _function(node, scope)
    if node.word in OF_ELEMENTS:
        return of_elements(node, scope, compiled)
    of = compiled(on, scope)
    said = _parts(node._replace(parts=tuple(arguments)), scope)
    asked = naming.question(node, scope, of, said)
    if asked is not None:
        return asked
    takes, cost, make = METHODS.get(node.word, ((), 0, None))
    if make is None:
        raise Wrong(node.at, f"there is no {node.word}(…){_meant(node.word, (*METHODS, *OF_ELEMENTS))}")
    if len(said) not in takes:
        number = " or ".join(str(number or "no") for number in takes)
        raise Wrong(node.at, f"{node.word} takes {number} argument{'' if takes[-1] == 1 else 's'}, not {len(said)}")
    scope.spend(node, cost)
    return make(node, of, said)


def _meant(word: str, known: Collection[str]) -> str:
    return nearest(word, known) or f" (there are {', '.join(sorted(known))})"


def _function(node: Node, scope: Scope) -> Term:
    make = FUNCTIONS.get(node.word)
    if make is None:
        mend = "; a condition knows no now: use the ages of the person" if node.word in ("now", "today") else ""
        raise Wrong(node.at, f"there is no function {node.word}{mend or _meant(node.word, FUNCTIONS)}")
    said = _parts(node, scope)
    if len(said) != 1:
        raise Wrong(node.at, f"{node.word} takes one argument, not {len(said)}")
    return make(node, said[0])


def _literal(node: Node, scope: Scope) -> Term:
    return constant(node, Type(LITERALS[type(node.value)]), node.value)


def _chain(node: Node, *parts: Term) -> Term:
    """Judged from the left until one decides. A fault counts only where no other part decides, as CEL says."""
    decides, runs = node.what == "||", tuple(truth(part) for part in parts)

    def run(given: Given, element: Value) -> bool:
        fault = None
        for part in runs:
            try:
                if part(given, element) is decides:
                    return decides
            except Fault as found:
                fault = fault or found
        if fault is not None:
            raise fault
        return not decides

    return Term(node, TRUTH, run, sure=True)


def _not(node: Node, operand: Term) -> Term:
    run = truth(operand)

    def negated(given: Given, element: Value) -> bool:
        return not run(given, element)

    return Term(node, TRUTH, negated, sure=True)


def _choice(node: Node, condition: Term, one: Term, other: Term) -> Term:
    test, then, otherwise = truth(condition), one.run, other.run

    def run(given: Given, element: Value) -> Value:
        return then(given, element) if test(given, element) else otherwise(given, element)

    return Term(node, _common(node, [one, other]), run, sure=one.sure and other.sure)


def _list(node: Node, *parts: Term) -> Term:
    for part in parts:
        if part.kind in (Kind.NULL, Kind.LIST, Kind.MAP):
            raise Wrong(part.node.at, f"{part.is_called()}, and a list in a condition holds single values")
    type_ = Type(Kind.LIST, of=_common(node, parts) if parts else ANY)
    if all(part.constant for part in parts):
        return constant(node, type_, tuple(part.literal for part in parts))
    runs = tuple(part.run for part in parts)
    return Term(node, type_, lambda given, element: [run(given, element) for run in runs], sure=True)


def _common(node: Node, parts: Sequence[Term]) -> Type:
    """What all the parts are. Raises Wrong where they are of several kinds that are known."""
    types = [part.type for part in parts if part.kind is not Kind.NULL]
    if any(type_.kind is Kind.ANY for type_ in types) or not types:
        return ANY
    first = types[0]
    for part in parts:
        if part.kind is not Kind.NULL and family(part.kind) is not family(first.kind):
            raise Wrong(node.at, f"{parts[0].is_called()} and {part.is_called()}: they have to be of one kind")
    return Type(Kind.NUMBER) if first.kind in NUMBERS and any(type_ != first for type_ in types) else first


NAMED: dict[str, Callable[[Node, Scope], Term]] = {
    "literal": _literal,
    "name": naming.name,
    "select": lambda node, scope: naming.select(node, scope, compiled),
    "index": lambda node, scope: naming.index(node, scope, compiled),
    "call": _call,
}
"""What looks at its own parts, since a part may be a record or a new name."""

OF_PARTS: dict[str, Callable[..., Term]] = {
    "list": _list,
    "choice": _choice,
    "&&": _chain,
    "||": _chain,
    "!": _not,
    "negative": negative,
    "in": membership,
    **dict.fromkeys(COMPARISONS, comparison),
    **dict.fromkeys(DECIMALS, reckoning),
}
"""What takes its parts as they come."""
