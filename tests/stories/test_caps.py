"""A person hears so much and no more, whichever rules speak: rolling caps over one log of what was sent."""

from functools import partial
from typing import Any

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from streams.replay import Replay
from streams.shop import Shop
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, BROWSE, LAPSE = "cart_abandonment", "browse_abandonment", "lapse"


def shop(*caps: dict[str, Any], cart: dict[str, Any] | None = None, browse: dict[str, Any] | None = None) -> World:
    """Carts after an hour, visits after an hour, and these caps."""
    return World(rulebook(rule(CART, **(cart or {})), rule(BROWSE, **(browse or {})), caps=list(caps)))


def twice(world: World, pause: str) -> World:
    """A cart is reminded of; then of a visit, which is due so much later."""
    return world.adds("mug").after(pause).sees("jug").after("61m")


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("15h 59m 59s 999ms", [CART]), ("16h", [CART, BROWSE]), ("16h 1ms", [CART, BROWSE])],
    ids=["within", "exactly_at", "after"],
)
def test_what_was_sent_exactly_so_long_ago_counts_no_more(pause: str, expected: list[str]) -> None:
    """(now - per, now], over all rules together."""
    world = twice(shop({"max": 1, "per": "16h"}), pause)
    assert world.sent() == expected
    if expected == [CART]:
        decision = world.decisions()[-1]
        assert (decision.verdict, decision.reason) == (Verdict.SUPPRESSED, Reason.CAPPED)
        assert decision.evidence == {"cap": "1 per 16h", "sent": 1, "sent_at": BEGINNING_MS + ms("60m")}


def test_two_of_one_instant_are_two() -> None:
    """Both ends of the stretch that counts now: what was sent at this very instant is in it."""
    world = World(rulebook(rule(CART), rule(LAPSE), caps=[{"max": 1, "per": "1h"}]))
    world.orders().adds("mug").after("61m")
    assert world.sent() == [CART]
    assert world.why(LAPSE) is Reason.CAPPED


def test_a_cap_of_two_lets_two_through() -> None:
    """And counts the third."""
    world = shop({"max": 2, "per": "1d"})
    world.adds("mug").after("2h").adds("mug").after("2h").adds("mug").after("2h")
    assert world.sent() == [CART, CART]
    assert world.why(CART) is Reason.CAPPED


def test_deferred_is_until_there_is_room() -> None:
    """Two a day: the third goes a day after the first, not a moment earlier."""
    world = shop({"max": 2, "per": "1d", "on_cap": "defer"})
    world.adds("mug").after("2h").adds("mug").after("2h").adds("mug").after("2h")
    decision = world.decisions()[-1]
    assert (decision.verdict, decision.reason) == (Verdict.DEFERRED, Reason.CAPPED)
    assert decision.until_ms == BEGINNING_MS + ms("60m") + ms("1d")
    assert len(world.at("1d 60m").sent()) == 2
    assert len(world.after("1ms").sent()) == 3
    assert world.fired()[-1]["due_ms"] == BEGINNING_MS + ms("4h") + ms("60m")


def test_what_would_be_deferred_past_its_deadline_is_refused() -> None:
    """Late is worse than never."""
    world = shop({"max": 1, "per": "1d", "on_cap": "defer"}, browse={"expires_after": "2h"})
    twice(world, "3h")
    assert world.why(BROWSE) is Reason.DEADLINE


def test_what_was_deferred_counts_from_when_it_went() -> None:
    """It went at 25 h, though it was due at 4 h: at 26 h there is no room."""
    world = shop({"max": 1, "per": "1d", "on_cap": "defer"})
    world.adds("mug").after("3h").sees("jug").after("1d").adds("pot").after("61m")
    assert world.sent() == [CART, BROWSE]
    assert world.decisions()[-1].until_ms == BEGINNING_MS + ms("49h")


@pytest.mark.parametrize(
    ("cap", "cart", "browse", "is_capped"),
    [
        ({"channel": "email"}, {"channel": "email"}, {"channel": "email"}, True),
        ({"channel": "email"}, {"channel": "sms"}, {"channel": "email"}, False),
        ({"channel": "email"}, {"channel": "email"}, {"channel": "sms"}, False),
        ({"channel": "email"}, {"channel": "email"}, {}, False),
        ({"channel": "email"}, {}, {"channel": "email"}, False),
        ({"category": "marketing"}, {}, {}, True),
        ({"category": "marketing"}, {}, {"category": "transactional"}, False),
        ({"category": "marketing"}, {"category": "transactional"}, {}, False),
        ({}, {"category": "transactional", "channel": "sms"}, {}, True),
    ],
)
def test_a_cap_counts_and_concerns_its_channel_and_category(
    cap: dict[str, str], cart: dict[str, str], browse: dict[str, str], is_capped: bool
) -> None:
    """One that names neither counts all."""
    world = twice(shop({"max": 1, "per": "1d", **cap}, cart=cart, browse=browse), "3h")
    assert world.sent() == ([CART] if is_capped else [CART, BROWSE])


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("expired", [CART, BROWSE]),
        ("dead", [CART, BROWSE]),
        ("cancelled", [CART, BROWSE]),
        ("suppressed", [CART, BROWSE]),
    ],
)
def test_what_was_never_delivered_releases(state: str, expected: list[str]) -> None:
    """The ESP was down: she has heard nothing."""
    world = shop({"max": 1, "per": "1d"})
    world.adds("mug").after("2h").settles(CART, state).after("1h").sees("jug").after("61m")
    assert world.sent() == expected


