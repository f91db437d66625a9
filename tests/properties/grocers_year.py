"""Replenishment, win-back and lapse over a grocer's year: how many triggers the product finds, and how many the oracle.

`python -m tests.properties.grocers_year FILE` compares a whole file of the form that `tests/oracle/grocer.py` reads.
"""

import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from schemas.rules.rulebook import Rulebook
from tests.oracle.buying_again import BuyingWalk
from tests.oracle.grocer import orders_of
from tests.oracle.order_books import Waits
from tests.oracle.plain import Rules, Trigger
from tests.oracle.purchases import Buying
from tests.oracle.records import in_order
from tests.oracle.worlds import DAY, HOUR, Json
from tests.properties.buying import found
from tests.world import rule, rulebook

SETTINGS = Buying(
    factor=Fraction(3), least=30 * DAY, most=365 * DAY, default=90 * DAY, lead=3 * DAY, default_cycle=45 * DAY
)


class Year(NamedTuple):
    """What both say of the same orders."""

    product: list[Trigger]
    oracle: set[Trigger]
    ids: list[str]

    def table(self) -> dict[str, tuple[int, int, int]]:
        """By kind: how many the product has found, how many the oracle, and how many both."""
        counts = [Counter(one.kind.split()[0] for one in some) for some in (self.product, self.oracle, self.both())]
        return {kind: (counts[0][kind], counts[1][kind], counts[2][kind]) for kind in sorted({*counts[0], *counts[1]})}

    def both(self) -> set[Trigger]:
        """What both have found."""
        return set(self.product) & self.oracle


def book() -> Rulebook:
    """The three kinds as a grocer would have them."""
    return rulebook(
        rule("lapse", wait="60d"),
        rule("winback", wait={"gap_factor": 3, "min": "30d", "max": "365d", "default": "90d"}),
        rule("replenishment", lead="3d", default_cycle="45d"),
    )


def year(orders: list[Json]) -> Year:
    """Both over these orders, until nothing waits any more."""
    oracle = BuyingWalk(Rules(HOUR, lapse_ms=60 * DAY), Waits(HOUR), SETTINGS).over(in_order([], orders), True)
    triggers, ids = found(book(), [], orders)
    return Year(triggers, oracle, ids)


if __name__ == "__main__":
    orders = orders_of(Path(sys.argv[1]))
    print(f"{len({order['customer_id'] for order in orders})} households, {len(orders)} orders")
    for kind, (product, oracle, both) in year(orders).table().items():
        print(f"{kind}: product {product}, oracle {oracle}, the same {both}")
