"""A link that is no news is no fact: what a visit's clicks tell of links, whatever the order in which they arrive."""

from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts.profile_facts import Fact, Linked, Unlinked
from streams.limits import uncounted
from streams.visits.fresh_clicks import as_namings
from streams.visits.visit_limits import settle_visits
from streams.visits.visits import Visits
from tests.streams.records import Json, click, given_record
from tests.world import rule, rulebook

START, GAP, LONG = 1_750_000_000_000, 10, 10**6
Told = set[tuple[int, str, str]]

names = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([None, "ada", "ada", "bob", "cem"])), min_size=1, max_size=14
)


class Phone:
    """The visits of a partition with a gap of 10 ms, whose W stands long before all that comes."""

    def __init__(self) -> None:
        book = rulebook(rule("browse_abandonment"), session_gap="10ms", session_max="off")
        self.visits = Visits(0, book, LONG)

    def facts(self, clicks: Sequence[Json]) -> list[Fact]:
        """What these clicks of one batch tell, once it is committed."""
        told, _ = self.visits.fold([given_record(one) for one in clicks], START + LONG // 2)
        return told.get(b"phone", []) + self.time_is(None)

    def time_is(self, watermark: int | None) -> list[Fact]:
        """W stands there; None where the last batch has left it."""
        asked = None if watermark is None else watermark + LONG
        parts = self.visits.pass_time(self.visits.clock.settle(asked))
        told = [fact for part in parts for fact in part.get(b"phone", [])]
        for visitor in dict(self.visits.visitors.items()).values():
            settle_visits(visitor, self.visits.clock.watermark, uncounted)
        return told


def said(number: int, at: int, customer: str | None) -> Json:
    """A click that names that customer, or nobody."""
    named = {} if customer is None else {"customer_id": customer}
    return click(at=START + at, event_id=f"e{number:02}", **named)


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
    """A hundred pings of one visit, one fact; the next visit says it again."""
    phone = Phone()
    pings = [said(number, number, "ada") for number in range(100)]
    assert [fact.fact for fact in phone.facts(pings)] == ["linked"]
    assert [fact.fact for fact in phone.facts([said(101, 110, "ada")])] == ["linked"]


def test_what_w_has_passed_is_remembered_by_its_last_name_alone() -> None:
    """However long the visit: the next click is no news all the same, and somebody else is."""
    phone = Phone()
    phone.facts([said(number, number, "ada") for number in range(100)])
    phone.time_is(START + 99)
    assert told(phone.facts([said(100, 100, "ada")])) == set()
    (visit,) = dict(phone.visits.visitors.items())[b"phone"].visits
    assert [naming[:3] for naming in as_namings(visit.namings)] == [
        (START + at, f"e{at:02}", "ada") for at in (98, 99, 100)
    ]
    assert [fact.fact for fact in phone.facts([said(101, 101, "bob")])] == ["linked"]


def test_a_late_click_of_another_name_is_answered_by_what_was_no_news() -> None:
    """A second person's click from before what W has passed: afterwards it is ada's visit again."""
    phone = Phone()
    phone.facts([said(0, 0, "ada"), said(1, 5, "ada"), said(2, 9, "ada")])
    phone.time_is(START + 10)
    phone.facts([said(3, 12, "ada")])
    late = phone.facts([said(4, 7, "bob")])
    assert told(late) == {(START + 7, "e04", "bob"), (START + 9, "e02", "ada")}


def test_a_tie_does_not_make_news_of_what_w_has_passed() -> None:
    """An order may have named somebody else since: that the visit goes on as ada's is no word against it."""
    phone = Phone()
    phone.facts([said(0, 0, "ada"), said(1, 5, "ada"), said(2, 9, "ada")])
    phone.time_is(START + 10)
    assert told(phone.facts([said(3, 12, "ada"), said(4, 12, "ada"), said(5, 12, None)])) == set()


@settings(max_examples=400)
@given(names, st.data(), st.integers(1, 4))
def test_any_order_of_arrival_leaves_the_same_links(
    clicks: list[tuple[int, str | None]], data: st.DataObject, poll: int
) -> None:
    """In batches, with clicks of one instant, visits that a click between them joins, names that change; W follows as
    closely as it may."""
    written = [said(number, at, customer) for number, (at, customer) in enumerate(clicks)]
    arriving = data.draw(st.permutations(written))
    phone, polled = Phone(), list[Fact]()
    for start in range(0, len(arriving), poll):
        polled += phone.facts(arriving[start : start + poll])
        if left := [one["occurred_at"] for one in arriving[start + poll :]]:
            polled += phone.time_is(min(left))
    assert told(polled) == expected(written)
