"""What a person has asked for, or must be told: it goes at once, and once."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, ms, rule, rulebook

FORM, ACCOUNT, SUMMARY, MY_CART = "form_submitted", "account_changed", "visit_summary", "email_my_cart"
CART, CHECKOUT = "cart_abandonment", "checkout_abandonment"


def at_once(kind: str, **fields: Any) -> dict[str, Any]:
    """A rule of that kind as a shop would write it, without a wait."""
    return {name: value for name, value in rule(kind, **fields).items() if name != "wait"}


def changes(world: World, field: str | None, **fields: Any) -> World:
    """Something in the account is changed."""
    said = None if field is None else {"field": field}
    return world.pipe({"type": ACCOUNT, "properties": said}, **fields)


def asks(world: World, name: str, **fields: Any) -> World:
    """The visitor presses the button."""
    return world.pipe({"type": "custom", "name": name}, **fields)


def test_each_form_is_answered_at_once() -> None:
    """Two of one instant are two."""
    world = World(rulebook(at_once(FORM, after={"event": FORM, "where": 'event.name == "quote"'})))
    for name in ("quote", "contact", "quote"):
        world.pipe({"type": FORM, "name": name})
    assert world.after("1ms").triggers() == [(FORM, "v:phone", 0, 0)] * 2


def test_a_change_of_the_account_is_told_to_whoever_wants_no_marketing() -> None:
    """A password that somebody else has changed is no advertisement."""
    world = World(rulebook(at_once(ACCOUNT, channel="email"), consent={"email": "opt_in"}))
    world.opts_out(category="marketing", visitor_id="phone")
    assert changes(world, "password").after("1ms").sent() == [ACCOUNT]


@pytest.mark.parametrize(
    ("first", "second", "taken_back"),
    [("email", "email", [ACCOUNT]), ("email", "password", []), (None, None, [ACCOUNT])],
    ids=["the_same_field", "another_field", "no_field"],
)
def test_a_newer_change_of_the_same_field_stands_for_the_older(
    first: str | None, second: str | None, taken_back: list[str]
) -> None:
    """What is not delivered yet would say something that is wrong by now."""
    world = changes(World(rulebook(at_once(ACCOUNT))), first).after("1m")
    changes(world, second).after("1m")
    assert world.sent() == [ACCOUNT, ACCOUNT]
    assert world.cancelled() == taken_back
    assert not taken_back or world.decisions()[1].reason is Reason.REPLACED


def test_what_was_delivered_stands() -> None:
    """There is nothing to take back; the newer change is told too."""
    world = changes(World(rulebook(at_once(ACCOUNT))), "email").after("1m").settles(ACCOUNT).after("1m")
    assert changes(world, "email").after("1m").sent() == [ACCOUNT, ACCOUNT]
    assert world.cancelled() == []


def test_a_change_that_comes_late_takes_nothing_back() -> None:
    """The newer one has been told."""
    world = changes(World(rulebook(at_once(ACCOUNT))), "email").after("1m")
    assert changes(world, "email", ago="2m").after("1m").cancelled() == []


def test_a_visit_summary_has_what_was_looked_at_in_this_visit_first() -> None:
    """And what was before, behind it."""
    world = World(rulebook(at_once(SUMMARY))).sees("mug").after("3h").sees("pot").sees("pan")
    (fired,) = asks(world, SUMMARY).after("1ms").fired()
    assert fired["viewed"] == ["pot", "pan", "mug"]


def test_whoever_asks_is_awake() -> None:
    """Quiet hours are for those who have not asked."""
    world = World(rulebook(at_once(SUMMARY), quiet_hours=[{"from": "00:00", "to": "24:00"}]))
    assert asks(world, SUMMARY).after("1ms").sent() == [SUMMARY]


@pytest.mark.parametrize("kind", [CART, CHECKOUT])
@pytest.mark.parametrize(
    ("wait", "expected"),
    [("25h -1ms", Reason.ASKED_FOR), ("25h", Reason.ASKED_FOR), ("25h 1ms", Reason.DUE)],
    ids=["within", "exactly_at", "after"],
)
def test_whoever_asked_for_the_cart_is_not_reminded_of_it(kind: str, wait: str, expected: Reason) -> None:
    """For 25 hours from the request on."""
    hours, _, more = wait.partition(" ")
    waits = f"{ms(hours) + (ms(more) if more else 0)}ms"
    world = World(rulebook(at_once(MY_CART), rule(kind, wait=waits))).adds("mug").checks_out()
    asks(world, MY_CART).after("30h")
    assert world.why(kind) is expected
    assert world.fired()[0]["lines"][0]["product_id"] == "mug"


@pytest.mark.parametrize("kind", [CART, CHECKOUT])
@pytest.mark.parametrize(
    ("asks_at", "expected"), [("59m 59s", []), ("60m", []), ("60m 1s", [True])], ids=["before", "exactly_at", "after"]
)
def test_whoever_asks_just_when_the_reminder_is_due_gets_the_cart_alone(
    kind: str, asks_at: str, expected: list[bool]
) -> None:
    """The request comes before the timer, as everything does that happens at a due time."""
    world = World(rulebook(at_once(MY_CART), rule(kind))).adds("mug").checks_out()
    asks(world.after(asks_at), MY_CART).after("2h")
    assert [one == kind for one in world.sent() if one != MY_CART] == expected
    assert MY_CART in world.sent()


def test_a_request_that_reached_nobody_silences_nothing() -> None:
    """The address was wrong."""
    world = World(rulebook(at_once(MY_CART), rule(CART))).adds("mug")
    asks(world, MY_CART).after("1m").settles(MY_CART, "dead").after("2h")
    assert world.sent() == [MY_CART, CART]
