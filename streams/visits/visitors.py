"""The session fold: one visitor's clicks, merged into visits, in whatever order they arrive.

A pause longer than the gap begins a new visit; a pause of exactly the gap does not. A visit is announced once W has
passed its start, and closed once W has passed its end + gap: then no click can change it any more, so nothing that was
said has to be taken back, and no journal is needed. A click later than that never reopens a closed visit.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from struct import Struct, unpack
from typing import Final

from msgspec.structs import replace
from mypy_extensions import mypyc_attr

from schemas.facts.profile_facts import Fact, SessionClosed, SessionOpened
from schemas.state.profile import Profile
from schemas.state.shelves import Zone
from streams.limits import ID_BYTES_MAX, Cut, how_many, too_many, uncounted
from streams.visits.fresh_clicks import FreshClick, as_places, place_of, time_of
from streams.visits.viewed_products import Products, both

CLICK_TIMES_MAX: Final = 500
TIME_BYTES: Final = 8
NEVER: Final = -1
"""A time that no click has."""

BEYOND_MAX: Final = 120
"""Times of clicks beyond these, the latest: a minute of somebody who is as fast as a person may be."""

VISITS_MAX: Final = 24
"""How many open visits a visitor has: the clicks of (W - gap, now], cut by the gap, are one or two, and more where
clicks may be late by hours, or a backlog is read in one go. Beyond that the oldest is closed, as if W had passed it."""

FRESH_BYTES_MAX: Final = 12 * 1024
"""What a visit keeps of the clicks that W has not passed, with their ids, 200 of ordinary ids. The oldest go first, as
if W had passed them."""

TIES_BYTES_MAX: Final = 4 * 1024
"""What a visit keeps of the clicks of one instant, with their ids. The first ones stay. Beyond that it is not known
which of them came before a link of the same millisecond: only whose the visitor's last sign of life was hangs on it."""

FRESH_FEW, TIES_FEW = FRESH_BYTES_MAX // ID_BYTES_MAX, TIES_BYTES_MAX // ID_BYTES_MAX


@mypyc_attr(acyclic=True)
@dataclass(slots=True)
class Visit:
    """A session that is not closed yet: `first_id` and `last_id` are its outermost clicks by (time, event id).

    `fresh` are the clicks that W has not passed, with their ids, in order; the others are `clicks`, by their packed
    times alone, but for the `ties`: those of one instant with their ids. `namings` are the clicks that name a customer,
    in order: all that W has not passed, and the last one that it has; `zones` are those that say their time zone, if a
    rule asks for it. `beyond` are the times of the last clicks where there are more than `clicks` may hold, `carts`
    those of the last changes of the cart, and `suspected_at` when the visitor was last found to be faster than a person
    is (`streams.visits.pace`); 0 for never.
    """

    start: int
    end: int
    first_id: str
    last_id: str
    fresh: list[FreshClick]
    clicks: bytes = b""
    ties: tuple[tuple[int, str], ...] = ()
    views: int = 0
    added: int = 0
    products: Products = field(default_factory=dict)
    announced: bool = False
    namings: list[FreshClick] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    searches: int = 0
    beyond: bytes = b""
    carts: bytes = b""
    suspected_at: int = 0


@mypyc_attr(acyclic=True)
@dataclass(slots=True)
class Visitor:
    """The state record of one visitor. `seen` and `older` are two generations of event-id hashes, 8 bytes each;
    `closed_end` is the end of the last closed visit. `profile` is whose the visitor is since when and, until somebody
    knows, the person: as bytes for as long as nobody has asked for it, None while there is nothing to say. Of clicks up
    to the time `forgotten`, ms, nobody is to know what was looked at, whenever they come; 0 for none."""

    visits: tuple[Visit, ...] = ()
    seen: bytes = b""
    older: bytes = b""
    seen_since: int = 0
    last_at: int = 0
    closed_end: int | None = None
    profile: Profile | bytes | None = None
    forgotten: int = 0
    turn: int = field(default=0, compare=False)
    """In which turn of the stage the visitor was last touched: what has changed since the last commit. Not kept."""


