"""What is kept of the open visits of one visitor: W makes it less, and limits do. What is cut is counted.

Up to `VISITS_FEW` visits each hold all that one may hold. More of them share it: else they and the person, who takes
two thirds of an unknown visitor's record, would be more than a record.
"""

from bisect import bisect_left
from typing import Final

from schemas.rules.rulebook import Rulebook
from streams.limits import Cut, how_many, too_many
from streams.visits.fresh_clicks import as_namings, as_places, time_of
from streams.visits.namings import NAMINGS_BYTES_MAX
from streams.visits.viewed_products import PRODUCTS_BYTES_MAX, PRODUCTS_FEW
from streams.visits.viewed_products import settle as settle_products
from streams.visits.visit_zones import ZONES_MAX, few_zones, settle_zones
from streams.visits.visitors import (
    CLICK_TIMES_MAX,
    FRESH_BYTES_MAX,
    TIES_BYTES_MAX,
    TIME_BYTES,
    Visit,
    Visitor,
    settle,
)

VISITS_FEW: Final = 4
"""Visits within the allowed lateness are one or two."""

HOT_CLICKS: Final = 500
"""More clicks of one visitor within the allowed lateness and a poll are a bot's, or of an id that many share."""

NAMINGS_FEW: Final = 7
"""So many never take more than that, whatever the two ids of each."""


UNLIMITED: Final = 1 << 60


def lengths(rulebook: Rulebook) -> tuple[int, int, int]:
    """The session gap, the longest visit and the retention of an unknown visitor, ms."""
    longest = UNLIMITED if rulebook.session_max is None else rulebook.session_max
    return rulebook.session_gap, longest, rulebook.retention


def settle_visits(visitor: Visitor, watermark: int, cut: Cut) -> bool:
    """Settle what W has passed of the visitor's open visits; whether one of them is hotter than a person's."""
    hot = False
    for visit in visitor.visits:
        hot = hot or len(visit.fresh) > HOT_CLICKS
        settle(visit, watermark, cut)
        if visit.namings:
            _settle_namings(visit, watermark, cut)
        settle_zones(visit, watermark)
        settle_products(visit.products, watermark)
        if len(visit.products) > PRODUCTS_FEW:
            _few_products(visit, VISITS_FEW, cut)
    if len(visitor.visits) > VISITS_FEW:
        for visit in visitor.visits:
            share(visit, len(visitor.visits), cut)
    return hot


def share(visit: Visit, visits: int, cut: Cut) -> None:
    """Leave the visit what one of so many may hold: of its latest clicks and namings, its first ties and times, and the
    products that were looked at last."""
    if gone := too_many(as_places(visit.fresh), FRESH_BYTES_MAX * VISITS_FEW // visits):
        cut("fresh", gone)
        del visit.fresh[:gone]
    if gone := too_many(as_namings(visit.namings), NAMINGS_BYTES_MAX * VISITS_FEW // visits):
        cut("namings", gone)
        del visit.namings[:gone]
    few_zones(visit, ZONES_MAX * VISITS_FEW // visits, cut)
    ties = how_many(visit.ties, TIES_BYTES_MAX * VISITS_FEW // visits)
    times = CLICK_TIMES_MAX * VISITS_FEW // visits * TIME_BYTES
    if gone := len(visit.ties) - ties:
        cut("ties", gone)
        visit.ties = visit.ties[:ties]
    if len(visit.clicks) > times:
        cut("click_times", (len(visit.clicks) - times) // TIME_BYTES)
        visit.clicks = visit.clicks[:times]
    _few_products(visit, visits, cut)


def _few_products(visit: Visit, visits: int, cut: Cut) -> None:
    products = list(visit.products.items())
    written = [(product, seen.at, seen.event_id) for product, seen in products]
    if gone := too_many(written, PRODUCTS_BYTES_MAX * VISITS_FEW // visits):
        cut("products", gone)
        visit.products = dict(products[gone:])


def _settle_namings(visit: Visit, watermark: int, cut: Cut) -> None:
    """Of those that W has passed only the last one matters: it may make the next one no news."""
    namings = visit.namings
    if len(namings) > 1 and namings[1].at < watermark:
        del namings[: bisect_left(namings, watermark, key=time_of) - 1]
    if len(namings) > NAMINGS_FEW and (gone := too_many(as_namings(namings), NAMINGS_BYTES_MAX)):
        del namings[:gone]
        cut("namings", gone)
