"""How fast a visitor is: more clicks or more changes of the cart within a minute than a person makes are a bot's.

A minute is (t − 60 s, t]: of two clicks exactly a minute apart only the later one is in it. What is counted is a
visit's clicks, each once, by their times: the result is the same in whatever order they arrive within the allowed
lateness. It is told again after a minute, for the case that somebody was let off meanwhile; how much sooner than that
one is suspected anew depends on the order of arrival.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from struct import unpack_from
from typing import Final

from schemas.facts.profile_facts import CartChanged, Fact
from schemas.facts.suspected import Suspected, Why
from streams.visits.visitors import TIME_BYTES, Visit, pack_times, unpack_times

MINUTE_MS: Final = 60_000

CLICKS_A_MINUTE: Final = 120
"""Two a second for a whole minute: more than anybody reads."""

CARTS_A_MINUTE: Final = 30
"""A change every other second. Feeds that tell the whole cart with each page are below that."""

CARTS_KEPT: Final = 200
"""Of more changes within a minute and the allowed lateness the latest are counted: since when a visitor is suspected is
exact up to so many."""

CALM: Final = CLICKS_A_MINUTE * TIME_BYTES
"""The bytes of as many times of clicks: a visit that has no more cannot be too fast."""

_FEW_CARTS: Final = CARTS_A_MINUTE * TIME_BYTES


def hurried(visit: Visit, visitor: str) -> Suspected | None:
    """Whether the visit's last click, which came in order, is one too many within a minute. To be asked of a visit that
    has more clicks than a minute may have."""
    since = _nth_last(visit, CLICKS_A_MINUTE + 1)
    if visit.end - since >= MINUTE_MS:
        return None
    return _suspected(visit, visitor, visit.end, since, "clicks_in_a_minute", CLICKS_A_MINUTE + 1)


def hurried_at(visit: Visit | None, visitor: str, at: int) -> Iterator[Suspected]:
    """The same for a click that came between others, or joined visits. One of a visit that is closed says nothing."""
    if visit is None or len(visit.clicks) + len(visit.fresh) * TIME_BYTES <= CALM:
        return
    times = sorted((*unpack_times(visit.clicks + visit.beyond), *(click.at for click in visit.fresh)))
    found = _first_burst(times, CLICKS_A_MINUTE, at)
    if found and (suspicion := _suspected(visit, visitor, *found, "clicks_in_a_minute", CLICKS_A_MINUTE + 1)):
        yield suspicion


def cart_changed(visit: Visit, fact: Fact, watermark: int) -> Suspected | None:
    """Whether the change of the cart makes too many within a minute."""
    assert isinstance(fact, CartChanged)
    visit.carts += pack_times([fact.at])
    if len(visit.carts) <= _FEW_CARTS:
        return None
    times = sorted(unpack_times(visit.carts))
    times = times[bisect_left(times, watermark - MINUTE_MS) :][-CARTS_KEPT:]
    visit.carts = pack_times(times)
    found = _first_burst(times, CARTS_A_MINUTE, fact.at)
    return found and _suspected(visit, fact.visitor, *found, "carts_in_a_minute", CARTS_A_MINUTE + 1)


def _nth_last(visit: Visit, number: int) -> int:
    """The time of the visit's last click but so many, the last one included."""
    fresh = visit.fresh
    if len(fresh) >= number:
        return fresh[-number].at
    left = (number - len(fresh)) * TIME_BYTES
    beyond, clicks = visit.beyond, visit.clicks
    if len(beyond) >= left:
        return _time_at(beyond, len(beyond) - left)
    return _time_at(clicks, len(clicks) - (left - len(beyond)))


def _time_at(packed: bytes, place: int) -> int:
    at: int = unpack_from("<q", packed, place)[0]
    return at


def _first_burst(times: Sequence[int], most: int, at: int) -> tuple[int, int] | None:
    """The first of the times, not before `at`, that is one too many within a minute, and the first of that minute's
    last ones. `times` are in order."""
    for index in range(max(most, bisect_left(times, at)), len(times)):
        if times[index - most] > at:
            break
        if times[index] - times[index - most] < MINUTE_MS:
            return times[index], times[index - most]
    return None


def _suspected(visit: Visit, visitor: str, at: int, since: int, why: Why, number: int) -> Suspected | None:
    told = visit.suspected_at
    if told and told <= at < told + MINUTE_MS:
        return None
    visit.suspected_at = at
    return Suspected(at, visit.first_id, visitor, why, number, since)
