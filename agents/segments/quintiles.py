"""Where a fifth, two, three and four fifths of the customers lie."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.segments.customers import Customer

PERCENTS = (20, 40, 60, 80)
TOP_PERCENT = 95


class Spread(NamedTuple):
    """For each percentage, the least value that at least so many customers do not exceed: always one that somebody has.
    `top` is the same of 95 %."""

    quintiles: tuple[int, ...]
    top: int

    @property
    def low(self) -> int:
        """What a fifth does not exceed."""
        return self.quintiles[0]

    @property
    def lower(self) -> int:
        """What two fifths do not exceed."""
        return self.quintiles[1]

    @property
    def upper(self) -> int:
        """What three fifths do not exceed."""
        return self.quintiles[2]

    @property
    def high(self) -> int:
        """What four fifths do not exceed."""
        return self.quintiles[3]


class Spreads(NamedTuple):
    """The spreads of a shop; money in minor units of its currency, None where nobody has any. Those of the year are
    over who bought in it, since a year is the window of the conditions."""

    recency_days: Spread
    frequency: Spread
    money: Spread | None
    orders_in_year: Spread
    spend_in_year: Spread | None
    aov_in_year: Spread | None


def spread(values: Sequence[int]) -> Spread:
    """The spread of at least one value, in whatever order."""
    ranked = sorted(values)
    at = [ranked[-(-len(ranked) * percent // 100) - 1] for percent in (*PERCENTS, TOP_PERCENT)]
    return Spread(tuple(at[:-1]), at[-1])


def spreads_of(customers: Sequence[Customer]) -> Spreads:
    """The spreads of at least one customer."""
    year = [one for one in customers if one.orders_in_year] or customers
    return Spreads(
        recency_days=spread([one.recency_days for one in customers]),
        frequency=spread([one.orders for one in customers]),
        money=_of_known(one.spend for one in customers),
        orders_in_year=spread([one.orders_in_year for one in year]),
        spend_in_year=_of_known(one.spend_in_year for one in year),
        aov_in_year=_of_known(one.aov_in_year for one in year),
    )


def _of_known(values: Iterable[int | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return spread(known) if known else None
