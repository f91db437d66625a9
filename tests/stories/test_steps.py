"""Steps: a rule speaks again until the person answers, and each step is one trigger with an id of its own."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import World, ms, rule, rulebook

CART, BROWSE, CHECKOUT, LAPSE = "cart_abandonment", "browse_abandonment", "checkout_abandonment", "lapse"
THRICE = [{"wait": "0s"}, {"wait": "24h"}, {"wait": "72h"}]


def book(*more: dict[str, object], **fields: object) -> World:
    """A shop that reminds of a cart after an hour, a day later, and three days after that."""
    return World(rulebook(rule(CART, **{"steps": THRICE, **fields}), *more))


def steps(world: World) -> list[tuple[int, int]]:
    """The steps that were fired, and when they were due, ms since the beginning."""
    return [(fired["step"], shot.due) for fired, shot in zip(world.fired(), world.triggers(), strict=True)]


def last(world: World) -> tuple[Verdict, Reason, int]:
    """What became of the run at the end."""
    decision = world.decisions()[-1]
    return decision.verdict, decision.reason, decision.step


def test_each_step_waits_from_the_firing_of_the_one_before() -> None:
    """An hour; a day more; three days more; and then never again."""
    world = book()
    world.adds("mug").advance("30d")
    assert steps(world) == [(1, ms("1h")), (2, ms("25h")), (3, ms("97h"))]
    assert len({fired["trigger_id"] for fired in world.fired()}) == 3


def test_the_first_step_may_wait_on_top_of_the_rule() -> None:
    """The rule's own wait is before the first step."""
    world = book(steps=[{"wait": "30m"}, {"wait": "1h"}])
    world.adds("mug").advance("9h")
    assert steps(world) == [(1, ms("90m")), (2, ms("150m"))]


@pytest.mark.parametrize(
    ("at", "heard"), [("24h 59m 59s 999ms", 1), ("25h", 1), ("25h 1ms", 2)], ids=["within", "exactly_at", "after"]
)
def test_an_order_ends_the_run(at: str, heard: int) -> None:
    """An order at exactly the due time of a step comes before it."""
    world = book()
    world.adds("mug").at(at).orders().advance("30d")
    assert len(steps(world)) == heard
    assert last(world) == (Verdict.ENDED, Reason.ORDERED, heard + 1)


def test_news_of_an_order_is_no_answer() -> None:
    """The parcel of what was bought before the cart was filled."""
    world = book()
    world.orders("O1").after("1m").adds("mug").after("2h").orders("O1", type="order_shipped", on_site=False)
    world.advance("30d")
    assert len(steps(world)) == 3


def test_an_emptied_cart_ends_the_run() -> None:
    """There is nothing left to remind of."""
    world = book()
    world.adds("mug").after("2h").removes("mug").advance("30d")
    assert steps(world) == [(1, ms("1h"))]
    assert last(world) == (Verdict.ENDED, Reason.CART_EMPTIED, 2)


def test_a_new_occasion_begins_anew() -> None:
    """Something more in the cart: the run goes, and is told from its beginning."""
    world = book()
    world.adds("mug").after("2h").adds("jug").advance("30d")
    assert steps(world) == [(1, ms("1h")), (1, ms("3h")), (2, ms("27h")), (3, ms("99h"))]
    assert (Verdict.ENDED, Reason.BEGAN_ANEW, 2) in [(d.verdict, d.reason, d.step) for d in world.decisions()]


@pytest.mark.parametrize(("stop_on", "heard"), [(["visit"], 1), (["order"], 3), ([], 3)])
def test_what_stops_a_run_is_the_rules_to_say(stop_on: list[str], heard: int) -> None:
    """A visit is an answer where the shop says so."""
    world = book(stop_on=stop_on)
    world.adds("mug").after("20h").visits().advance("30d")
    assert len(steps(world)) == heard
    assert last(world)[1] is (Reason.RETURNED if heard == 1 else Reason.DUE)


def test_the_visit_in_which_the_cart_was_left_is_no_answer() -> None:
    """It began before the first step was fired."""
    world = book(stop_on=["visit"])
    world.adds("mug").advance("30d")
    assert len(steps(world)) == 3


@pytest.mark.parametrize(("deadline", "heard"), [("24h 59m", 1), ("25h", 1), ("25h 1ms", 2)])
def test_a_deadline_ends_the_run(deadline: str, heard: int) -> None:
    """Counted from the anchor; a step at exactly the deadline is too late."""
    world = book(deadline=f"{ms(deadline)}ms")
    world.adds("mug").advance("30d")
    assert len(steps(world)) == heard
    assert last(world) == (Verdict.ENDED, Reason.DEADLINE, heard + 1)


