"""Of what is due to one person at once, one goes: the highest priority, then what is left in the cart, then the id."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import BEGINNING_MS, Json, World, ms, rule, rulebook

CART, CHECKOUT, LAPSE, INACTIVITY = "cart_abandonment", "checkout_abandonment", "lapse", "inactivity"


def shop(cart: Json, lapse: Json, **settings: Any) -> World:
    """A cart and a purchase that are looked at after an hour."""
    return World(rulebook(rule(CART, **cart), rule(LAPSE, **lapse), **settings))


def both(world: World, between: str = "0s") -> World:
    """A purchase, and so much later something in the cart again; all that comes of it."""
    return world.orders().after(between).adds("mug", price="5", currency="EUR").after("3h")


def no(world: World, kind: str) -> tuple[Verdict, Reason, object]:
    """The last verdict on that kind, and what it rests on."""
    decision = [decision for decision in world.decisions() if decision.kind == kind][-1]
    return decision.verdict, decision.reason, decision.evidence.get("by")


def test_without_priorities_all_that_is_due_goes() -> None:
    """Arbitration is on where the rulebook says settle or gap, or a rule has a priority."""
    assert sorted(both(shop({}, {})).sent()) == [CART, LAPSE]


@pytest.mark.parametrize(
    ("cart", "lapse", "winner"), [(0, 1, LAPSE), (1, 0, CART), (None, -1, CART), (None, 1, LAPSE), (2, 1, CART)]
)
def test_the_highest_priority_wins(cart: int | None, lapse: int, winner: str) -> None:
    """A rule that names none has 0."""
    world = both(shop({} if cart is None else {"priority": cart}, {"priority": lapse}))
    assert world.sent() == [winner]
    loser = CART if winner == LAPSE else LAPSE
    assert no(world, loser) == (Verdict.SUPPRESSED, Reason.OUTRANKED, winner)


def test_at_one_priority_what_is_about_the_cart_wins_by_its_worth() -> None:
    """The lapse would come first by its id."""
    book = rulebook(rule(CART, id="z"), rule(LAPSE, id="a"), settle="0s")
    assert both(World(book)).sent() == [CART]


def test_at_one_worth_the_id_decides() -> None:
    """Nothing is known of prices: the cart is worth as little as a lapse."""
    world = World(rulebook(rule(CART, id="z"), rule(LAPSE, id="a"), settle="0s"))
    assert world.orders().adds("mug").after("3h").sent() == [LAPSE]


@pytest.mark.parametrize(
    ("between", "expected"),
    [("9m 59s 999ms", [CART]), ("10m", [CART]), ("10m 1ms", [LAPSE, CART])],
    ids=["within", "exactly_at", "after"],
)
def test_the_first_waits_for_whoever_is_due_within_settle(between: str, expected: list[str]) -> None:
    """Ten minutes, the last instant included; then all are judged as of one."""
    world = both(shop({"priority": 1}, {}, settle="10m"), between)
    assert world.sent() == expected


def test_who_waits_says_so_and_goes_when_the_wait_is_over() -> None:
    """Alone, too: nobody knows before."""
    world = shop({}, {}, settle="10m")
    world.adds("mug").at("60m 1ms")
    decision = world.decisions()[-1]
    assert (decision.verdict, decision.reason) == (Verdict.DEFERRED, Reason.SETTLING)
    assert decision.until_ms == BEGINNING_MS + ms("70m")
    assert world.at("70m").sent() == []
    assert world.after("1ms").sent() == [CART]


def test_who_is_ended_while_the_first_waits_does_not_outrank() -> None:
    """The cart is emptied in these minutes: the lapse goes."""
    world = shop({"priority": 1}, {}, settle="10m")
    world.orders().after("5m").adds("mug").at("63m").removes("mug").after("3h")
    assert world.sent() == [LAPSE]


def test_whom_something_else_speaks_against_does_not_outrank() -> None:
    """The cart is in its cool-down, so it cannot take the lapse's place."""
    world = shop({"priority": 1, "cool_down": "1d"}, {})
    world.adds("mug").after("3h").settles(CART)
    both(world)
    assert world.sent() == [CART, LAPSE]
    assert world.why(CART) is Reason.COOL_DOWN


