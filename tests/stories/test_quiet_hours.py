"""Nobody's telephone rings at night: what is due then waits, and is judged afresh when the window is over."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.outcomes.decisions import Decision, Reason, Verdict
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART = "cart_abandonment"
VIENNA = "Europe/Vienna"
NIGHT = {"from": "21:00", "to": "08:00"}
HOUR = ms("60m")


def told(local: str, zone: str = VIENNA) -> int:
    """A local time as the story's clock shows it."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000) - BEGINNING_MS


def shop(*windows: dict[str, Any], zone: str = VIENNA, **fields: Any) -> World:
    """A cart reminder after an hour, by sms, and these quiet hours."""
    return World(rulebook(rule(CART, **{"channel": "sms", **fields}), zone=zone, quiet_hours=list(windows)))


def due_at(world: World, at: int) -> Decision:
    """The first verdict on a cart whose reminder is due then."""
    world.at_ms(at - HOUR).adds("mug").at_ms(at + 1)
    return world.decisions()[-1]


def until(decision: Decision) -> int | None:
    """Until when it is put off, by the story's clock."""
    return None if decision.until_ms is None else decision.until_ms - BEGINNING_MS


@pytest.mark.parametrize(
    ("due", "after_ms", "expected"),
    [
        ("2025-06-17 21:00", -1, None),
        ("2025-06-17 21:00", 0, "2025-06-18 08:00"),
        ("2025-06-17 21:00", 1, "2025-06-18 08:00"),
        ("2025-06-17 23:59", 0, "2025-06-18 08:00"),
        ("2025-06-18 00:00", 0, "2025-06-18 08:00"),
        ("2025-06-18 08:00", -1, "2025-06-18 08:00"),
        ("2025-06-18 08:00", 0, None),
        ("2025-06-18 12:00", 0, None),
    ],
    ids=["before", "at_its_begin", "within", "before_midnight", "midnight", "last_instant", "exactly_over", "by_day"],
)
def test_a_night_begins_at_its_first_instant_and_is_over_at_its_last(
    due: str, after_ms: int, expected: str | None
) -> None:
    """From nine, inclusive, over midnight to eight, exclusive."""
    decision = due_at(shop(NIGHT), told(due) + after_ms)
    assert decision.verdict is (Verdict.FIRED if expected is None else Verdict.DEFERRED)
    assert decision.reason is (Reason.DUE if expected is None else Reason.QUIET_HOURS)
    assert until(decision) == (None if expected is None else told(expected))


def test_what_was_put_off_goes_when_the_window_is_over() -> None:
    """With its own anchor, due time and id; not a moment earlier."""
    world = shop(NIGHT)
    put_off = due_at(world, told("2025-06-17 22:00"))
    world.at_ms(told("2025-06-18 08:00"))
    assert world.sent() == []
    world.after("1ms")
    (fired,) = world.fired()
    assert fired["trigger_id"] == put_off.trigger_id
    assert fired["due_ms"] - BEGINNING_MS == told("2025-06-17 22:00")
    assert fired["fired_at_ms"] - BEGINNING_MS == told("2025-06-18 08:00") + 1
    assert fired["channel"] == "sms"


def test_what_was_put_off_is_judged_afresh() -> None:
    """Bought at night: there is nothing to remind of in the morning."""
    world = shop(NIGHT)
    due_at(world, told("2025-06-17 22:00"))
    world.at_ms(told("2025-06-18 02:00")).orders().at_ms(told("2025-06-18 09:00"))
    assert world.sent() == []
    assert world.why(CART) is Reason.ORDERED


def test_a_cart_that_changes_at_night_waits_anew() -> None:
    """The wait counts from the last change, and what was put off has not gone yet."""
    world = shop(NIGHT)
    due_at(world, told("2025-06-17 22:00"))
    world.at_ms(told("2025-06-18 07:30")).adds("pot").at_ms(told("2025-06-18 08:00") + 1)
    assert world.sent() == []
    world.at_ms(told("2025-06-18 08:30") + 1)
    assert world.anchors(CART) == [told("2025-06-18 07:30")]


