"""The session fold: commutative within the allowed lateness, closed once and for all by W."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts import Fact, SessionClosed, SessionOpened
from schemas.topics import Topic
from schemas.wire import read_fact
from streams.marks import UNMARKED_MAX, decode_mark
from streams.session_stage import SessionStage
from streams.stage import Batch
from streams.visitors import CLICK_TIMES_MAX, PRODUCTS_MAX
from streams.watermarks import WATERMARKS_KEY
from tests.streams.durable import Changelog, restore, write
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

GAP = 10
FAR = 10**6
START = 1_000


class Seen(NamedTuple):
    """A click on one product."""

    at: int
    event_id: str

    def said(self) -> Json:
        """As the page says it."""
        return click("product_viewed", at=START + self.at, event_id=self.event_id)


class Stage:
    """One partition whose W stands where the test puts it: all that comes is within the allowed lateness."""

    def __init__(self, longest: str = "off") -> None:
        book = rulebook(rule("browse_abandonment"), session_gap="10ms", session_max=longest)
        self.stage = SessionStage(0, book, FAR)

    def takes(self, clicks: Iterable[Seen | Json]) -> list[Fact]:
        """These clicks arrive in one batch, with backlog behind it."""
        said = [one.said() if isinstance(one, Seen) else one for one in clicks]
        position = self.stage.positions[Topic.CLICKSTREAM]
        records = [given_record(one, key=b"phone", offset=position + index) for index, one in enumerate(said)]
        self.stage.fold(batch(records, now=START + FAR, first=position))
        return self._facts()

    def waits_until(self, watermark: int) -> list[Fact]:
        """Silence, until W stands there."""
        asked = START + watermark + FAR
        self.stage.fold(batch([], now=asked, first=self.stage.positions[Topic.CLICKSTREAM], at_end=True))
        return self._facts()

    def _facts(self) -> list[Fact]:
        outputs = self.stage.outcome().outputs
        return [read_fact(out.value) for out in outputs if out.topic is Topic.CUSTOMER_INBOX]


def folded(clicks: Sequence[Seen], longest: str = "off") -> list[Fact]:
    """All facts of a visitor whose clicks arrive in this order before W has passed any."""
    stage = Stage(longest)
    return stage.takes(clicks) + stage.waits_until(FAR)


def closed(facts: Iterable[Fact]) -> list[SessionClosed]:
    """The sessions among them."""
    return [fact for fact in facts if isinstance(fact, SessionClosed)]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_order_of_arrival_gives_the_same_facts(data: st.DataObject) -> None:
    """Also with many clicks at one time, and pauses of exactly the gap."""
    times = data.draw(st.lists(st.integers(0, 12).map(lambda step: step * 5), min_size=1, max_size=8))
    clicks = [Seen(at, f"e{number}") for number, at in enumerate(times)]
    shuffled = data.draw(st.permutations(clicks))
    assert folded(shuffled) == folded(sorted(clicks))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=12, unique=True))
def test_sessions_are_the_clicks_cut_at_pauses_longer_than_the_gap(times: list[int]) -> None:
    """Computed the simple way: sort and cut."""
    expected: list[list[int]] = []
    for at in sorted(times):
        if expected and at - expected[-1][-1] <= GAP:
            expected[-1].append(at)
        else:
            expected.append([at])
    sessions = closed(folded([Seen(at, f"e{at}") for at in times]))
    assert [(s.start - START, s.end - START, s.views) for s in sessions] == [(e[0], e[-1], len(e)) for e in expected]
    assert [[s.start - START + offset for offset in s.clicks] for s in sessions] == expected


def test_a_visit_is_announced_once_w_has_passed_its_start() -> None:
    """Not at its start: an earlier click could still come."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    assert stage.waits_until(100) == []
    assert stage.waits_until(101) == [SessionOpened(START + 100, "e1", "phone")]
    assert stage.waits_until(102) == []


@pytest.mark.parametrize(
    ("watermark", "ends"), [(109, []), (110, []), (111, [110])], ids=["within", "exactly_at", "after"]
)
def test_a_visit_is_closed_once_w_has_passed_its_end_and_gap(watermark: int, ends: list[int]) -> None:
    """At exactly end + gap a click could still extend it."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    assert [fact.at - START for fact in closed(stage.waits_until(watermark))] == ends
    assert stage.stage.open_visits == 1 - len(ends)


def test_a_closed_visit_is_not_reopened() -> None:
    """Up to its end + gap a click belongs to what was judged; a later one begins a new visit."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    stage.waits_until(111)
    assert stage.takes([Seen(110, "e2")]) + stage.waits_until(112) == []
    assert stage.takes([Seen(111, "e3")]) + stage.waits_until(113) == [SessionOpened(START + 111, "e3", "phone")]


@pytest.mark.parametrize(("at", "visits"), [(100, 0), (101, 1)], ids=["too_late", "in_time"])
def test_a_late_click_of_no_known_visit_makes_one_only_if_it_would_still_be_open(at: int, visits: int) -> None:
    """W has passed end + gap of the former."""
    stage = Stage()
    stage.waits_until(111)
    stage.takes([Seen(at, "e1")])
    assert stage.stage.open_visits == visits