@pytest.mark.parametrize(("deadline", "heard"), [("17h", 1), ("17h 1ms", 2)], ids=["exactly_then", "in_time"])
def test_a_step_is_not_put_off_past_the_deadline(deadline: str, heard: int) -> None:
    """The second is due at three hours, and there is room for it at seventeen."""
    cap = {"max": 1, "per": "16h", "on_cap": "defer"}
    steps_ = [{"wait": "0s"}, {"wait": "2h"}]
    world = World(rulebook(rule(CART, steps=steps_, deadline=f"{ms(deadline)}ms", expires_after="never"), caps=[cap]))
    world.adds("mug").advance("30d")
    assert len(steps(world)) == heard
    assert last(world)[1] is (Reason.DUE if heard == 2 else Reason.DEADLINE)


def test_a_deadline_that_comes_before_the_first_step_leaves_nothing_to_say() -> None:
    """The run is over when it would begin."""
    world = book(deadline="1h")
    world.adds("mug").advance("30d")
    assert steps(world) == []
    assert last(world)[1] is Reason.DEADLINE


def test_after_an_outage_two_steps_never_come_at_once() -> None:
    """The second waits from the firing of the first, which was two days late."""
    world = book()
    world.adds("mug").outage("2d").advance("30d")
    (first, second, third) = steps(world)
    assert first == (1, ms("1h"))
    assert second == (2, ms("2d") + ms("24h"))
    assert third == (3, second[1] + ms("72h"))


@pytest.mark.parametrize(("late_by", "second"), [("59m", "25h"), ("1h", "25h"), ("1h 1ms", "26h 1ms")])
def test_a_feed_that_is_late_does_not_move_the_next_step(late_by: str, second: str) -> None:
    """Up to an hour, that included."""
    world = book()
    world.adds("mug").advance("1h").outage(late_by).advance("30d")
    assert steps(world)[1] == (2, ms(second))


def test_what_was_bought_during_the_outage_ends_the_run() -> None:
    """It was done after the first step was due, though before it was fired."""
    world = book()
    world.adds("mug").advance("1h").outage("2h").orders(ago="1h 30m").advance("30d")
    assert len(steps(world)) <= 1
    assert Reason.ORDERED in {decision.reason for decision in world.decisions()}


def test_a_step_that_is_too_late_is_passed_over() -> None:
    """Late is worse than never, and the next one is in time."""
    world = book(expires_after="1h")
    world.adds("mug").after("2h").outage("2d").advance("30d")
    assert [step for step, _ in steps(world)] == [1, 3]


def test_the_cool_down_asks_the_first_step_alone() -> None:
    """A run is one occasion; the next occasion waits."""
    world = book(cool_down="7d")
    world.adds("mug").advance("5d").adds("jug").advance("30d")
    assert [step for step, _ in steps(world)] == [1, 2, 3]
    assert last(world)[1] is Reason.COOL_DOWN


def test_whoever_wants_no_more_hears_no_further_step() -> None:
    """An opt-out ends the run."""
    world = World(rulebook(rule(CART, steps=THRICE), consent="opt_out"))
    world.adds("mug").after("2h").opts_out().after("30d").opts_in().advance("30d")
    assert len(steps(world)) == 1


@pytest.mark.parametrize(
    ("refused", "heard"),
    [({}, 1), ({"channel": "email"}, 1), ({"category": "marketing"}, 1), ({"channel": "sms"}, 3)],
)
@pytest.mark.parametrize("turned", [False, True], ids=["in_order", "the_consent_first"])
def test_nor_does_who_is_welcome_again_before_the_next(refused: dict[str, str], heard: int, *, turned: bool) -> None:
    """What was refused is over, whichever word comes first; a new cart is a new occasion."""
    world = World(rulebook(rule(CART, steps=THRICE, channel="email"), consent="opt_out"))
    words = [("2h", world.opts_out), ("3h", world.opts_in)]
    world.adds("mug").at("3h")
    for moment, says in reversed(words) if turned else words:
        says(occurred_at=world.instant(moment), **refused)
    world.at("5d")
    assert len(steps(world)) == heard
    world.adds("pot").advance("30d")
    assert len(steps(world)) == heard + 3


