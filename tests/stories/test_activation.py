"""A rule says nothing about what was before it: `effective_from`, or when its id first took effect."""

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import moment_text
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, EXIT, LAPSE = "cart_abandonment", "exit_intent", "lapse"
BOUNDARY = pytest.mark.parametrize(
    ("ago", "fires"), [("5m 1ms", False), ("5m", True), ("4m", True)], ids=["before", "exactly_at", "after"]
)


def shop(book: Rulebook) -> World:
    """A live shop: rules take effect when they are taken over."""
    return World(book, driver=DurableReplay)


@BOUNDARY
def test_what_counts_from_before_effective_from_never_fires(ago: str, fires: bool) -> None:
    """The time itself is in time."""
    book = rulebook(rule(CART, effective_from=moment_text(BEGINNING_MS + ms("5m"))))
    world = shop(book).at("10m").adds("mug", ago=ago).after("3h")
    assert (world.sent() == [CART], world.why(CART)) == (fires, Reason.DUE if fires else Reason.BEFORE_ACTIVATION)


@pytest.mark.parametrize(("shift", "fires"), [(1, False), (0, True), (-1, True)], ids=["before", "exactly_at", "after"])
def test_a_new_rule_begins_when_it_is_taken_over(shift: int, fires: bool) -> None:
    """At W of its partition: a click that is late by more than that counts from before the rule."""
    world = shop(rulebook(rule(LAPSE))).at("10m")
    world.replay.take_over(rulebook(rule(LAPSE), rule(CART)))
    behind = world.instant("10m") - world.replay.sessions.watermarks["clickstream-0"]
    world.adds("mug", ago=f"{behind + shift}ms").after("3h")
    assert (world.sent() == [CART], world.why(CART)) == (fires, Reason.DUE if fires else Reason.BEFORE_ACTIVATION)


def test_an_edited_rule_goes_on_from_when_its_id_first_took_effect() -> None:
    """Also one that was gone for a while, and after a restart."""
    world = shop(rulebook(rule(CART))).at("10m")
    for book in (rulebook(rule(LAPSE)), rulebook(rule(CART, wait="90m"))):
        world.replay.take_over(book)
        assert isinstance(world.replay, DurableReplay)
        world.replay.kill(book)
    world.adds("mug", ago="9m").after("3h")
    assert world.sent() == [CART]


def test_an_exit_signal_from_before_is_not_answered() -> None:
    """It came late, and the rule is new."""
    world = shop(rulebook(rule(CART))).at("10m")
    world.replay.take_over(rulebook(rule(CART), rule(EXIT)))
    world.adds("mug", ago="9m").moves_to_leave(ago="8m")
    assert world.why(EXIT) is Reason.BEFORE_ACTIVATION
    assert world.moves_to_leave().sent() == [EXIT]


def test_in_a_replay_rules_were_always_in_effect() -> None:
    """It asks what they would have done."""
    world = World(rulebook(rule(LAPSE))).at("10m")
    world.replay.take_over(rulebook(rule(LAPSE), rule(CART)))
    assert world.adds("mug", ago="9m").after("3h").sent() == [CART]