@pytest.mark.parametrize("reported", [True, False])
@pytest.mark.parametrize("speaks_once_in", ["cap", "cool_down"])
def test_what_is_taken_back_counts_as_delivered_where_nobody_sends_receipts(
    speaks_once_in: str, *, reported: bool
) -> None:
    """She was reminded of her cart, bought, and left another one. A dispatcher that could still take it back would have
    said by now whether she has heard of it."""
    capped = {"caps": [{"max": 1, "per": "1d"}]} if speaks_once_in == "cap" else {}
    book = rulebook(rule(CART, **({} if capped else {"cool_down": "1d"})), **capped)
    world = World(book, driver=partial(Replay, shop=Shop(receipts=reported)))
    world.adds("mug").after("2h").orders().after("1h").adds("jug").after("61m")
    assert world.cancelled() == [CART]
    assert world.sent() == ([CART, CART] if reported else [CART])


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("1d", [CART]), ("1d 60m 59s 999ms", [CART]), ("1d 61m", [CART, BROWSE])],
    ids=["a_day_after_it_was_due", "within", "a_day_after_it_was_delivered"],
)
def test_what_was_delivered_counts_from_then_on(pause: str, expected: list[str]) -> None:
    """It was due after an hour, and delivered an hour and a minute later."""
    world = shop({"max": 1, "per": "1d"})
    world.adds("mug").after("2h 1m").settles(CART).at(pause).sees("jug").after("61m")
    assert world.sent() == expected


@pytest.mark.parametrize(
    ("pause", "expected"), [("29d 23h", [CART]), ("30d", [CART, BROWSE])], ids=["within", "exactly_at"]
)
def test_a_cap_looks_back_further_than_triggers_can_be_taken_back(pause: str, expected: list[str]) -> None:
    """Fired triggers are forgotten after a week; that they were sent is not."""
    world = shop({"max": 1, "per": "30d"})
    world.adds("mug").after("10d").visits().at(pause).sees("jug").after("61m")
    assert world.sent() == expected


def test_a_cap_follows_the_person_to_another_device() -> None:
    """Reminded on the unknown phone; the laptop turns out to be hers, too."""
    world = shop({"max": 1, "per": "1d"})
    world.adds("mug").after("2h").signs_in("ada").as_("laptop").signs_in("ada").adds("pot").after("2h")
    assert world.sent() == [CART]
    assert world.why(CART) is Reason.CAPPED


def test_an_exit_intent_is_capped_too_and_cannot_wait() -> None:
    """It is refused where others are deferred."""
    world = World(rulebook(rule("exit_intent"), rule(CART), caps=[{"max": 1, "per": "1d", "on_cap": "defer"}]))
    world.adds("mug").after("2h").visits().moves_to_leave().after("1m")
    assert world.sent() == [CART]
    assert world.decisions()[-1].verdict is Verdict.SUPPRESSED
    assert world.why("exit_intent") is Reason.CAPPED


def test_the_first_cap_that_is_full_speaks() -> None:
    """In the order of the rulebook."""
    world = twice(shop({"max": 9, "per": "1h"}, {"max": 1, "per": "2h"}, {"max": 1, "per": "3h"}), "90m")
    assert world.decisions()[-1].evidence["cap"] == "1 per 2h"


def test_a_shadow_is_no_message() -> None:
    """It would have gone, and nobody heard it; it is capped itself by what others heard."""
    world = shop({"max": 1, "per": "1d"}, cart={"shadow": True})
    assert twice(world, "3h").sent() == [BROWSE]
    world.adds("mug").after("61m")
    assert world.why(CART) is Reason.CAPPED


def test_a_shadow_is_no_message_a_week_later_either() -> None:
    """When fired triggers are forgotten, it is not kept among what was sent."""
    world = shop({"max": 1, "per": "30d"}, cart={"shadow": True})
    world.adds("mug").after("10d").visits().after("1d").sees("jug").after("61m")
    assert world.sent() == [BROWSE]
