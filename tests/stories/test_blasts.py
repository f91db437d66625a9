"""A rule that speaks to too many at once is shut, and stays so until somebody has looked."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.rules.rulebook import Rulebook
from tests.streams.durable import DurableReplay
from tests.world import World, rule, rulebook

CART = "cart_abandonment"


def book(*, most: int = 4, per: str = "1h", **fields: Any) -> Rulebook:
    """A cart reminder of which at most so many go out. A story has two partitions: of visitors, and of customers."""
    return rulebook(rule(CART, guard={"max": most, "per": per, **fields}), rule("lapse"))


def carts(world: World, *minutes: float) -> World:
    """Something is left in a cart on a new device, at each of these minutes."""
    for minute in minutes:
        world.at_ms(round(minute * 60_000)).as_(f"phone-{world.clock}-{len(world.keys)}").adds("mug")
    return world


def test_what_is_beyond_the_share_is_guarded() -> None:
    """Four an hour are two for this partition: the third is refused, and the decision says by what."""
    world = carts(World(book()), 0, 1, 2).after("2h")
    assert world.sent() == [CART] * 2
    decision = world.decisions()[-1]
    assert (decision.verdict, decision.reason) == (Verdict.SUPPRESSED, Reason.GUARDED)
    assert decision.evidence == {"guard": "4 per 1h", "share": 2}


@pytest.mark.parametrize(
    ("third", "expected"), [(59.99, 2), (60, 3), (60.01, 3)], ids=["within", "exactly_at", "after"]
)
def test_a_stretch_begins_with_its_first_trigger(third: float, expected: int) -> None:
    """And is over exactly `per` later."""
    assert len(carts(World(book()), 0, 1, third).after("2h").sent()) == expected


def test_a_rule_that_was_shut_stays_shut() -> None:
    """Days later, too, and for everybody; other rules speak."""
    world = carts(World(book()), 0, 1, 2, 3000, 9000).after("2h").orders().after("2h")
    assert world.sent() == [CART, CART, "lapse"]
    assert world.why(CART) is Reason.GUARDED


def test_each_partition_has_at_least_one() -> None:
    """A share of nothing would shut the rule for good."""
    assert len(carts(World(book(most=1)), 0, 1).after("2h").sent()) == 1


def restored(world: World, rules: Rulebook) -> World:
    """The same shop, restarted with that rulebook."""
    replay = world.replay
    assert isinstance(replay, DurableReplay)
    replay.kill(rules)
    return world


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (book(), 2),
        (book(released="looked into, it was the sale"), 4),
        (book(most=6), 5),
    ],
    ids=["as_it_was", "released", "raised"],
)
def test_an_operator_releases_it_by_a_word_in_its_guard(then: Rulebook, expected: int) -> None:
    """A restart alone opens nothing: what is counted lies beside the position."""
    world = carts(World(book(), driver=DurableReplay), 0, 1, 2).after("2h")
    carts(restored(world, then), 200, 201, 202).after("2h")
    assert len(world.sent()) == expected


def test_both_stages_keep_their_counts() -> None:
    """Customers have a share of their own."""
    world = World(book())
    for number in range(3):
        world.as_(f"phone-{number}").signs_in(f"c{number}").adds("mug")
    world.after("2h")
    assert [fired["profile"][:2] for fired in world.fired()] == ["c:", "c:"]
    assert world.why(CART) is Reason.GUARDED


def test_a_shadow_is_no_blast() -> None:
    """It speaks to nobody, so it cannot speak to too many."""
    shadow = rulebook(rule(CART, shadow=True, guard={"max": 2, "per": "1h"}))
    world = carts(World(shadow), 0, 1, 2).after("2h")
    assert [decision.verdict for decision in world.decisions()] == [Verdict.WOULD_HAVE_FIRED] * 3