def test_the_outranked_may_go_later() -> None:
    """`gap: 2h`: it is judged afresh two hours later."""
    world = shop({"priority": 1}, {}, gap="2h")
    both(world)
    decision = next(decision for decision in world.decisions() if decision.kind == LAPSE)
    assert (decision.verdict, decision.reason) == (Verdict.DEFERRED, Reason.OUTRANKED)
    assert decision.until_ms == BEGINNING_MS + ms("3h")
    assert world.sent() == [CART]
    assert world.after("1ms").sent() == [CART, LAPSE]


@pytest.mark.parametrize(
    ("expires_after", "reason"), [("2h", Reason.DEADLINE), ("2h 1ms", Reason.OUTRANKED)], ids=["exactly_at", "after"]
)
def test_the_outranked_may_not_go_too_late(expires_after: str, reason: Reason) -> None:
    """What would be good for nothing by then is refused at once."""
    world = shop({"priority": 1}, {"expires_after": f"{ms(expires_after)}ms"}, gap="2h")
    world.orders().adds("mug").after("61m")
    assert no(world, LAPSE)[1] is reason


def test_of_three_one_goes() -> None:
    """Whichever is looked at first: a checkout is, and is neither first nor last in rank."""
    rules = (rule(CHECKOUT, priority=1), rule(LAPSE), rule(INACTIVITY, priority=2))
    world = World(rulebook(*rules))
    world.orders().after("31m").adds("mug").checks_out().after("5h")
    assert no(world, CHECKOUT)[:2] == (Verdict.SUPPRESSED, Reason.OUTRANKED)
    assert world.sent() == [LAPSE, INACTIVITY]


def test_a_stage_that_a_deeper_one_holds_back_is_no_rival() -> None:
    """The cart has the higher priority, and the checkout speaks for it: one occasion."""
    world = World(rulebook(rule(CART, priority=9), rule(CHECKOUT), ladder=True))
    world.adds("mug").checks_out().after("3h")
    assert world.sent() == [CHECKOUT]
    assert world.why(CART) is Reason.DEEPER_STAGE


def test_a_stage_whose_deeper_one_was_outranked_is_outranked_too() -> None:
    """It does not slip through behind the winner's back."""
    world = World(rulebook(rule(CART), rule(CHECKOUT), rule(LAPSE, priority=5), ladder=True))
    world.orders().adds("mug", ahead="1ms").checks_out(ahead="1ms").at("5h")
    assert world.sent().count(LAPSE) == 1
    assert set(world.sent()) <= {LAPSE, CHECKOUT}


def test_an_exit_intent_competes_with_nobody() -> None:
    """It is answered on the spot, or never."""
    world = World(rulebook(rule("exit_intent"), rule(LAPSE, priority=9)))
    world.orders().at("60m").adds("mug").moves_to_leave().after("1h")
    assert sorted(world.sent()) == ["exit_intent", LAPSE]


def test_whoever_is_looked_at_first_looks_past_what_is_refused() -> None:
    """The lapse has the higher priority, and may not take its channel: the silence is spoken of."""
    rules = (rule(INACTIVITY), rule(LAPSE, priority=1, channel="sms"))
    world = World(rulebook(*rules, consent={"sms": "opt_in"}))
    assert world.orders().after("3h").sent() == [INACTIVITY]


@pytest.mark.parametrize("priority", [9, -9])
def test_a_shadow_takes_nobodys_place(priority: int) -> None:
    """Whatever its priority, it would have gone, and the lapse goes."""
    world = both(shop({"priority": priority, "shadow": True}, {}))
    assert world.sent() == [LAPSE]
    assert no(world, CART)[0] is Verdict.WOULD_HAVE_FIRED
