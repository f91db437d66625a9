"""Welcome: the first sign of a person who wants to be known."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rulebook

WELCOME = "welcome"


def shop(**fields: Any) -> World:
    """A shop that welcomes."""
    return World(rulebook({"id": WELCOME, "kind": WELCOME, "expires_after": "never", **fields}))


@pytest.mark.parametrize("kind", ["subscribed", "registered", "consent_given"])
def test_each_of_what_may_be_a_sign_up_is_welcomed_once(kind: str) -> None:
    """At once; whatever follows is none any more."""
    world = shop().pipe({"type": kind}).after("1d")
    for other in ("subscribed", "registered", "consent_given"):
        world.pipe({"type": other}).after("1d")
    assert world.triggers() == [(WELCOME, "v:phone", 0, 0)]
    assert len(world.decisions()) == 1


def test_it_carries_what_was_looked_at_before() -> None:
    """This visit's first, before the sign-up; and what was before."""
    world = shop().sees("mug").after("3h").sees("pot").pipe({"type": "subscribed"}).sees("pan").after("1ms")
    assert world.fired()[0]["viewed"] == ["pot", "mug"]


def test_whoever_has_ordered_before_is_not_new() -> None:
    """Unless the rule says otherwise."""
    world = shop().orders().after("1d").pipe({"type": "registered"}).after("1d")
    assert world.why(WELCOME) is Reason.CONDITION
    assert len(world.pipe({"type": "registered"}).after("1d").decisions()) == 1
    world = shop(**{"if": "person.orders < 5"}).orders().after("1d").pipe({"type": "registered"}).after("1d")
    assert world.sent() == [WELCOME]


def test_an_order_after_the_sign_up_ends_a_run_and_nothing_else() -> None:
    """A welcome is not wrong because somebody buys; the steps after it have their answer."""
    world = shop(steps=[{"wait": "0s"}, {"wait": "1d"}]).pipe({"type": "registered"}).after("1h").orders()
    assert world.after("5d").sent() == [WELCOME]
    assert world.cancelled() == []


def test_an_earlier_sign_up_that_comes_to_light_is_the_first() -> None:
    """Told late, and before the wait is over."""
    world = World(rulebook({"id": WELCOME, "kind": WELCOME, "wait": "2h"}), lateness="5s")
    world.after("1h").pipe({"type": "registered"}).after("1m").pipe({"type": "subscribed"}, ago="30m").after("9h")
    assert world.anchors(WELCOME) == [ms("31m")]


def test_of_two_sign_ups_that_become_one_persons_the_first_stays() -> None:
    """Ada has just subscribed by mail; the device that subscribes too turns out to be hers."""
    world = shop(wait="1h").pipe({"type": "consent_given", "customer_id": "ada"}).after("10m")
    world.as_("laptop").pipe({"type": "subscribed"}).after("1m").signs_in("ada").after("2h")
    assert world.anchors(WELCOME) == [0]
    assert world.why(WELCOME) is Reason.SIGNED_UP_BEFORE


def test_who_turns_out_to_be_a_customer_of_before_is_not_welcomed() -> None:
    """The device signs up, and then it is ada's, who did so long ago."""
    world = shop(wait="1h").pipe({"type": "registered", "customer_id": "ada"}).after("2h")
    world.as_("laptop").pipe({"type": "subscribed"}).after("1m").signs_in("ada").after("2h")
    assert world.sent() == [WELCOME]
    assert world.why(WELCOME) is Reason.SIGNED_UP_BEFORE
