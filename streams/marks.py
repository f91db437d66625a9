"""When a visitor was seen as which customer, and which of those sightings somebody has to hear of.

A sighting is news if the one before it, in the order of events, named somebody else. Sightings may arrive out of
order, so those that W has not passed are all kept: one that was no news becomes news when another name slips in
before it.
"""

from bisect import bisect_left
from collections.abc import Iterator

from streams.visitors import Visitor


def sighted(visitor: Visitor, at: int, event_id: str, customer: str, watermark: int) -> Iterator[tuple[int, str, str]]:
    """Remember the sighting; yields the marks (time, event id, customer) that are news."""
    mark = (at, event_id, customer)
    marks = visitor.marks
    place = bisect_left(marks, mark)
    before = marks[place - 1][2] if place else None
    after = marks[place] if place < len(marks) else None
    marks.insert(place, mark)
    if before != customer:
        yield mark
        if after is not None and after[2] == before:
            yield after
    _settle(marks, watermark)


def _settle(marks: list[tuple[int, str, str]], watermark: int) -> None:
    """Of the marks that W has passed keep the last: nothing can slip in before it but what is late."""
    settled = bisect_left(marks, (watermark,))
    if settled > 1:
        del marks[: settled - 1]
