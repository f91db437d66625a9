"""Searched and found nothing worth a look: the shallowest of what is mentioned."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

SEARCH, BROWSE, CART = "search_abandonment", "browse_abandonment", "cart_abandonment"


def searches(world: World, kind: str = "product_searched") -> World:
    """Somebody looks for something."""
    return world.pipe({"type": kind, "query": "red shoes"})


def shop(*more: str, ladder: bool = False, **fields: object) -> World:
    """A shop that speaks of searches."""
    return World(rulebook(rule(SEARCH, **fields), *(rule(kind) for kind in more), ladder=ladder))


@pytest.mark.parametrize("kind", ["product_searched", "product_list_viewed"])
@pytest.mark.parametrize(
    ("silence", "expected"),
    [("59m 59s 999ms", []), ("60m", []), ("60m 1ms", [SEARCH])],
    ids=["within", "exactly_at", "after"],
)
def test_a_search_without_a_look_is_mentioned(kind: str, silence: str, expected: list[str]) -> None:
    """An hour after the last click, whatever that was."""
    world = searches(shop(), kind).after("5m").visits().after(silence)
    assert world.sent() == expected
    assert not expected or world.anchors(SEARCH) == [ms("5m")]


def test_a_look_makes_it_browsing() -> None:
    """Before or after the search: it is the other rung's."""
    assert searches(shop(BROWSE).sees("mug")).after("1d").sent() == [BROWSE]
    assert searches(shop(BROWSE)).sees("mug").after("1d").sent() == [BROWSE]


def test_it_may_need_more_than_one_search() -> None:
    """The rulebook says how many."""
    assert searches(shop(min_searches=2)).after("1d").sent() == []
    assert searches(searches(shop(min_searches=2))).after("1d").sent() == [SEARCH]


@pytest.mark.parametrize(("at", "expected"), [("60m", Reason.ORDERED), ("60m 1ms", Reason.DUE)])
def test_an_order_ends_it(at: str, expected: Reason) -> None:
    """At exactly the due time it comes first."""
    assert searches(shop()).at(at).orders(on_site=False).after("1d").decisions()[0].reason is expected


def test_what_is_put_into_the_cart_ends_it() -> None:
    """In the visit there is nothing to mention; after it the search has led to something."""
    assert searches(shop()).adds("mug").after("1d").decisions() == []
    assert searches(shop()).after("31m").adds("mug").after("1d").why(SEARCH) is Reason.ITEM_ADDED


def test_on_the_ladder_a_deeper_stage_speaks() -> None:
    """Whoever comes back and browses is told of that; the search is over with it."""
    world = searches(shop(BROWSE, ladder=True, wait="80m")).after("40m").sees("mug").after("1d")
    assert world.sent() == [BROWSE]
    assert world.why(SEARCH) is Reason.DEEPER_STAGE


def test_beside_a_cart_it_says_nothing() -> None:
    """With the ladder a cart speaks for itself."""
    world = shop(ladder=True).adds("mug").after("2h")
    assert searches(world).after("1d").why(SEARCH) is Reason.CART_HELD
