"""A link that is no news is no fact: what a visit's clicks tell of links, whatever the order in which they arrive."""

from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts import Fact, Linked, Unlinked
from schemas.topics import Topic
from schemas.wire import read_fact
from streams.session_stage import SessionStage
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

START, GAP, LONG = 1_750_000_000_000, 10, 10**6
Told = set[tuple[int, str, str]]

names = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([None, "ada", "ada", "bob", "cem"])), min_size=1, max_size=14
)


def stage() -> SessionStage:
    """A partition with a gap of 10 ms, whose W stands long before all that comes."""
    return SessionStage(0, rulebook(rule("browse_abandonment"), session_gap="10ms", session_max="off"), LONG)


def said(number: int, at: int, customer: str | None) -> Json:
    """A click that names that customer, or nobody."""
    named = {} if customer is None else {"customer_id": customer}
    return click(at=START + at, event_id=f"e{number:02}", **named)


def facts(sessions: SessionStage, clicks: Sequence[Json]) -> list[Fact]:
    """What these clicks of one batch tell."""
    first = sessions.position
    records = [given_record(one, offset=first + index) for index, one in enumerate(clicks)]
    sessions.fold(batch(records, now=START + LONG // 2, first=first))
    return [read_fact(out.value) for out in sessions.take().outputs if out.topic is Topic.PROFILE_INBOX]


def told(said_of_it: Iterable[Fact]) -> Told:
    """The links that stand in the end. Nothing is taken back that was not told."""
    links: Told = set()
    for fact in said_of_it:
        if isinstance(fact, Linked):
            assert (fact.at, fact.event_id, fact.customer) not in links
            links.add((fact.at, fact.event_id, fact.customer))
        elif isinstance(fact, Unlinked):
            links.remove((fact.at, fact.event_id, fact.customer))
    return links


def expected(clicks: Iterable[Json]) -> Told:
    """By the text: unless the last click before it in its visit that names a customer names the same."""
    links: Told = set()
    last, named = None, None
    for one in sorted(clicks, key=lambda one: (one["occurred_at"], one["event_id"])):
        at, customer = one["occurred_at"], one.get("customer_id")
        named = named if last is not None and at - last <= GAP else None
        last = at
        if customer is not None and customer != named:
            links.add((at, one["event_id"], customer))
        named = customer or named
    return links


def test_a_signed_in_visitor_tells_it_once_a_visit() -> None:
    """A thousand pings of one visit, one fact; the next visit says it again."""
    sessions = stage()
    pings = [said(number, number, "ada") for number in range(1000)]
    assert [fact.fact for fact in facts(sessions, pings)] == ["linked"]
    assert [fact.fact for fact in facts(sessions, [said(1001, 1010, "ada")])] == ["linked"]


def test_what_w_has_passed_is_remembered_by_its_last_name_alone() -> None:
    """However long the visit: the next click is no news all the same, and somebody else is."""
    sessions = stage()
    facts(sessions, [said(number, number, "ada") for number in range(100)])
    sessions.fold(batch([], now=START + LONG + 99, first=100, at_end=True))
    assert told(facts(sessions, [said(100, 100, "ada")])) == set()
    (visit,) = sessions._visitors[b"phone"].visits
    assert [naming[:3] for naming in visit.namings] == [(START + at, f"e{at:02}", "ada") for at in (98, 99, 100)]
    assert [fact.fact for fact in facts(sessions, [said(101, 101, "bob")])] == ["linked"]


def test_a_late_click_of_another_name_is_answered_by_what_was_no_news() -> None:
    """A second person's click from before what W has passed: afterwards it is ada's visit again."""
    sessions = stage()
    facts(sessions, [said(0, 0, "ada"), said(1, 5, "ada"), said(2, 9, "ada")])
    sessions.fold(batch([], now=START + LONG + 10, first=3, at_end=True))
    facts(sessions, [said(3, 12, "ada")])
    late = facts(sessions, [said(4, 7, "bob")])
    assert told(late) == {(START + 7, "e04", "bob"), (START + 9, "e02", "ada")}


def test_a_tie_does_not_make_news_of_what_w_has_passed() -> None:
    """An order may have named somebody else since: that the visit goes on as ada's is no word against it."""
    sessions = stage()
    facts(sessions, [said(0, 0, "ada"), said(1, 5, "ada"), said(2, 9, "ada")])
    sessions.fold(batch([], now=START + LONG + 10, first=3, at_end=True))
    assert told(facts(sessions, [said(3, 12, "ada"), said(4, 12, "ada"), said(5, 12, None)])) == set()


@settings(max_examples=400, deadline=None)
@given(names, st.data(), st.integers(1, 4))
def test_any_order_of_arrival_leaves_the_same_links(
    clicks: list[tuple[int, str | None]], data: st.DataObject, poll: int
) -> None:
    """In batches, with clicks of one instant, visits that a click between them joins, names that change; W follows as
    closely as it may."""
    written = [said(number, at, customer) for number, (at, customer) in enumerate(clicks)]
    arriving = data.draw(st.permutations(written))
    sessions, polled = stage(), list[Fact]()
    for start in range(0, len(arriving), poll):
        polled += facts(sessions, arriving[start : start + poll])
        if left := [one["occurred_at"] for one in arriving[start + poll :]]:
            sessions.fold(batch([], now=min(left) + LONG, first=sessions.position, at_end=True))
    assert told(polled) == expected(written)
