"""What an order comes to, from what its records say of money; minor units."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from schemas.events.orders import OrderLine
from streams.person.money import minor_units


class SaysMoney(Protocol):
    """A record of an order, as far as it speaks of money: what its lines come to, the total it names, and how many
    lines it has."""

    @property
    def amount(self) -> int | None: ...
    @property
    def total(self) -> int | None: ...
    @property
    def lines(self) -> int: ...


def amount_of_lines(lines: Sequence[OrderLine], currency: str | None) -> int | None:
    """What the lines come to; None if there are none, or one of them has no price."""
    prices = [line.unit_price * line.quantity for line in lines if line.unit_price is not None]
    return minor_units(sum(prices, Decimal(0)), currency) if prices and len(prices) == len(lines) else None


def is_other(currency: str | None, known: str | None) -> bool:
    """Whether an amount in one currency says nothing beside one in the other. Where none is named, it is the same."""
    return currency is not None and known is not None and currency != known


def said_of(record: SaysMoney) -> int | None:
    """The amount of a record: its total, else what its lines come to."""
    return record.total if record.total is not None else record.amount


def amount_of(placed: Sequence[SaysMoney], told: int | None, updated: int | None) -> int | None:
    """What the order comes to: what was placed, unless an update replaces it. What other records say (paid, shipped)
    may be of a part of it: it counts where no other speaks."""
    if updated is not None:
        return updated
    amount = amount_placed(placed)
    return told if amount is None else amount


def amount_placed(placed: Sequence[SaysMoney]) -> int | None:
    """The total of the one record; of several, each with a line of the order, the sum of their lines, unless each of
    them repeats the total of the whole."""
    totals = {one.total for one in placed}
    if len(totals) == 1 and (len(placed) == 1 or any(one.total != one.amount for one in placed)):
        (total,) = totals
        if total is not None:
            return total
    parts = [one.amount if one.amount is not None else one.total for one in placed]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def given_back(refund: SaysMoney) -> int | None:
    """How much a refund gives back; None for all: it names neither an amount nor lines. Lines without prices give back
    what nobody can tell, so nothing."""
    said = said_of(refund)
    if said is not None:
        return abs(said)
    return 0 if refund.lines else None


def left_of(amount: int | None, back: Sequence[int | None]) -> tuple[int | None, bool]:
    """What is left of the amount after refunds of so much, None if it is not known; and whether anything is: None
    gives back all."""
    if any(part is None for part in back):
        return 0, False
    sum_back = sum(part for part in back if part is not None)
    if not sum_back or amount is None:
        return amount, True
    return max(0, amount - sum_back), sum_back < amount
