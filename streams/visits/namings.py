"""Which clicks of a visit name a customer, and which of them are news.

A click that names a customer tells a link unless the last click before it in its visit that names one names the same
(semantics: part 2, Whose), in the order of events and not of arrival. So a click that comes between others may be news,
make news of the one behind it, or take that away: then what was told of it is taken back.
"""

from bisect import insort
from collections.abc import Iterator

from streams.intake.owners import is_nobody
from streams.visits.fresh_clicks import FreshClick, place_of
from streams.visits.visitors import Visit, Visitor

NAMINGS_MAX = 200
"""How many namings a click out of order is compared with: more within the allowed lateness are no person's."""

NAMINGS_BYTES_MAX = 12 * 1024
"""What a visit keeps of them, some 100 of ordinary ids. The oldest go first, as if W had passed them: a click out of
order that names somebody else before them changes nothing that was told of them."""


def names_nobody(visitor: Visitor | None, customer: str, nobodies: frozenset[str]) -> bool:
    """Whether the name of the customer stands for nobody. That which the open visit named last does not: it was looked
    at then."""
    if visitor is not None and visitor.visits:
        namings = visitor.visits[-1].namings
        if namings and namings[-1].customer == customer:
            return False
    return is_nobody(customer, nobodies)


def name(visit: Visit, at: int, event_id: str, customer: str) -> None:
    """The click names that customer; nothing is told yet."""
    namings = visit.namings
    if len(namings) > NAMINGS_MAX:
        del namings[:-NAMINGS_MAX]
    insort(namings, FreshClick(at, event_id, customer), key=place_of)


def renamed(visit: Visit, click_id: str) -> Iterator[FreshClick]:
    """The namings that the click of that id has made news, and are told from now on, and those that were told and are
    news no more. What came before the first one is not known any more: it stays as it is, unless it is the click."""
    before = None
    for index, naming in enumerate(visit.namings):
        news = naming.customer != before if index else naming.is_link or naming.event_id == click_id
        if news is not naming.is_link:
            naming.is_link = news
            yield naming
        before = naming.customer
