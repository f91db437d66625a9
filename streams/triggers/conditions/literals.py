"""The literals of a condition: what is written, as a value. Numbers with a point are decimals, exact as written."""

import re
from decimal import Decimal

from lark import Token

from streams.triggers.conditions.mistakes import Place, Wrong

WHOLE_MOST = 2**63 - 1
"""Whole numbers are those of 64 bits, as CEL says."""
DIGITS_MOST = 40
"""Characters of a number with a point: more than any amount has."""
EXPONENT_MOST = 300

ESCAPE = re.compile(r"\\(?:([abfnrtv\\?\"'`])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|.)")
PLAIN = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def literal(token: Token, at: Place) -> object:
    """The value: str, int, Decimal, bool or None. Raises Wrong."""
    if token.type in ("INT_LIT", "UINT_LIT"):
        return _whole(token.rstrip("uU"), at)
    if token.type == "FLOAT_LIT":
        return _decimal(str(token), at)
    if token.type == "BOOL_LIT":
        return token.value == "true"
    if token.type == "NULL_LIT":
        return None
    if token.type == "BYTES_LIT":
        raise Wrong(at, "bytes are not used in conditions; write a string without b before it")
    return _string(str(token), at)


def _whole(text: str, at: Place) -> int:
    number = int(text, 16 if "x" in text else 10)
    if not -WHOLE_MOST - 1 <= number <= WHOLE_MOST:
        raise Wrong(at, "this whole number is too large; it has to fit into 64 bits")
    return number


def _decimal(text: str, at: Place) -> Decimal:
    number = Decimal(text) if len(text) <= DIGITS_MOST else None
    if number is None or abs(number.adjusted()) > EXPONENT_MOST:
        raise Wrong(at, f"this number is too long or too large; write at most {DIGITS_MOST} characters")
    return number


def _string(text: str, at: Place) -> str:
    raw = text[0] in "rR"
    body = text[2:-1] if raw else text[1:-1]

    def meant(escape: re.Match[str]) -> str:
        plain, *codes, octal = escape.groups()
        if plain is not None:
            return PLAIN.get(plain, plain)
        code = int(octal, 8) if octal is not None else next((int(digits, 16) for digits in codes if digits), None)
        if code is None or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise Wrong(at, f"{escape[0]} in a string says no character; write \\\\ for a backslash")
        return chr(code)

    return body if raw else ESCAPE.sub(meant, body)
