"""A condition's text as a tree. The language is the library's (cel-python); the tree is our own, lean, with places.

The library's lexer needs exponential time for a string that is not closed, and recursion for brackets, so both are
looked at before it sees the text.
"""

import re
from typing import NamedTuple

from lark import Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from streams.triggers.conditions.grammar import parsed
from streams.triggers.conditions.kinds import Value
from streams.triggers.conditions.literals import literal
from streams.triggers.conditions.mistakes import Place, Wrong

LENGTH_MOST = 2_000
"""Characters of a condition: what a person can still review, and what bounds all that follows."""
NESTING_MOST = 30
"""Levels of brackets, and of operators: each costs a few frames of Python's stack."""

PIECES = re.compile(r"""//[^\n]*|\"{3}|'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|["'“”„‘’«»()\[\]{}]""")
HALF = re.compile(r"[\ud800-\udfff]")
HINTS = {
    "=": "write == to compare",
    "and": "write && for and",
    "or": "write || for or",
    "&": "write && for and",
    "|": "write || for or",
    "=>": "write >= for at least",
    "=<": "write <= for at most",
    "is": "write == to compare",
}
WORD = re.compile(r"\w+|=[<>]|\S")


class Node(NamedTuple):
    """One thing said: `what` is an operator, or `literal`, `name`, `select`, `index`, `call`, `list`, `choice`.

    `word` is the name of a name, a selection or a call; `at` its place, or the operator's. A call's first part is what
    it is called on, which is None for a function. `text` is how it was written.
    """

    what: str
    at: Place
    text: str
    parts: tuple["Node | None", ...] = ()
    word: str = ""
    value: Value = None


def tree_of(text: str) -> Node:
    """What the text says. Raises Wrong."""
    if len(text) > LENGTH_MOST:
        raise Wrong(Place(1, 1), f"it has {len(text)} characters; a condition has at most {LENGTH_MOST}")
    _look_over(text)
    try:
        return _Reader(text).node(parsed(text), 0)
    except UnexpectedInput as error:
        raise _cannot_be_read(text, error) from error


def place_in(text: str, position: int) -> Place:
    """The place of a character."""
    before = text[:position]
    return Place(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def _look_over(text: str) -> None:
    """Refuse what the library would choke on: strings that are not closed, too many brackets in one another."""
    half = HALF.search(text)
    if half is not None:
        raise Wrong(place_in(text, half.start()), "there is half a character here")
    depth = 0
    for piece in PIECES.finditer(text):
        said, at = piece[0], place_in(text, piece.start())
        if said in ('"', "'"):
            raise Wrong(at, f"the string that begins here is not closed in its line; close it with {said}")
        if said in ('"""', "'''"):
            raise Wrong(at, f"a string stands in one pair of quotes: write {said[0]}…{said[0]}")
        if said in "“”„‘’«»":
            raise Wrong(at, f'{said} is a typographic quote; write straight ones: "…"')
        if said in "([{":
            depth += 1
            if depth > NESTING_MOST:
                raise Wrong(at, f"more than {NESTING_MOST} brackets are open here; say it in fewer levels")
        elif said in ")]}":
            depth -= 1


def _cannot_be_read(text: str, error: UnexpectedInput) -> Wrong:
    if not text.strip():
        return Wrong(Place(1, 1), 'it is empty; write a condition, such as event.name == "quote"')
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return Wrong(place_in(text, len(text.rstrip())), "it ends too early; something has to follow")
    lines = text.split("\n")
    line = lines[min(error.line, len(lines)) - 1]
    found = WORD.match(line, error.column - 1)
    said = found[0] if found else line[error.column - 1 : error.column]
    mend = HINTS.get(said.lower(), "")
    if re.search(r"\bnot\s*$", line[: error.column - 1], re.IGNORECASE):
        mend = "write ! for not"
    elif said == ">" and line[: error.column - 1].endswith("<"):
        mend = "write != for unequal"
    return Wrong(Place(error.line, error.column), f"{said!r} cannot stand here" + (f"; {mend}" if mend else ""))


PASSED_OVER = frozenset(
    {"expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication", "unary", "member", "primary",
     "paren_expr"}
)  # fmt: skip
"""Rules of the grammar that say nothing where they have one part."""
CHAINS = {"conditionalor": "||", "conditionaland": "&&"}
OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}
UNARY = {"unary_not": "!", "unary_neg": "negative"}
NOT_SUPPORTED = {
    "map_lit": "maps are not written in conditions; compare their fields one by one",
    "member_object": "messages are not made in conditions",
    "dot_ident": "a name does not begin with a dot",
    "dot_ident_arg": "a name does not begin with a dot",
}
SHOWN_MOST = 40


