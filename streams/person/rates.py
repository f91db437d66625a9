"""What money of other currencies is worth in the shop's own: a table of rates by day, as the settings have it.

A rate counts from its day on, from midnight UTC, that instant included, until the next one of its currency. What is of
before the first is unknown, and so is what the table does not name. The table says to which currency its rates lead: a
rulebook in another has none.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from streams.person.money import decimal_of, minor_units

Dated = tuple[tuple[int, ...], tuple[Decimal, ...]]
"""From when on, ms, ascending, and the rate from then on: so much of the shop's currency is one of the other."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates into the currency `to`, by the other currency."""

    to: str | None = None
    dated: Mapping[str, Dated] = field(default_factory=dict)

    def at(self, currency: str, time: int) -> Decimal | None:
        """The rate of that currency in force at `time`, ms; None if there is none."""
        known = self.dated.get(currency)
        if known is None:
            return None
        since, rates = known
        place = bisect_right(since, time)
        return rates[place - 1] if place else None

    def changed(self, units: int, of: str | None, into: str | None, time: int) -> int | None:
        """So many minor units of one currency in those of another, at the rate of `time`, rounded half to even; None
        if nobody knows. What is in that currency is what it is, at any time."""
        if of == into:
            return units
        if of is None or into is None or into != self.to:
            return None
        rate = self.at(of, time)
        return None if rate is None else minor_units(decimal_of(units, of) * rate, into)


NO_RATES = Rates()
"""Money in other currencies is unknown."""
