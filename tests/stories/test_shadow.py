"""A shadow decides as any other rule and sends nothing: nobody notices it but who reads the decisions."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.topics import Topic
from tests.world import World, rule, rulebook

CART, CHECKOUT, EXIT, BROWSE = "cart_abandonment", "checkout_abandonment", "exit_intent", "browse_abandonment"


def shadow(kind: str, **fields: object) -> dict[str, object]:
    """A shadow of that kind."""
    return rule(kind, **{"id": f"{kind}_shadow", "shadow": True, **fields})


def verdicts(world: World, rule_id: str) -> list[Verdict]:
    """Those on the rule of that id."""
    return [one.verdict for one in world.decisions() if one.rule_id == rule_id]


def test_it_says_what_it_would_have_done() -> None:
    """With the trigger id that it would have had; no trigger goes out."""
    world = World(rulebook(shadow(CART))).adds("mug").after("2h")
    assert world.said(Topic.TRIGGERS) == []
    (one,) = world.decisions()
    assert (one.verdict, one.reason, len(one.trigger_id)) == (Verdict.WOULD_HAVE_FIRED, Reason.DUE, 26)


def test_it_is_refused_as_any_other() -> None:
    """Too little in the cart."""
    world = World(rulebook(shadow(CART, min_cart_value="20 EUR"))).adds("mug", price="5").after("2h")
    assert world.why(CART) is Reason.BELOW_THRESHOLD


def test_its_cool_down_counts_what_it_would_have_sent() -> None:
    """As if that had been delivered."""
    world = World(rulebook(shadow(CART, cool_down="1d"))).adds("mug").after("2h").adds("mug").after("2h")
    assert [one.reason for one in world.decisions()] == [Reason.DUE, Reason.COOL_DOWN]


@pytest.mark.parametrize("late", [False, True], ids=["in_time", "late"])
def test_there_is_nothing_to_take_back(late: bool) -> None:
    """An order, an opt-out and an erasure afterwards cancel nothing."""
    world = World(rulebook(shadow(CART), consent="opt_out")).adds("mug").after("2h")
    world.orders(on_site=False, ago="90m" if late else "0s").opts_out().asks_for_erasure().after("1h")
    assert world.cancelled() == []
    assert Verdict.CANCELLED not in {one.verdict for one in world.decisions()}


@pytest.mark.parametrize("wait", ["30m", "90m"], ids=["due_before", "due_after"])
def test_on_the_ladder_it_holds_nobody_back_and_ends_nobody(wait: str) -> None:
    """A deeper shadow; the cart speaks as if there were none, and at its own time."""
    book = rulebook(rule(CART), shadow(CHECKOUT, wait=wait), ladder=True)
    world = World(book).adds("mug").checks_out().after("61m")
    assert world.sent() == [CART]
    assert Reason.DEEPER_STAGE not in {one.reason for one in world.after("1h").decisions()}


def test_a_real_deeper_stage_speaks_before_a_shadow() -> None:
    """The shadow says what it would have come to."""
    world = World(rulebook(shadow(CART), rule(CHECKOUT, wait="90m"), ladder=True)).adds("mug").checks_out().after("2h")
    assert world.sent() == [CHECKOUT]
    assert verdicts(world, "cart_abandonment_shadow") == [Verdict.ENDED]


def test_a_shadow_exit_intent_does_not_use_the_visit_up() -> None:
    """The real one after it in the rulebook answers; the shadow says so once a visit."""
    world = World(rulebook(shadow(EXIT), rule(EXIT))).adds("mug").moves_to_leave().moves_to_leave()
    assert world.sent() == [EXIT]
    assert verdicts(world, "exit_intent_shadow") == [Verdict.WOULD_HAVE_FIRED, Verdict.SUPPRESSED]
