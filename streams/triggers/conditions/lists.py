"""What is asked of lists, and of what may be missing: exists, all, size, has."""

from collections.abc import Callable

from streams.triggers.conditions.kinds import Given, Kind, Type, Value
from streams.triggers.conditions.mistakes import Fault, Wrong
from streams.triggers.conditions.reading import Node
from streams.triggers.conditions.terms import ANY, LIST_MOST, TRUTH, Run, Scope, Term, Test, a, kind_of, plain, truth

Compile = Callable[[Node, Scope], Term]

OF_ELEMENTS = ("exists", "all")


def of_elements(node: Node, scope: Scope, compile_: Compile) -> Term:
    """`of.exists(x, …)`, `of.all(x, …)`; of null both are false. An element that is a fault counts only where the
    others do not decide, as with || and &&. Raises Wrong."""
    of_node, *arguments = node.parts
    assert of_node is not None
    if len(arguments) != 2 or arguments[0] is None or arguments[1] is None or arguments[0].what != "name":
        raise Wrong(node.at, f'write {of_node.text}.{node.word}(x, x.product_id == "…")')
    if scope.element is not None:
        raise Wrong(node.at, f"{node.word} stands inside another exists or all; ask for one list at a time")
    of = compile_(of_node, scope)
    if of.kind not in (Kind.LIST, Kind.ANY):
        raise Wrong(node.at, f"{of.is_called()}, and {node.word} is asked of lists")
    word = arguments[0].word
    if word in scope.fields:
        raise Wrong(arguments[0].at, f"{word} means something else already; take another name for the element")
    scope.element = (word, of.type.of or ANY)
    test = truth(compile_(arguments[1], scope))
    scope.element = None
    return Term(node, TRUTH, _over(node, of, test), sure=True)


def _over(node: Node, of: Term, test: Test) -> Run:
    run_of, decides = of.run, node.word == "exists"

    def run(given: Given, element: Value) -> bool:
        held = run_of(given, element)
        if held is None:
            return False
        if kind_of(held) is not Kind.LIST:
            raise Fault(node.at, f"{of.node.text} is {a(kind_of(held))}, and {node.word} is asked of lists")
        if len(held) > LIST_MOST:
            raise Fault(node.at, f"{of.node.text} has more than {LIST_MOST} elements")
        fault = None
        for one in held:
            try:
                if test(given, plain(one)) is decides:
                    return decides
            except Fault as found:
                fault = fault or found
        if fault is not None:
            raise fault
        return not decides

    return run


def size(node: Node, of: Term) -> Term:
    """How many characters, elements or fields; null of null. Raises Wrong."""
    if of.kind not in (Kind.TEXT, Kind.LIST, Kind.MAP, Kind.ANY):
        raise Wrong(node.at, f"{of.is_called()}, and has no size")
    run_of = of.run

    def run(given: Given, element: Value) -> int | None:
        value = run_of(given, element)
        if value is None:
            return None
        if kind_of(value) not in (Kind.TEXT, Kind.LIST, Kind.MAP):
            raise Fault(node.at, f"{of.node.text} is {a(kind_of(value))}, and has no size")
        return len(value)

    return Term(node, Type(Kind.WHOLE), run)


def has(node: Node, of: Term) -> Term:
    """Whether there is a value: `has(x.y)` is `x.y != null`. Raises Wrong."""
    if of.node.what not in ("select", "index"):
        raise Wrong(node.at, "has asks for a field: write has(event.properties.plan)")
    run_of = of.run

    def run(given: Given, element: Value) -> bool:
        return run_of(given, element) is not None

    return Term(node, TRUTH, run, sure=True)