def test_a_deeper_stage_ends_the_run_of_a_shallower_one() -> None:
    """The ladder: one occasion, and the checkout speaks of it from now on."""
    world = World(rulebook(rule(CART, steps=THRICE), rule(CHECKOUT), ladder=True))
    world.adds("mug").after("2h").checks_out().advance("30d")
    assert [shot.kind for shot in world.triggers()] == [CART, CHECKOUT]


def test_a_run_holds_nothing_back() -> None:
    """Its occasion was spoken of: a later visit without a purchase is one of its own."""
    world = World(rulebook(rule(BROWSE), rule(CART, steps=THRICE), ladder=True))
    world.adds("mug").after("2h").orders().after("1h").sees("jug").advance("10d")
    assert [shot.kind for shot in world.triggers()] == [CART, BROWSE]


def test_a_run_is_inherited_and_goes_on() -> None:
    """Who signs in hears the second step as a customer; the id is that of the visitor's occasion."""
    world = book()
    world.adds("mug").after("2h").signs_in("ada").advance("30d")
    assert [(step, shot.person) for (step, _), shot in zip(steps(world), world.triggers(), strict=True)] == [
        (1, "v:phone"),
        (2, "c:ada"),
        (3, "c:ada"),
    ]


def test_a_run_gives_way_to_what_is_yet_to_be_said() -> None:
    """The customer's run is at its second step; the visitor brings a cart of which nobody has spoken."""
    world = book()
    world.as_("laptop").signs_in("ada").adds("mug").after("2h").as_("phone").adds("jug").after("1m").signs_in("ada")
    world.advance("30d")
    assert [step for step, _ in steps(world)] == [1, 1, 2, 3]
    assert (Verdict.ENDED, Reason.MERGED, 2) in [(d.verdict, d.reason, d.step) for d in world.decisions()]


def test_an_order_of_the_customer_answers_the_visitors_run() -> None:
    """Both turn out to be one person; what the customer bought elsewhere was never shown to the run."""
    world = book()
    world.adds("mug").after("2h").orders(on_site=False, customer_id="ada").after("1h").signs_in("ada").advance("30d")
    assert len(steps(world)) == 1


def test_once_a_silence_has_several_steps() -> None:
    """Lapse: 60 days, then a week later; the next order ends it and begins anew."""
    world = World(rulebook(rule(LAPSE, wait="60d", steps=[{"wait": "0s"}, {"wait": "7d"}])))
    world.orders("O1").after("61d").orders("O2").advance("300d")
    assert steps(world) == [(1, ms("60d")), (1, ms("121d")), (2, ms("128d"))]


def test_the_return_ends_the_steps_of_a_silence() -> None:
    """Inactivity is over with the first sign of life."""
    world = World(rulebook(rule("inactivity", wait="2d", steps=[{"wait": "0s"}, {"wait": "1d"}])))
    world.visits().after("2d 1h").visits().advance("30d")
    assert [step for step, _ in steps(world)] == [1, 1, 2]


def test_a_step_that_is_put_off_moves_the_next_one() -> None:
    """Due at night, it goes in the morning, and the next one counts from there."""
    quiet = [{"from": "12:00", "to": "20:00"}]  # the story begins at 15:06:40 UTC
    world = World(rulebook(rule(CART, steps=THRICE), quiet_hours=quiet))
    world.adds("mug").advance("4d")
    assert steps(world)[:2] == [(1, ms("1h")), (2, ms("4h 53m 20s") + ms("24h"))]
    assert [decision.until_ms for decision in world.decisions()][:2] == [world.instant("4h 53m 20s"), None]


def test_a_later_step_that_is_too_much_is_passed_over() -> None:
    """The next one waits all the same; a first step that is refused begins no run."""
    world = World(rulebook(rule(CART, steps=THRICE), rule(BROWSE), caps=[{"max": 1, "per": "12h"}]))
    world.adds("mug").after("20h").sees("pot").advance("30d")
    assert [fired["kind"] for fired in world.fired()] == [CART, BROWSE, CART]
    assert [(d.step, d.reason) for d in world.decisions() if d.kind == CART] == [
        (1, Reason.DUE),
        (2, Reason.CAPPED),
        (3, Reason.DUE),
    ]


def test_a_run_that_is_held_out_takes_its_course() -> None:
    """Every step has its verdict, so that the two groups can be compared message by message."""
    world = World(rulebook(rule(CART, steps=THRICE), holdout={"percent": 99.99, "salt": "s"}))
    world.adds("mug").advance("30d")
    assert [(d.step, d.verdict) for d in world.decisions()] == [(step, Verdict.HELD_OUT) for step in (1, 2, 3)]
