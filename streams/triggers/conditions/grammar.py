"""The library's grammar of CEL, set up so that every token tells its place.

Left interpreted by `deploy/compiled_core.py`: a compiled class cannot derive from the library's.
"""

from functools import cache

from celpy.celparser import CELParser
from lark import Lark, Token, Tree


class _Placed(CELParser):
    """The library's parser, which makes `true` and `false` literals and forgets where they stand; this one does not."""

    @staticmethod
    def ambiguous_literals(t: Token) -> Token:
        return Token.new_borrow_pos("BOOL_LIT", t.value, t) if t.value in ("true", "false") else t


@cache
def _grammar() -> Lark:
    others = CELParser.CEL_PARSER  # one for the whole process: whoever else uses the library keeps its own
    CELParser.CEL_PARSER = None
    _Placed()
    grammar: Lark | None = CELParser.CEL_PARSER
    CELParser.CEL_PARSER = others
    assert grammar is not None
    return grammar


def parsed(text: str) -> Tree[Token]:
    """The tree of a text. Raises lark's UnexpectedInput."""
    return _grammar().parse(text)
