"""Quantities in thousandths of a piece inside, as a JSON number outside: 2 is 2, three tenths of a kilogram are 0.3."""

from decimal import Decimal
from typing import Final

THOUSAND: Final = 1000


def thousandths(quantity: int | Decimal) -> int:
    """The quantity, which has at most three decimals, in thousandths."""
    return int(quantity * THOUSAND)


def number_of(quantity: int) -> int | float:
    """The number that so many thousandths are: an integer where they are whole pieces."""
    return quantity // THOUSAND if quantity % THOUSAND == 0 else quantity / THOUSAND