def test_an_exit_signal_of_a_closed_visit_is_not_passed_on() -> None:
    """Nobody is there any more; its cart would still count."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    stage.waits_until(111)
    added = click("cart_item_added", at=START + 105, product_id="mug")
    facts = stage.takes([click("exit_signal", at=START + 105), added])
    assert [fact.fact for fact in facts] == ["cart_changed"]


@pytest.mark.parametrize(("at", "visits"), [(30, 1), (31, 2)], ids=["exactly_at", "after"])
def test_a_visit_is_cut_at_its_longest(at: int, visits: int) -> None:
    """A click later than start + longest begins a new one."""
    clicks = [Seen(step, f"e{step}") for step in (0, 10, 20, 25, at)]
    assert len(closed(folded(clicks, longest="30ms"))) == visits


def test_what_is_kept_of_a_visit_is_capped() -> None:
    """A bot's visit does not grow without bound; its counts are true all the same."""
    stage = Stage()
    clicks = CLICK_TIMES_MAX + 50
    stage.takes(click("product_viewed", at=START + number, product_id=f"p{number}") for number in range(clicks))
    (session,) = closed(stage.waits_until(FAR))
    assert (len(session.clicks), len(session.products)) == (CLICK_TIMES_MAX, PRODUCTS_MAX)
    assert (session.views, session.end - START) == (clicks, clicks - 1)
    assert session.products[-1] == f"p{clicks - 1}"


def test_a_product_seen_again_moves_to_the_end() -> None:
    """The latest last, each once."""
    stage = Stage()
    stage.takes(click("product_viewed", at=START + number, product_id=p) for number, p in enumerate("abca"))
    (session,) = closed(stage.waits_until(FAR))
    assert session.products == ("b", "c", "a")


def test_nothing_is_committed_for_a_batch_that_left_nothing_behind() -> None:
    """A tick of an idle partition costs no transaction."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    stage.stage.take()
    stage.stage.fold(batch([], now=START, first=1))
    effects = stage.stage.take()
    assert (effects.outputs, effects.changelog) == ([], [])


def told(count: int, *, first: int, now: int = START, at_end: bool = False) -> Batch:
    """A poll of the visitors' inbox, on which there are only watermarks."""
    records = [given_record(b"{}", key=WATERMARKS_KEY, offset=first + number) for number in range(count)]
    return batch(records, now=now, first=first, at_end=at_end, topic=Topic.VISITOR_INBOX)


def test_the_visitors_inbox_says_nothing_of_the_clicks_time() -> None:
    """Its records are counted; that it is at its end proves nothing of the clickstream, and closes no visit."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    before = stage.stage.watermark
    stage.stage.fold(told(2, first=0, now=START + 3 * FAR, at_end=True))
    effects = stage.stage.outcome()
    assert effects.counts == {("records", "visitor-inbox", "ignored"): 2}
    assert (stage.stage.watermark, stage.stage.open_visits) == (before, 1)
    assert stage.stage.watermarks == {"clickstream-0": before}


def test_mere_watermarks_are_committed_only_now_and_then() -> None:
    """A few of them a second cost no transaction each: one at the latest after so many; or with the next click."""
    stage = Stage().stage
    stage.fold(told(UNMARKED_MAX - 1, first=0))
    assert stage.take().changelog == []
    stage.fold(told(1, first=UNMARKED_MAX - 1))
    ((_, mark),) = stage.take().changelog
    assert decode_mark(mark)["positions"] == {Topic.CLICKSTREAM: 0, Topic.VISITOR_INBOX: UNMARKED_MAX}
    stage.fold(told(1, first=UNMARKED_MAX))
    stage.fold(batch([given_record(Seen(100, "e1").said(), offset=0)], now=START + FAR))
    *_, (_, mark) = stage.take().changelog
    assert decode_mark(mark)["positions"] == {Topic.CLICKSTREAM: 1, Topic.VISITOR_INBOX: UNMARKED_MAX + 1}


def test_a_new_owner_goes_on_with_both_topics_where_they_were() -> None:
    """One mark has both positions."""
    stage = Stage().stage
    stage.fold(told(3, first=0))
    stage.fold(batch([given_record(Seen(100, "e1").said(), offset=0)], now=START + FAR))
    changelog: Changelog = {}
    write(changelog, stage.take())
    heir = Stage().stage
    restore(heir, changelog)
    assert heir.positions == {Topic.CLICKSTREAM: 1, Topic.VISITOR_INBOX: 3}
    heir.fold(told(1, first=3))
    with pytest.raises(AssertionError, match="folded twice"):
        heir.fold(told(1, first=3))


def test_a_batch_is_never_folded_twice() -> None:
    """A broken invariant ends the process; it is not repaired."""
    stage = Stage()
    stage.takes([Seen(100, "e1")])
    with pytest.raises(AssertionError, match="folded twice"):
        stage.stage.fold(batch([given_record(Seen(100, "e1").said(), offset=0)], now=START, first=0))
