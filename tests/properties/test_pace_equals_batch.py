"""Who is too fast, by a plain count over all clicks of a visit, and by the system, in order and shuffled within the
lateness. The count is written from the rule alone: more than 120 clicks, or 30 changes of the cart, in (t − 60 s, t].
Of changes of the cart a world has at most the 200 that are kept."""

import random
from itertools import accumulate

import pytest

from schemas.outcomes.decisions import Verdict
from tests.world import World, ms, rule, rulebook

BOOK = rulebook(rule("cart_abandonment"))
MINUTE = 60_000
Clicked = list[tuple[int, bool]]
"""When, ms since the visit's beginning, and whether it changed the cart."""


def played(seed: int) -> Clicked:
    """A visit with calm and with hasty stretches: most are near the limits, on either side."""
    chance = random.Random(seed)
    gaps: list[int] = []
    for _ in range(chance.randrange(2, 6)):
        pace = chance.choice((470, 496, 500, 504, 520, 1500))
        gaps += [chance.choice((pace, pace, pace - 1, pace + 1)) for _ in range(chance.randrange(60, 140))]
    cart = chance.choice((0.0, 0.2, 0.24, 0.26, 0.3))
    return [(at, chance.random() < cart) for at in accumulate(gaps)]


def first_too_fast(clicks: Clicked) -> int | None:
    """The first instant at which the minute until then, its beginning left out, has too many."""
    for at, _ in clicks:
        within = [is_cart for other, is_cart in clicks if at - MINUTE < other <= at]
        if len(within) > 120 or sum(within) > 30:
            return at
    return None


def found_by_the_system(clicks: Clicked, lateness: str) -> int | None:
    """When the system says so, if these clicks arrive in that order."""
    world = World(BOOK, lateness=lateness)
    begun = max(at for at, _ in clicks) + ms("1s")
    for at, is_cart in clicks:
        world.clock = max(world.clock, begun if lateness != "5s" else at)
        said = {"type": "cart_item_added", "product_id": "mug"} if is_cart else {"type": "page_viewed"}
        world.pipe({**said, "event_id": f"e{at}", "occurred_at": world.instant("0s") + at})
    words = [one.anchor_ms for one in world.drain().decisions() if one.verdict is Verdict.SUSPECTED]
    return words[0] - world.instant("0s") if words else None


@pytest.mark.parametrize("seed", range(12))
def test_the_system_counts_as_a_batch_does(seed: int) -> None:
    """In order, and in any order within the lateness."""
    clicks = played(seed)
    expected = first_too_fast(clicks)
    assert found_by_the_system(clicks, "5s") == expected, f"seed {seed}, in order"
    shuffled = clicks[:]
    random.Random(seed).shuffle(shuffled)
    assert found_by_the_system(shuffled, "30m") == expected, f"seed {seed}, shuffled"


def test_the_worlds_have_both() -> None:
    """Some visits are too fast, and some are not."""
    found = [first_too_fast(played(seed)) is not None for seed in range(12)]
    assert 2 < sum(found) < 11
