"""Which clicks of a visit name a customer, and which of them are news.

A click that names a customer tells a link unless the last click before it in its visit that names one names the same
(semantics: part 2, Whose), in the order of events and not of arrival. So a click that comes between others may be news,
make news of the one behind it, or take that away: then what was told of it is taken back.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from streams.limits import Cut, too_many
from streams.visitors import Naming, Visit, Visitor, settle

HOT_CLICKS = 500
"""More clicks of one visitor within the allowed lateness and a poll are a bot's, or of an id that many share."""

NAMINGS_MAX = 200
"""How many namings a click out of order is compared with: more within the allowed lateness are no person's."""

NAMINGS_BYTES_MAX = 16 * 1024
"""What a visit keeps of them, some 150 of ordinary ids. The oldest go first, as if W had passed them: a click out of
order that names somebody else before them changes nothing that was told of them."""

NAMINGS_FEW = 7
"""So many never take more than that, whatever the two ids of each."""


def name(visit: Visit, at: int, event_id: str, customer: str) -> None:
    """The click names that customer; nothing is told yet."""
    namings = visit.namings
    if len(namings) > NAMINGS_MAX:
        del namings[:-NAMINGS_MAX]
    insort(namings, (at, event_id, customer, False))


def renamed(visit: Visit, click_id: str) -> Iterator[Naming]:
    """The namings that the click of that id has made news, and are told from now on, and those that were told and are
    news no more. What came before the first one is not known any more: it stays as it is, unless it is the click."""
    before = None
    for index, (at, event_id, customer, told) in enumerate(visit.namings):
        news = customer != before if index else told or event_id == click_id
        if news is not told:
            changed = visit.namings[index] = (at, event_id, customer, news)
            yield changed
        before = customer


def settle_visits(visitor: Visitor, watermark: int, cut: Cut) -> bool:
    """Settle what W has passed of the visitor's open visits; whether one of them is hotter than a person's."""
    hot = False
    for visit in visitor.visits:
        hot = hot or len(visit.fresh) > HOT_CLICKS
        settle(visit, watermark, cut)
        if visit.namings:
            _settle_namings(visit, watermark, cut)
    return hot


def _settle_namings(visit: Visit, watermark: int, cut: Cut) -> None:
    """Of those that W has passed only the last one matters: it may make the next one no news."""
    namings = visit.namings
    if len(namings) > 1 and namings[1][0] < watermark:
        del namings[: bisect_left(namings, (watermark,)) - 1]
    if len(namings) > NAMINGS_FEW and (gone := too_many(namings, NAMINGS_BYTES_MAX)):
        del namings[:gone]
        cut("namings", gone)
