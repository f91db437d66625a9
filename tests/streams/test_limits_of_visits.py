"""How much is kept of a visitor's visits."""

from collections import Counter

import pytest

from streams.limits import size_of, uncounted
from streams.visits import namings, viewed_products, visit_limits, visitors
from streams.visits.fresh_clicks import FreshClick, as_namings, as_places
from streams.visits.viewed_products import Seen
from streams.visits.visitor_record import encode as encode_visitor
from streams.visits.visitors import Visit, Visitor, settle
from tests.streams.wide import wide


def test_ties_and_fresh_clicks_of_a_visit_are_cut_by_bytes() -> None:
    """The first ties stay, the latest fresh clicks."""
    fresh = [(1000 + number // 2, wide(number)) for number in range(200)]
    visit = Visit(1000, 1100, "a", "b", [FreshClick(*click) for click in fresh])
    counted: Counter[str] = Counter()
    settle(visit, 1000, lambda what, by: counted.update({what: by}))
    assert as_places(visit.fresh) == fresh[counted["fresh"] :]
    assert [*visit.ties] == fresh[: len(visit.ties)]
    assert counted["ties"] > 0
    assert size_of(as_places(visit.fresh)) <= visitors.FRESH_BYTES_MAX
    assert size_of(visit.ties) <= visitors.TIES_BYTES_MAX
    assert len(encode_visitor(Visitor((visit,)))) < 64 * 1024


def _written(visit: Visit) -> dict[str, object]:
    """What is cut of a visit, as it stands in the record."""
    products = [(product, seen.at, seen.event_id) for product, seen in visit.products.items()]
    return {
        "fresh": as_places(visit.fresh),
        "ties": visit.ties,
        "namings": as_namings(visit.namings),
        "products": products,
    }


@pytest.mark.parametrize("more", [0, 1, visitors.VISITS_MAX - visit_limits.VISITS_FEW])
def test_more_than_a_few_visits_share_what_a_few_may_hold(more: int) -> None:
    """Up to a few each hold all; as many as may be open hold no more together."""
    few, counted = visit_limits.VISITS_FEW, Counter[str]()
    held = []
    for number in range(few + more):
        at = number * 10_000
        products = {wide(one): Seen(at, "") for one in range(viewed_products.PRODUCTS_MAX)}
        visit = Visit(at, at, "a", "b", [FreshClick(at + one, wide(one)) for one in range(30)], products=products)
        visit.ties = tuple((at, wide(one)) for one in range(3))
        visit.namings = [FreshClick(at + one, wide(one), "ada", is_link=True) for one in range(10)]
        visit.clicks = visitors.pack_times(range(at, at + visitors.CLICK_TIMES_MAX))
        held.append(visit)
    visit_limits.settle_visits(Visitor(tuple(held)), 0, lambda what, by: counted.update({what: by}))
    assert ("products" in counted) is (more > 0)
    for what, limit in (
        ("fresh", visitors.FRESH_BYTES_MAX),
        ("ties", visitors.TIES_BYTES_MAX),
        ("namings", namings.NAMINGS_BYTES_MAX),
        ("products", viewed_products.PRODUCTS_BYTES_MAX),
    ):
        assert sum(size_of(_written(visit)[what]) for visit in held) <= few * limit
    assert sum(len(visit.clicks) for visit in held) <= few * visitors.CLICK_TIMES_MAX * visitors.TIME_BYTES


def test_a_visit_too_many_closes_the_oldest() -> None:
    """A backlog in which a visitor comes back every hour, read in one go: all are told, none is lost."""
    visitor = Visitor()
    for number in range(visitors.VISITS_MAX + 1):
        visitors.insert(visitor, number * 100, f"e{number}", 10, 1 << 60, 0)
    at_hand = visitor.visits[0]
    told = list(visitors.close_oldest("phone", visitor, 10, at_hand, uncounted))
    assert [fact.fact for fact in told] == ["session_opened", "session_closed"]
    assert (visitor.visits[0], visitor.closed_end) == (at_hand, 100)