@pytest.mark.parametrize(
    ("expires_after", "expected"),
    [("10h 1ms", Reason.QUIET_HOURS), ("10h", Reason.DEADLINE), ("9h 59m", Reason.DEADLINE)],
    ids=["in_time", "exactly_at_its_deadline", "too_late"],
)
def test_what_would_be_too_late_in_the_morning_is_refused_at_once(expires_after: str, expected: Reason) -> None:
    """Due at ten in the evening, good for so long; the window ends ten hours later."""
    decision = due_at(shop(NIGHT, expires_after=f"{ms(expires_after)}ms"), told("2025-06-17 22:00"))
    assert decision.reason is expected
    assert decision.verdict is (Verdict.SUPPRESSED if expected is Reason.DEADLINE else Verdict.DEFERRED)
    if expected is Reason.DEADLINE:
        assert decision.evidence["because"] == "quiet_hours"
        assert decision.evidence["until"] == BEGINNING_MS + told("2025-06-18 08:00")


@pytest.mark.parametrize(("channel", "is_silent"), [("sms", True), ("email", False), (None, False)])
def test_a_window_of_a_channel_silences_that_channel_alone(channel: str | None, is_silent: bool) -> None:
    """A mail may wait in the box overnight; a rule without a channel is concerned by what is said of all."""
    fields = {} if channel is None else {"channel": channel}
    world = World(rulebook(rule(CART, **fields), quiet_hours=[{"channel": "sms", **NIGHT}]))
    assert (due_at(world, told("2025-06-17 22:00", "UTC")).verdict is Verdict.DEFERRED) is is_silent


def test_a_window_without_a_channel_silences_all() -> None:
    """Also a rule that names none."""
    world = World(rulebook(rule(CART), quiet_hours=[NIGHT]))
    assert due_at(world, told("2025-06-17 22:00", "UTC")).verdict is Verdict.DEFERRED


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2025-06-20 23:00", "2025-06-21 08:00"),
        ("2025-06-21 07:59", "2025-06-21 08:00"),
        ("2025-06-21 22:00", None),
        ("2025-06-20 07:00", None),
    ],
    ids=["friday_night", "saturday_morning_is_of_fridays_night", "saturday_night", "friday_morning"],
)
def test_the_days_are_those_on_which_a_window_begins(due: str, expected: str | None) -> None:
    """Only Friday's night is quiet."""
    decision = due_at(shop({"days": ["fri"], **NIGHT}), told(due))
    assert until(decision) == (None if expected is None else told(expected))


def test_windows_that_meet_are_one() -> None:
    """The night, and all of Sunday: what is due on Saturday evening waits until Monday morning, and says so twice."""
    world = shop(NIGHT, {"days": ["sun"], "from": "00:00", "to": "24:00"})
    due_at(world, told("2025-06-21 22:00"))
    world.at_ms(told("2025-06-23 09:00"))
    ends = [until(decision) for decision in world.decisions() if decision.verdict is Verdict.DEFERRED]
    assert ends == [told("2025-06-22 08:00"), told("2025-06-23 00:00"), told("2025-06-23 08:00")]
    assert world.sent() == [CART]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"),  # 01:59:59, and the next second is 03:00
        ("2026-03-29T01:00:00Z", None),
        ("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z"),  # 02:29:59 of the first time
        ("2026-10-25T00:30:00Z", None),
        ("2026-10-25T01:15:00Z", None),  # 02:15 of the second time
    ],
    ids=["end_left_out", "at_the_gap", "end_that_comes_twice", "at_its_first", "between_the_two"],
)
def test_an_end_that_a_change_of_clocks_leaves_out_or_brings_twice(due: str, expected: str | None) -> None:
    """Until half past two: in March that is three, the first time that there is; in October the first of two."""

    def instant(text: str) -> int:
        return int(datetime.fromisoformat(text).timestamp() * 1000) - BEGINNING_MS

    decision = due_at(shop({"from": "22:00", "to": "02:30"}), instant(due))
    assert until(decision) == (None if expected is None else instant(expected))


def test_somebody_who_is_here_is_awake() -> None:
    """An exit intent at night is answered: whoever moves to leave is not asleep."""
    world = World(rulebook(rule("exit_intent", channel="onsite"), quiet_hours=[{"from": "00:00", "to": "24:00"}]))
    assert world.adds("mug").moves_to_leave().after("1m").sent() == ["exit_intent"]


def test_with_the_ladder_a_cart_waits_for_the_checkout_that_was_put_off() -> None:
    """One occasion: in the morning the deepest stage speaks, and the cart ends."""
    rules = (rule(CART, wait="90m", channel="sms"), rule("checkout_abandonment", channel="sms"))
    world = World(rulebook(*rules, ladder=True, zone=VIENNA, quiet_hours=[NIGHT]))
    world.at_ms(told("2025-06-17 21:00")).adds("mug").checks_out().at_ms(told("2025-06-18 08:00") + 1)
    assert world.sent() == ["checkout_abandonment"]
    assert world.why(CART) is Reason.DEEPER_STAGE