class _Reader:
    """Turns the library's tree of one text into ours."""

    def __init__(self, text: str) -> None:
        self._text = text

    def node(self, tree: Tree[Token], depth: int) -> Node:
        while tree.data in PASSED_OVER and len(tree.children) == 1:
            tree = _branch(tree.children[0])
        if depth > NESTING_MOST:
            raise Wrong(self._place(tree), f"this is nested deeper than {NESTING_MOST} levels; say it in fewer")
        name, below = str(tree.data), depth + 1
        if name in NOT_SUPPORTED:
            raise Wrong(self._place(tree), NOT_SUPPORTED[name])
        if name in CHAINS:
            return self._chain(tree, below)
        if name == "expr":
            return self._made(tree, "choice", tuple(self.node(_branch(part), below) for part in tree.children))
        if name in ("relation", "addition", "multiplication"):
            return self._pair(tree, below)
        if name == "unary":
            operator, operand = map(_branch, tree.children)
            return self._made(tree, UNARY[str(operator.data)], (self.node(operand, below),))
        return self._leaf(tree, name, below)

    def _chain(self, tree: Tree[Token], below: int) -> Node:
        """`a && b && c` is one node, however long."""
        whole, name, parts = tree, tree.data, []
        while tree.data == name and len(tree.children) == 2:
            parts.append(self.node(_branch(tree.children[1]), below))
            tree = _branch(tree.children[0])
        parts.append(self.node(tree, below))
        return self._made(whole, CHAINS[str(name)], tuple(reversed(parts)))

    def _pair(self, tree: Tree[Token], below: int) -> Node:
        left, right = map(_branch, tree.children)
        operator = OPERATORS[str(left.data)]
        operands = self.node(_branch(left.children[0]), below), self.node(right, below)
        at = place_in(self._text, (left.meta.end_pos or 0) - len(operator))
        return Node(operator, at, self._written(tree), operands)

    def _leaf(self, tree: Tree[Token], name: str, below: int) -> Node:
        first = tree.children[0] if tree.children else None
        if name == "literal":
            assert isinstance(first, Token)
            return self._made(tree, "literal", (), literal(first, self._place(tree)))
        if name == "ident":
            return self._made(tree, "name", (), word=str(first))
        if name == "ident_arg":
            return self._made(tree, "call", (None, *self._list(tree.children[1:], below)), word=str(first))
        if name == "list_lit":
            return self._made(tree, "list", tuple(self._list(tree.children, below)))
        of = self.node(_branch(first), below)
        if name == "member_index":
            return self._made(tree, "index", (of, self.node(_branch(tree.children[1]), below)))
        word = tree.children[1]
        assert isinstance(word, Token)
        at = place_in(self._text, word.start_pos or 0)
        if name == "member_dot":
            return Node("select", at, self._written(tree), (of,), str(word))
        assert name == "member_dot_arg", name
        return Node("call", at, self._written(tree), (of, *self._list(tree.children[2:], below)), str(word))

    def _list(self, children: list[Tree[Token] | Token], below: int) -> list[Node]:
        return [self.node(_branch(part), below) for part in _branch(children[0]).children] if children else []

    def _made(
        self, tree: Tree[Token], what: str, parts: tuple[Node | None, ...], value: Value = None, word: str = ""
    ) -> Node:
        return Node(what, self._place(tree), self._written(tree), parts, word, value)

    def _place(self, tree: Tree[Token]) -> Place:
        return place_in(self._text, tree.meta.start_pos)

    def _written(self, tree: Tree[Token]) -> str:
        written = " ".join(self._text[tree.meta.start_pos : tree.meta.end_pos].split())
        return written if len(written) <= SHOWN_MOST else written[: SHOWN_MOST - 1] + "…"


def _branch(part: Tree[Token] | Token | None) -> Tree[Token]:
    assert isinstance(part, Tree), part
    return part
