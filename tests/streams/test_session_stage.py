"""The session fold: commutative within the allowed lateness, closed once and for all by W; and the stage around it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts.profile_facts import Fact, SessionClosed, SessionOpened
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.marks import UNMARKED_MAX, decode_mark
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0
from streams.stage import Batch
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from streams.visits.viewed_products import PRODUCTS_MAX
from streams.visits.visitors import CLICK_TIMES_MAX, VISITS_MAX
from streams.visits.visits import Visits
from tests.streams.durable import Changelog, restore, write
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

GAP = 10
FAR = 10**6
START = 1_000
FEW_VISITS = VISITS_MAX * (GAP + 1) - 1
"""In so long there are no more visits than may be open at once."""


class Seen(NamedTuple):
    """A click on one product."""

    at: int
    event_id: str

    def said(self) -> Json:
        """As the page says it."""
        return click("product_viewed", at=START + self.at, event_id=self.event_id)


def book(longest: str = "off") -> Rulebook:
    """Visits end after 10 ms of silence."""
    return rulebook(rule("browse_abandonment"), session_gap="10ms", session_max=longest)


class Phone:
    """The visits of a partition whose W stands where the test puts it: all that comes is within the allowed lateness.
    What is told, is told of the one visitor."""

    def __init__(self, longest: str = "off") -> None:
        self.visits = Visits(0, book(longest), FAR)
        self._offset = 0

    def takes(self, clicks: Iterable[Seen | Json]) -> list[Fact]:
        """These clicks arrive in one batch, with backlog behind it."""
        said = [one.said() if isinstance(one, Seen) else one for one in clicks]
        records = [given_record(one, offset=self._offset + index) for index, one in enumerate(said)]
        self._offset += len(records)
        told, _ = self.visits.fold(records, START + FAR)
        assert set(told) <= {b"phone"}
        return told.get(b"phone", []) + self._passes(None)

    def waits_until(self, watermark: int) -> list[Fact]:
        """Silence, until W stands there."""
        return self._passes(START + watermark + FAR)

    def _passes(self, asked_ms: int | None) -> list[Fact]:
        return [
            fact
            for told in self.visits.pass_time(self.visits.clock.settle(asked_ms))
            for fact in told.get(b"phone", [])
        ]


def folded(clicks: Sequence[Seen], longest: str = "off") -> list[Fact]:
    """All facts of a visitor whose clicks arrive in this order before W has passed any."""
    phone = Phone(longest)
    return phone.takes(clicks) + phone.waits_until(FAR)


def closed(facts: Iterable[Fact]) -> list[SessionClosed]:
    """The sessions among them."""
    return [fact for fact in facts if isinstance(fact, SessionClosed)]


@settings(max_examples=200)
@given(st.data())
def test_any_order_of_arrival_gives_the_same_facts(data: st.DataObject) -> None:
    """Also with many clicks at one time, and pauses of exactly the gap."""
    times = data.draw(st.lists(st.integers(0, 9).map(lambda step: step * 5), min_size=1, max_size=8))
    clicks = [Seen(at, f"e{number}") for number, at in enumerate(times)]
    shuffled = data.draw(st.permutations(clicks))
    assert folded(shuffled) == folded(sorted(clicks))


@settings(max_examples=100)
@given(st.lists(st.integers(0, FEW_VISITS), min_size=1, max_size=12, unique=True))
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
    phone = Phone()
    phone.takes([Seen(100, "e1")])
    assert phone.waits_until(100) == []
    assert phone.waits_until(101) == [SessionOpened(START + 100, "e1", "phone")]
    assert phone.waits_until(102) == []


@pytest.mark.parametrize(
    ("watermark", "ends"), [(109, []), (110, []), (111, [110])], ids=["within", "exactly_at", "after"]
)
def test_a_visit_is_closed_once_w_has_passed_its_end_and_gap(watermark: int, ends: list[int]) -> None:
    """At exactly end + gap a click could still extend it."""
    phone = Phone()
    phone.takes([Seen(100, "e1")])
    assert [fact.at - START for fact in closed(phone.waits_until(watermark))] == ends
    assert phone.visits.open == 1 - len(ends)


def test_a_closed_visit_is_not_reopened() -> None:
    """Up to its end + gap a click belongs to what was judged; a later one begins a new visit."""
    phone = Phone()
    phone.takes([Seen(100, "e1")])
    phone.waits_until(111)
    assert phone.takes([Seen(110, "e2")]) + phone.waits_until(112) == []
    assert phone.takes([Seen(111, "e3")]) + phone.waits_until(113) == [SessionOpened(START + 111, "e3", "phone")]


@pytest.mark.parametrize(("at", "visits"), [(100, 0), (101, 1)], ids=["too_late", "in_time"])
def test_a_late_click_of_no_known_visit_makes_one_only_if_it_would_still_be_open(at: int, visits: int) -> None:
    """W has passed end + gap of the former."""
    phone = Phone()
    phone.waits_until(111)
    phone.takes([Seen(at, "e1")])
    assert phone.visits.open == visits


def test_an_exit_signal_of_a_closed_visit_is_not_passed_on() -> None:
    """Nobody is there any more; its cart would still count."""
    phone = Phone()
    phone.takes([Seen(100, "e1")])
    phone.waits_until(111)
    added = click("cart_item_added", at=START + 105, product_id="mug")
    facts = phone.takes([click("exit_signal", at=START + 105), added])
    assert [fact.fact for fact in facts] == ["cart_changed"]


@pytest.mark.parametrize(("at", "visits"), [(30, 1), (31, 2)], ids=["exactly_at", "after"])
def test_a_visit_is_cut_at_its_longest(at: int, visits: int) -> None:
    """A click later than start + longest begins a new one."""
    clicks = [Seen(step, f"e{step}") for step in (0, 10, 20, 25, at)]
    assert len(closed(folded(clicks, longest="30ms"))) == visits


def test_what_is_kept_of_a_visit_is_capped() -> None:
    """A bot's visit does not grow without bound; its counts are true all the same."""
    phone = Phone()
    clicks = CLICK_TIMES_MAX + 50
    phone.takes(click("product_viewed", at=START + number, product_id=f"p{number}") for number in range(clicks))
    (session,) = closed(phone.waits_until(FAR))
    assert (len(session.clicks), len(session.products)) == (CLICK_TIMES_MAX, PRODUCTS_MAX)
    assert (session.views, session.end - START) == (clicks, clicks - 1)
    assert session.products[-1] == f"p{clicks - 1}"


