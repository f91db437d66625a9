"""Conditions of single steps, and of exit intents: what is known when one is due, or when they leave the page."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import World, ms, rule, rulebook

CART, EXIT, SEQUENCE = "cart_abandonment", "exit_intent", "sequence"


def heard(world: World) -> list[tuple[int, int]]:
    """The steps that were fired, and when they were due."""
    fired, shots = world.fired(), world.triggers()
    return [(one["step"], shot.due) for one, shot in zip(fired, shots, strict=True)]


def last(world: World) -> tuple[Verdict, Reason, int]:
    """What became of the run in the end."""
    decision = world.decisions()[-1]
    return decision.verdict, decision.reason, decision.step


def called(condition: str, **fields: object) -> World:
    """Whoever calls is answered at once; after a day if the condition holds; and a day after that."""
    steps = [{"wait": "0s"}, {"wait": "1d", "if": condition}, {"wait": "1d"}]
    after = {"event": "custom:called"}
    asked = rule(SEQUENCE, wait="0s", after=after, steps=steps, stop_on=[], **fields)
    return World(rulebook(asked)).pipe({"type": "custom", "name": "called", "properties": {"plan": "pro"}})


@pytest.mark.parametrize(
    ("at", "steps"),
    [("1d", [1]), ("23h 59m", [1]), ("1d 1ms", [1, 2, 3])],
    ids=["at its due time", "before", "after"],
)
def test_a_step_of_which_the_condition_does_not_hold_ends_the_run(at: str, steps: list[int]) -> None:
    """It is judged when the step is due: an order at that very instant is known. What would come after is over, too."""
    world = called("person.orders == 0").at(at).orders().advance("9d")
    assert [step for step, _ in heard(world)] == steps
    if steps == [1]:
        assert last(world) == (Verdict.SUPPRESSED, Reason.CONDITION, 2)


def test_the_condition_of_a_step_concerns_no_other() -> None:
    """Who has bought by the third step hears it."""
    world = called("person.orders == 0").at("1d 1h").orders().advance("9d")
    assert heard(world) == [(1, 0), (2, ms("1d")), (3, ms("2d"))]


def test_the_rules_own_condition_holds_for_every_step() -> None:
    """Both have to."""
    world = called("true", **{"if": "person.orders == 0"}).at("1d 1h").orders().advance("9d")
    assert [step for step, _ in heard(world)] == [1, 2]
    assert last(world) == (Verdict.SUPPRESSED, Reason.CONDITION, 3)


@pytest.mark.parametrize(("plan", "steps"), [("pro", [1, 2, 3]), ("free", [1])])
def test_a_step_sees_the_event_that_began_the_run(plan: str, steps: list[int]) -> None:
    """What it asks of the event travels, and is kept."""
    world = called(f'event.properties.plan == "{plan}"').advance("9d")
    assert [step for step, _ in heard(world)] == steps


def test_a_step_sees_the_traits_and_the_segments_that_it_asks_for() -> None:
    """Nobody else asks."""
    asked = rule(CART, steps=[{"wait": "0s"}, {"wait": "1d", "if": 'person.traits.plan == "pro"'}])
    world = World(rulebook(asked)).adds("mug", traits={"plan": "pro"}).advance("9d")
    assert [step for step, _ in heard(world)] == [1, 2]
    segments = [{"id": "looker", "if": "person.orders == 0"}]
    asked = rule(CART, steps=[{"wait": "0s"}, {"wait": "1d", "if": '"looker" in person.segment'}])
    world = World(rulebook(asked, segments=segments)).adds("mug").advance("9d")
    assert [step for step, _ in heard(world)] == [1, 2]


def test_a_birthday_may_ask_for_a_segment() -> None:
    """Everybody is looked at for it."""
    birthday = {"id": "b", "kind": "birthday", "if": '"looker" in person.segment'}
    book = rulebook(birthday, segments=[{"id": "looker", "if": "person.orders == 0"}])
    world = World(book).visits(traits={"birthday": "2000-06-17"}).advance("9d")
    assert world.sent() == ["birthday"]


def test_a_step_that_cannot_be_judged_says_why() -> None:
    """It does not hold; the decision has the sentence, and it is counted."""
    world = called("event.properties.plan > 3").advance("9d")
    assert last(world) == (Verdict.SUPPRESSED, Reason.CONDITION, 2)
    assert "cannot compare" in str(world.decisions()[-1].evidence["failure"])
    assert world.counts["conditions_failed", "if"] == 1


def leaving(condition: str, **settings: object) -> World:
    """A shop that asks something of whoever moves to leave."""
    return World(rulebook(rule(EXIT, min_views=1, **{"if": condition}), **settings))


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ("person.orders == 0", True),
        ("person.orders > 0", False),
        ("cart.value > 15 && cart.quantity == 1", True),
        ('cart.has("mug") && !cart.has("pot")', True),
        ("cart.value > 50", False),
        ("episode.value == 19.90 && episode.anchor == episode.due", True),
        ('person.consent("email")', True),
    ],
)
def test_an_exit_intent_is_asked_for_what_is_known_when_they_leave(condition: str, fires: bool) -> None:
    """The cart of this very moment, which nobody has folded yet."""
    world = leaving(condition, currency="EUR").adds("mug", price="19.90").moves_to_leave()
    assert world.sent() == ([EXIT] if fires else [])
    assert world.why(EXIT) is (Reason.DUE if fires else Reason.CONDITION)


def test_an_exit_intent_that_was_refused_by_its_condition_may_come_later() -> None:
    """It does not use the session up."""
    world = leaving("cart.quantity >= 2").adds("mug").moves_to_leave().after("1m").adds("mug").moves_to_leave()
    assert world.sent() == [EXIT]


@pytest.mark.parametrize(("condition", "fires"), [("person.orders == 0", False), ("person.orders == 1", True)])
def test_an_exit_intent_knows_an_order_of_a_moment_ago(condition: str, fires: bool) -> None:
    """Of another session, told by the feed just now: W has not come so far."""
    world = leaving(condition).signs_in("ada").orders("O1", on_site=False, customer_id="ada", ago="2h")
    assert bool(world.sees("mug").moves_to_leave().sent()) is fires


def test_an_exit_intent_asks_a_customer_for_what_the_customer_is() -> None:
    """The signal of a known device is judged where all is known of its customer."""
    world = leaving("person.orders >= 2").signs_in("ada").orders("O1", on_site=False, customer_id="ada").after("9d")
    world.sees("mug").moves_to_leave().after("9d")
    world.orders("O2", on_site=False, customer_id="ada").after("9d").as_("laptop").signs_in("ada").after("1m")
    world.sees("mug").moves_to_leave()
    assert world.why(EXIT) is Reason.DUE
    assert len(world.fired()) == 1


def test_the_traits_that_an_exit_intent_asks_for_travel() -> None:
    """As for any other rule."""
    world = leaving('person.traits.plan == "pro"').sees("mug", traits={"plan": "pro"}).after("1m").moves_to_leave()
    assert world.sent() == [EXIT]