def insert(visitor: Visitor, at: int, event_id: str, gap: int, longest: int, watermark: int) -> Visit | None:
    """The visit of a click that does not simply extend the last one: made, or merged; None if that visit is closed.

    `longest` cuts a visit: a click later than start + longest begins a new one (clicks that are out of order around
    the cut may fall on either side).
    """
    touching, visits = list[Visit](), list[Visit]()
    for visit in visitor.visits:
        touches = visit.start - gap <= at <= visit.end + gap and at <= visit.start + longest
        (touching if touches else visits).append(visit)
    # What W has not passed is no part of a visit that is closed, even if that was so by a shorter gap than today's.
    reopens = visitor.closed_end is not None and at < watermark and at <= visitor.closed_end + gap
    if not touching and (reopens or at + gap < watermark):
        return None
    merged = Visit(at, at, event_id, event_id, [FreshClick(at, event_id)])
    for visit in touching:
        merged = _merge(merged, visit)
    insort(visits, merged, key=lambda visit: visit.start)
    visitor.visits = tuple(visits)
    return merged


def _merge(one: Visit, other: Visit) -> Visit:
    """Two touching visits as one; the same whichever comes first. `one` is small as a rule: a click."""
    first, last = min(one, other, key=_opening), max(one, other, key=_ending)
    fresh = other.fresh
    for click in one.fresh:
        insort(fresh, click, key=place_of)
    clicks = one.clicks + other.clicks
    beyond = one.beyond + other.beyond
    if one.clicks and other.clicks:
        times = sorted(unpack_times(clicks + beyond))
        clicks = pack_times(times[:CLICK_TIMES_MAX])
        beyond = pack_times(times[CLICK_TIMES_MAX:][-BEYOND_MAX:])
    return Visit(
        start=first.start,
        end=last.end,
        first_id=first.first_id,
        last_id=last.last_id,
        fresh=fresh,
        clicks=clicks,
        ties=tuple(sorted(one.ties + other.ties)) if one.ties else other.ties,
        views=one.views + other.views,
        added=one.added + other.added,
        products=both(one.products, other.products),
        # A start that has moved is announced again: the profile keeps the earlier one.
        announced=first.announced,
        namings=sorted(one.namings + other.namings, key=place_of) if one.namings else other.namings,
        zones=sorted(one.zones + other.zones),
        searches=one.searches + other.searches,
        beyond=beyond,
        carts=one.carts + other.carts,
        suspected_at=max(one.suspected_at, other.suspected_at),
    )


def _opening(visit: Visit) -> tuple[int, str]:
    return visit.start, visit.first_id


def _ending(visit: Visit) -> tuple[int, str]:
    return visit.end, visit.last_id


