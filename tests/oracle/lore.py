"""What products know, in batch, from the text of the lifecycle (section 3, replenishment and cross-sell; section 7).

What the page leaves open is read so: whoever buys hears what the catalogue said just before the purchase (an order
comes before a record of the same instant); the median is that of all gaps of all buyers up to the purchase, which
counts; from twenty on are persons who have bought the product again on another day; of one person the last twenty
purchases count; where nothing is known any more, what was known before still counts.
"""

import itertools
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

from tests.oracle.records import Json, Moment, millis

DAY = 86_400_000
BUYERS, PURCHASES = 20, 20


class Known(NamedTuple):
    """What a buyer has heard of a product."""

    at: int
    cycle: int | None
    gap: int | None
    substitutes: frozenset[str]
    category: str | None


class Lore:
    """All products: what the catalogue says of them, and who has bought them when."""

    def __init__(self, catalog: Iterable[Json]) -> None:
        self.catalog = sorted(catalog, key=lambda said: (millis(said["occurred_at"]), said["event_id"]))
        self.buyers: dict[str, dict[str, list[int]]] = {}
        self.gaps: dict[str, list[int]] = {}

    def buys(self, product: str, who: str, times: Iterable[int]) -> None:
        """All purchases of the person, of each day the last."""
        days = {time // DAY: time for time in sorted(times)}
        buyers, gaps = self.buyers.setdefault(product, {}), self.gaps.setdefault(product, [])
        for gap in gaps_of(buyers.pop(who, [])):
            del gaps[bisect_left(gaps, gap)]
        buyers[who] = [*days.values()][-PURCHASES:]
        for gap in gaps_of(buyers[who]):
            insort(gaps, gap)

    def known(self, product: str, at: Moment) -> Known | None:
        """What is known at a purchase."""
        said: Json = {}
        for record in self.catalog:
            if record["product_id"] == product and millis(record["occurred_at"]) < at.time:
                said |= record
        gaps = self.gaps.get(product, [])
        again = [times for times in self.buyers.get(product, {}).values() if len(times) > 1]
        middle = gaps[(len(gaps) - 1) // 2 : len(gaps) // 2 + 1]
        gap = sum(middle) // len(middle) if len(again) >= BUYERS else None
        cycle = said["cycle_days"] * DAY if said.get("cycle_days") else None
        known = Known(at.time, cycle, gap, frozenset(said.get("substitutes", ())), said.get("category"))
        return known if any(known[1:]) else None


def gaps_of(times: list[int]) -> list[int]:
    """Between one purchase and the next."""
    return [later - earlier for earlier, later in itertools.pairwise(times)]
