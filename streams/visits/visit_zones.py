"""In which time zone the clicks of a visit were made, and of which of them that is news.

A click tells its zone unless the last click before it in its visit that has one has the same, in the order of events
and not of arrival: so one that comes between others may make news of the one behind it. What was news and is none any
more stays true, and is not taken back.
"""

from bisect import bisect_left

from schemas.state.shelves import Zone
from streams.limits import Cut
from streams.visits.visitors import Visit

ZONES_MAX = 8
"""Clicks with a zone that a click out of order is compared with. The oldest go first, as if W had passed them: what
comes before them then tells its zone once more."""


def note_zone(visit: Visit, at: int, event_id: str, zone: str) -> list[Zone]:
    """The click was made in that zone; what is news by that."""
    zones, own = visit.zones, (at, event_id, zone)
    index = bisect_left(zones, own)
    before = zones[index - 1][2] if index else ""
    news = []
    if zone != before:
        behind = zones[index : index + 1]
        news = [own, *(click for click in behind if click[2] == before)]
    zones.insert(index, own)
    if len(zones) > ZONES_MAX:
        del zones[:-ZONES_MAX]
    return news


def settle_zones(visit: Visit, watermark: int) -> None:
    """Of those that W has passed only the last one matters."""
    zones = visit.zones
    if len(zones) > 1 and zones[1][0] < watermark:
        del zones[: bisect_left(zones, (watermark,)) - 1]


def few_zones(visit: Visit, most: int, cut: Cut) -> None:
    """Leave the visit the latest of them."""
    if gone := max(0, len(visit.zones) - most):
        cut("zones", gone)
        del visit.zones[:gone]