def settle(visit: Visit, watermark: int, cut: Cut = uncounted) -> None:
    """Of the clicks that W has passed keep the times, and of those of one instant the ids too; `cut` hears of what is
    more than may be kept."""
    fresh = visit.fresh
    if not fresh:
        return
    if fresh[-1].at < watermark:
        passed, visit.fresh = fresh, []
    else:
        count = bisect_left(fresh, watermark, key=time_of)
        if len(fresh) - count > FRESH_FEW:
            more = too_many(as_places(fresh), FRESH_BYTES_MAX)
            if more > count:
                cut("fresh", more - count)
                count = more
        passed, visit.fresh = fresh[:count], fresh[count:]
    times, last, tied = [], NEVER, False
    for click in passed:
        at = click.at
        if at == last:
            tied = True
        times.append(at)
        last = at
    if tied:
        visit.ties += tuple(
            [place_of(click) for one, other in pairwise(passed) if one.at == other.at for click in (one, other)]
        )
        if len(visit.ties) > TIES_FEW and (kept := how_many(visit.ties, TIES_BYTES_MAX)) < len(visit.ties):
            cut("ties", len(visit.ties) - kept)
            visit.ties = visit.ties[:kept]
    clicks = visit.clicks
    if len(clicks) + len(times) * TIME_BYTES > CLICK_TIMES_MAX * TIME_BYTES:
        cut("click_times", len(clicks) // TIME_BYTES + len(times) - CLICK_TIMES_MAX)
        fit = CLICK_TIMES_MAX - len(clicks) // TIME_BYTES
        visit.beyond = (visit.beyond + pack_times(times[fit:]))[-BEYOND_MAX * TIME_BYTES :]
        del times[fit:]
    visit.clicks = clicks + pack_times(times)


@cache
def _packer(count: int) -> Callable[..., bytes]:
    return Struct(f"<{count}q").pack


def pack_times(times: Sequence[int]) -> bytes:
    """The times, ms, one behind the other: a fourth of the memory that they take in a list."""
    return _packer(len(times))(*times)


def unpack_times(packed: bytes) -> tuple[int, ...]:
    """The times, ms."""
    return unpack(f"<{len(packed) // TIME_BYTES}q", packed)


def forget(visitor: Visitor, until: int, concerns: Callable[[Visit], bool]) -> None:
    """What was looked at up to that time, ms, is nobody's business any more: in the visits that it concerns, and in
    what is still to come. They go on: when they are over is no secret."""
    visitor.forgotten = max(visitor.forgotten, until)
    for visit in filter(concerns, visitor.visits):
        visit.views = visit.added = visit.searches = 0
        visit.products = {}
        visit.zones = []


def advance(
    visitor_id: str, visitor: Visitor, gap: int, watermark: int, cut: Cut = uncounted
) -> Iterator[SessionOpened | SessionClosed]:
    """Announce and close what W has passed, oldest first."""
    for visit in visitor.visits:
        if not visit.announced and visit.start < watermark:
            visit.announced = True
            yield SessionOpened(visit.start, visit.first_id, visitor_id)
        if visit.end + gap < watermark:
            yield _close(visitor_id, visitor, visit, gap, cut)


def close_oldest(
    visitor_id: str, visitor: Visitor, gap: int, at_hand: Visit | None, cut: Cut
) -> Iterator[SessionOpened | SessionClosed]:
    """Announce and close the oldest open visit, but for the one at hand: there are more than may be open."""
    visit = next(visit for visit in visitor.visits if visit is not at_hand)
    cut("visits", 1)
    if not visit.announced:
        yield SessionOpened(visit.start, visit.first_id, visitor_id)
    yield _close(visitor_id, visitor, visit, gap, cut)


def _close(visitor_id: str, visitor: Visitor, visit: Visit, gap: int, cut: Cut) -> SessionClosed:
    visitor.visits = tuple([other for other in visitor.visits if other is not visit])
    settle(visit, visit.end + 1, cut)
    visitor.closed_end = visit.end if visitor.closed_end is None else max(visitor.closed_end, visit.end)
    return closed(visitor_id, visit, gap)


def closed(visitor_id: str, visit: Visit, gap: int) -> SessionClosed:
    """The summary of a visit that is over."""
    return SessionClosed(
        at=visit.end + gap,
        event_id=visit.last_id,
        visitor=visitor_id,
        start=visit.start,
        end=visit.end,
        views=visit.views,
        added=visit.added,
        products=tuple(visit.products),
        clicks=tuple(at - visit.start for at in sorted(unpack_times(visit.clicks))),
        ties=tuple((at - visit.start, event_id) for at, event_id in visit.ties),
        searches=visit.searches,
    )


def not_before(fact: Fact, time: int) -> Fact:
    """The fact that a visit is over, at `time` if it is earlier."""
    return replace(fact, at=time) if isinstance(fact, SessionClosed) and fact.at < time else fact


def next_due(visitor: Visitor, gap: int) -> int | None:
    """When the visitor's visits want to be woken: one to announce or to close; None if no visit is open."""
    if not visitor.visits:
        return None
    return min(visit.end + gap if visit.announced else visit.start for visit in visitor.visits)