def test_a_product_seen_again_moves_to_the_end() -> None:
    """The latest last, each once."""
    phone = Phone()
    phone.takes(click("product_viewed", at=START + number, product_id=p) for number, p in enumerate("abca"))
    (session,) = closed(phone.waits_until(FAR))
    assert session.products == ("b", "c", "a")


def sessions() -> SessionStage:
    """A partition that has told its rules, and nothing else."""
    stage = SessionStage(0, book(), ONE_EACH, FAR)
    stage.take()
    return stage


def clicked(at: int, *, first: int, now: int = START + FAR) -> Batch:
    """A poll with one click, and backlog behind it."""
    return batch([given_record(Seen(at, f"e{first}").said(), offset=first)], now=now, first=first)


def test_the_rules_are_told_before_anything_happens() -> None:
    """What will open episodes is known to a new owner first; once."""
    stage = SessionStage(0, book(), ONE_EACH, FAR)
    (key, _), (rulebook, _), (mark, _) = stage.take().changelog
    assert (key[:6], rulebook, mark) == (b"\x00rule:", b"\x00rulebook", b"\x00position")
    assert stage.take().changelog == []


def test_everybody_whom_a_batch_has_touched_is_written() -> None:
    """And nobody else."""
    stage = sessions()
    for first in (0, 3):
        names = [f"phone-{number}" for number in range(first, first + 3)]
        said = [click(at=START + 100, visitor=name) for name in names]
        records = [given_record(one, key=one["visitor_id"].encode(), offset=first + n) for n, one in enumerate(said)]
        stage.fold(batch(records, now=START + FAR, first=first))
        assert [key.decode() for key, _ in stage.take().changelog[:-1]] == names


def test_nothing_is_committed_for_a_batch_that_left_nothing_behind() -> None:
    """A tick of an idle partition costs no transaction."""
    stage = sessions()
    stage.fold(clicked(100, first=0))
    stage.take()
    stage.fold(batch([], now=START, first=1))
    effects = stage.take()
    assert (effects.outputs, effects.changelog) == ([], [])


def told(count: int, *, first: int, now: int = START, at_end: bool = False) -> Batch:
    """A poll of the visitors' inbox, on which there are only watermarks."""
    records = [given_record(b"{}", key=WATERMARKS_KEY, offset=first + number) for number in range(count)]
    return batch(records, now=now, first=first, at_end=at_end, topic=Topic.VISITOR_INBOX)


def test_the_visitors_inbox_says_nothing_of_the_clicks_time() -> None:
    """Its records are counted; that it is at its end proves nothing of the clickstream, and closes no visit."""
    stage = sessions()
    stage.heard({ORDERS_0: START})
    stage.fold(clicked(100, first=0))
    stage.take()
    before = stage.watermark
    stage.fold(told(2, first=0, now=START + 3 * FAR, at_end=True))
    effects = stage.outcome()
    assert effects.counts == {("records", "visitor-inbox", "ignored"): 2}
    assert (stage.watermark, stage.open_visits) == (before, 1)
    assert stage.watermarks == {CLICKS_0: before}


def test_mere_watermarks_are_committed_only_now_and_then() -> None:
    """A few of them a second cost no transaction each: one at the latest after so many; or with the next click."""
    stage = sessions()
    stage.fold(told(UNMARKED_MAX - 1, first=0))
    assert stage.take().changelog == []
    stage.fold(told(1, first=UNMARKED_MAX - 1))
    ((_, mark),) = stage.take().changelog
    assert decode_mark(mark)["positions"] == {Topic.CLICKSTREAM: 0, Topic.VISITOR_INBOX: UNMARKED_MAX}
    stage.fold(told(1, first=UNMARKED_MAX))
    stage.fold(clicked(100, first=0))
    *_, (_, mark) = stage.take().changelog
    assert decode_mark(mark)["positions"] == {Topic.CLICKSTREAM: 1, Topic.VISITOR_INBOX: UNMARKED_MAX + 1}


def test_a_new_owner_goes_on_with_both_topics_where_they_were() -> None:
    """One mark has both positions."""
    stage = sessions()
    stage.fold(told(3, first=0))
    stage.fold(clicked(100, first=0))
    changelog: Changelog = {}
    write(changelog, stage.take())
    heir = SessionStage(0, book(), ONE_EACH, FAR)
    restore(heir, changelog)
    assert heir.positions == {Topic.CLICKSTREAM: 1, Topic.VISITOR_INBOX: 3}
    heir.fold(told(1, first=3))
    with pytest.raises(AssertionError, match="folded twice"):
        heir.fold(told(1, first=3))


def test_a_batch_is_never_folded_twice() -> None:
    """A broken invariant ends the process; it is not repaired."""
    stage = sessions()
    stage.fold(clicked(100, first=0))
    with pytest.raises(AssertionError, match="folded twice"):
        stage.fold(clicked(100, first=0, now=START))
