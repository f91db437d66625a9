"""The session fold is commutative: within the allowed lateness any order of arrival gives the same facts."""

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts import SessionClosed, SessionOpened
from streams.visitors import CLICK_TIMES_MAX, PRODUCTS_MAX, Visitor, advance, next_due, viewed, visit_of

GAP = 10


class Seen(NamedTuple):
    """A click on one product."""

    at: int
    event_id: str


def facts(clicks: Iterable[Seen], longest: int | None = None) -> list[SessionOpened | SessionClosed]:
    """All facts of a visitor whose clicks arrive in this order before W has passed any."""
    visitor = Visitor()
    for click in clicks:
        visit = visit_of(visitor, click.at, click.event_id, GAP, longest, 0)
        assert visit is not None
        viewed(visit, None)
    return list(advance("phone", visitor, GAP, 10**9))


@settings(max_examples=300)
@given(st.data())
def test_any_order_of_arrival_gives_the_same_facts(data: st.DataObject) -> None:
    """Also with many clicks at one time, and pauses of exactly the gap."""
    times = data.draw(st.lists(st.integers(0, 12).map(lambda step: step * 5), min_size=1, max_size=8))
    clicks = [Seen(at, f"e{number}") for number, at in enumerate(times)]
    shuffled = data.draw(st.permutations(clicks))
    assert facts(shuffled) == facts(sorted(clicks))


@settings(max_examples=200)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=12, unique=True))
def test_sessions_are_the_clicks_split_at_pauses_longer_than_the_gap(times: list[int]) -> None:
    """Computed the simple way: sort and cut."""
    expected: list[list[int]] = []
    for at in sorted(times):
        if expected and at - expected[-1][-1] <= GAP:
            expected[-1].append(at)
        else:
            expected.append([at])
    closed = [fact for fact in facts(Seen(at, f"e{at}") for at in times) if isinstance(fact, SessionClosed)]
    assert [(fact.start, fact.end, fact.views) for fact in closed] == [(s[0], s[-1], len(s)) for s in expected]
    assert [[fact.start + offset for offset in fact.clicks] for fact in closed] == expected


def test_a_visit_is_announced_once_w_has_passed_its_start() -> None:
    """Not at its start: an earlier click could still come."""
    visitor = Visitor()
    visit_of(visitor, 100, "e1", GAP, None, 0)
    assert list(advance("phone", visitor, GAP, 100)) == []
    assert list(advance("phone", visitor, GAP, 101)) == [SessionOpened(100, "e1", "phone")]
    assert list(advance("phone", visitor, GAP, 102)) == []


@pytest.mark.parametrize(("watermark", "is_closed"), [(109, False), (110, False), (111, True)])
def test_a_visit_is_closed_once_w_has_passed_its_end_and_gap(watermark: int, is_closed: bool) -> None:
    """At exactly end + gap a click could still extend it."""
    visitor = Visitor()
    visit_of(visitor, 100, "e1", GAP, None, 0)
    list(advance("phone", visitor, GAP, 105))
    facts_ = list(advance("phone", visitor, GAP, watermark))
    assert [fact.at for fact in facts_] == ([110] if is_closed else [])
    assert bool(visitor.visits) is not is_closed


def test_a_closed_visit_is_not_reopened() -> None:
    """Up to its end + gap a click belongs to what was judged; a later one begins a new visit."""
    visitor = Visitor()
    visit_of(visitor, 100, "e1", GAP, None, 0)
    list(advance("phone", visitor, GAP, 111))
    assert visit_of(visitor, 110, "e2", GAP, None, 111) is None
    assert visit_of(visitor, 111, "e3", GAP, None, 111) is not None


def test_a_late_click_of_no_known_visit_makes_none() -> None:
    """Its visit would have been closed long ago."""
    assert visit_of(Visitor(), 100, "e1", GAP, None, 111) is None
    assert visit_of(Visitor(), 101, "e1", GAP, None, 111) is not None


@pytest.mark.parametrize(("at", "visits"), [(30, 1), (31, 2)], ids=["exactly_at", "after"])
def test_a_visit_is_cut_at_its_longest(at: int, visits: int) -> None:
    """A click later than start + longest begins a new one."""
    clicks = [Seen(step, f"e{step}") for step in (0, 10, 20, 25, at)]
    closed = [fact for fact in facts(clicks, longest=30) if isinstance(fact, SessionClosed)]
    assert len(closed) == visits


def test_what_is_kept_of_a_visit_is_capped() -> None:
    """A bot's visit does not grow without bound; its counts are true all the same."""
    visitor = Visitor()
    for number in range(CLICK_TIMES_MAX + 50):
        visit = visit_of(visitor, number, f"e{number:04}", GAP, None, 0)
        assert visit is not None
        viewed(visit, f"p{number}")
    (_, closed) = advance("phone", visitor, GAP, 10**6)
    assert isinstance(closed, SessionClosed)
    assert (len(closed.clicks), len(closed.products)) == (CLICK_TIMES_MAX, PRODUCTS_MAX)
    assert (closed.views, closed.end) == (CLICK_TIMES_MAX + 50, CLICK_TIMES_MAX + 49)


def test_a_visitor_wants_to_be_woken_for_a_start_an_end_or_the_expiry() -> None:
    """In this order."""
    visitor = Visitor(last_at=100)
    visit_of(visitor, 100, "e1", GAP, None, 0)
    assert next_due(visitor, GAP, 1_000) == 100
    list(advance("phone", visitor, GAP, 101))
    assert next_due(visitor, GAP, 1_000) == 110
    list(advance("phone", visitor, GAP, 111))
    assert next_due(visitor, GAP, 1_000) == 1_100
