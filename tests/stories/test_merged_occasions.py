"""When two become one person, every occasion that is over by that is accounted for."""

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import LADDER, World, rule, rulebook

CART = "cart_abandonment"


def ended(world: World) -> list[tuple[str, Reason, int]]:
    """What ended before it was due: kind, reason, anchor in minutes."""
    beginning = world.instant("0s")
    return [
        (decision.kind, decision.reason, (decision.anchor_ms - beginning) // 60_000)
        for decision in world.decisions()
        if decision.verdict is Verdict.ENDED
    ]


def test_the_earlier_cart_of_two_is_over_with_a_reason() -> None:
    """Her laptop's cart and the phone's: one reminder, counted from the later."""
    world = World(rulebook(rule(CART)))
    world.as_("laptop").signs_in("ada").adds("mug").after("10m").as_("phone").adds("pan").after("10m").signs_in("ada")
    world.after("1d")
    assert world.anchors(CART) == [10 * 60_000]
    assert ended(world) == [(CART, Reason.MERGED, 0)]


def test_a_cart_that_she_bought_elsewhere_is_over_with_a_reason() -> None:
    """She ordered after the phone's cart was filled: it is not taken over, and its occasion says why."""
    world = World(LADDER)
    world.as_("phone").adds("pan").after("5m").orders(on_site=False, customer_id="ada", visitor_id=None)
    world.after("5m").as_("phone").signs_in("ada").after("1d")
    assert world.sent() == []
    assert ended(world) == [(CART, Reason.ORDERED, 0)]
