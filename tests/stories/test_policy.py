"""May it go out? Consent, conversion, deadline and cool-down, each with its boundary and its reason."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.world import LADDER, World, ms, rule, rulebook

CART = "cart_abandonment"


@pytest.mark.parametrize(
    ("pause", "anchors"),
    [("23h 59m 59s 999ms", ["0s"]), ("1d", ["0s", "1d"]), ("1d 1ms", ["0s", "1d 1ms"])],
    ids=["within", "exactly_at", "after"],
)
def test_a_cool_down_has_passed_exactly_at_its_end(pause: str, anchors: list[str]) -> None:
    """It lies between two due times of one rule."""
    world = World(rulebook(rule(CART, cool_down="1d")))
    world.adds("mug").after(pause).adds("mug").after("1d")
    assert world.anchors(CART) == [ms(anchor) for anchor in anchors]
    assert world.why(CART) is (Reason.DUE if len(anchors) > 1 else Reason.COOL_DOWN)


def test_a_suppressed_trigger_does_not_prolong_the_cool_down() -> None:
    """It counts from what was said, not from what was not."""
    world = World(rulebook(rule(CART, cool_down="1d")))
    world.adds("mug").after("20h").adds("mug").after("4h").adds("mug").after("1d")
    assert world.anchors(CART) == [0, ms("24h")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("delivered", [CART]), ("expired", [CART] * 2), ("dead", [CART] * 2), ("suppressed", [CART] * 2)],
)
def test_what_was_never_delivered_does_not_count_for_the_cool_down(state: str, expected: list[str]) -> None:
    """The ESP was down for hours: she has heard nothing yet."""
    world = World(rulebook(rule(CART, cool_down="7d")))
    world.adds("mug").after("2h").settles(CART, state).after("1d").adds("pot").after("1d")
    assert world.sent() == expected


def test_what_is_on_its_way_counts_for_the_cool_down() -> None:
    """It may be delivered any moment. So it is where nobody sends receipts."""
    world = World(rulebook(rule(CART, cool_down="7d")))
    world.adds("mug").after("1d").adds("pot").after("1d")
    assert world.sent() == [CART]
    assert world.why(CART) is Reason.COOL_DOWN


@pytest.mark.parametrize("state", ["cancelled", "delivered"])
def test_what_was_taken_back_does_not_count_unless_it_was_delivered_all_the_same(state: str) -> None:
    """The cancellation came during the call, or in time."""
    world = World(rulebook(rule(CART, cool_down="7d")))
    world.adds("mug").after("2h").orders().settles(CART, state).after("1h").adds("pot").after("1d")
    assert world.cancelled() == [CART]
    assert world.sent() == ([CART] if state == "delivered" else [CART] * 2)


def test_an_earlier_one_that_was_delivered_still_counts() -> None:
    """The last one was lost, the one before was not: a week from that one."""
    world = World(rulebook(rule(CART, cool_down="7d")))
    world.adds("mug").after("2h").settles(CART)
    world.after("8d").adds("mug").after("2h").settles(CART, "expired")
    world.after("1d").adds("mug").after("2h").settles(CART).after("5d").adds("mug").after("1d")
    assert len(world.sent()) == 3
    assert world.why(CART) is Reason.COOL_DOWN


@pytest.mark.parametrize(
    ("state", "expected"), [("delivered", 1), ("expired", 2), (None, 1)], ids=["delivered", "expired", "no_receipt"]
)
def test_a_cool_down_is_longer_than_the_memory_of_triggers(state: str | None, expected: int) -> None:
    """Fired triggers are forgotten after a week; when the rule was last heard is not."""
    world = World(rulebook(rule(CART, cool_down="30d")))
    world.adds("mug").after("2h")
    if state is not None:
        world.settles(CART, state)
    world.after("10d").visits().after("1d").adds("pot").after("1d")
    assert len(world.sent()) == expected


def test_a_released_trigger_is_not_fired_again() -> None:
    """An anchor that has fired arms nothing, whatever became of the trigger: its id is used up."""
    world = World(rulebook(rule(CART, cool_down="7d")))
    world.adds("mug").after("2h").settles(CART, "expired").adds("pot", ago="2h").after("1d")
    assert world.sent() == [CART]


def test_a_cool_down_is_one_rules_own() -> None:
    """That a cart was mentioned does not keep a checkout from being mentioned."""
    world = World(rulebook(rule(CART, cool_down="9d"), rule("checkout_abandonment", cool_down="9d")))
    world.adds("mug").after("2h").checks_out().after("1d")
    assert world.sent() == [CART, "checkout_abandonment"]


def test_a_cool_down_follows_the_person_to_another_device() -> None:
    """Mentioned to the unknown phone; the phone turns out to be hers; the laptop stays silent."""
    world = World(rulebook(rule(CART, cool_down="1d")))
    world.adds("mug").after("2h").signs_in("ada").as_("laptop").signs_in("ada").adds("pot").after("2h")
    assert world.sent() == [CART]
    assert world.why(CART) is Reason.COOL_DOWN


@pytest.mark.parametrize(
    ("late_by", "expected"),
    [("23h 59m 59s 999ms", [CART]), ("1d", []), ("1d 1ms", [])],
    ids=["within", "exactly_at", "after"],
)
def test_a_trigger_that_is_too_late_is_not_fired(late_by: str, expected: list[str]) -> None:
    """After an outage: the deadline has passed exactly at due + expires_after."""
    world = World(rulebook(rule(CART, expires_after="1d")))
    world.adds("mug").advance("60m").outage(late_by)
    assert world.sent() == expected
    assert world.why(CART) is (Reason.DUE if expected else Reason.EXPIRED)


def test_in_a_recording_nothing_is_too_late_because_nothing_else_happened() -> None:
    """Live a quiet shop's clock goes on: the next record, a week later, must not find the trigger expired."""
    world = World(rulebook(rule(CART, expires_after="1d")))
    world.adds("mug").advance("7d").as_("other").sees("jug")
    assert world.sent() == [CART]
    (fired,) = world.fired()
    assert fired["fired_at_ms"] - fired["due_ms"] <= ms("1m")


def test_the_deadline_stands_in_the_trigger() -> None:
    """For those who deliver it later."""
    world = World(rulebook(rule(CART, expires_after="1d")))
    world.adds("mug").after("61m")
    (fired,) = world.fired()
    assert fired["expires_at"] - fired["due_ms"] == ms("1d")


def test_an_exit_intents_deadline_is_judged_by_the_dispatcher_alone() -> None:
    """The signal came a minute late: fired all the same, with a deadline that has passed."""
    world = World(rulebook(rule("exit_intent", expires_after="30s")), lateness="5m")
    world.adds("mug").after("10m").visits().moves_to_leave(ago="1m")
    (fired,) = world.fired()
    assert fired["expires_at"] < fired["fired_at_ms"] or fired["expires_at"] == fired["anchor_ms"] + ms("30s")
    assert world.why("exit_intent") is Reason.DUE


def test_a_purchase_that_is_known_but_not_yet_passed_by_w_suppresses() -> None:
    """Bought two seconds after the due time, while late events could still come: nothing goes out."""
    world = World(LADDER)
    world.adds("mug").advance("60m 2s").orders().after("1d")
    assert world.sent() == []
    assert world.why(CART) is Reason.ALREADY_CONVERTED


def test_without_that_policy_the_trigger_is_taken_back_in_the_same_breath() -> None:
    """The plain rulebook counts it; nobody delivers it."""
    world = World(rulebook(rule(CART)))
    world.adds("mug").advance("60m 2s").orders().after("1d")
    assert world.sent() == world.cancelled() == [CART]


def test_an_old_purchase_is_no_conversion() -> None:
    """It came before what the wait counts from."""
    world = World(LADDER)
    world.orders().after("1h").adds("mug").after("2h")
    assert world.sent() == [CART]


def test_who_opted_out_hears_nothing() -> None:
    """And the decision log knows why."""
    world = World(LADDER)
    world.opts_out().adds("mug").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_an_opt_out_applies_on_arrival_to_what_already_waits() -> None:
    """It is not an event among others: the last word counts, whatever its time."""
    world = World(LADDER)
    world.adds("mug").after("30m").opts_out().after("2h")
    assert world.sent() == []


def test_who_opts_in_again_is_welcome_again() -> None:
    """The next occasion counts."""
    world = World(LADDER)
    world.opts_out().after("1h").opts_in().adds("mug").after("2h")
    assert world.sent() == [CART]


def test_a_rulebook_may_leave_consent_to_others() -> None:
    """`consent: ignore`: the ESP knows who wants what."""
    world = World(rulebook(rule(CART), consent="ignore"))
    world.opts_out().adds("mug").after("2h")
    assert world.sent() == [CART]


def test_an_opt_out_takes_back_what_is_not_yet_delivered() -> None:
    """Known any time before the call: the call is not made."""
    world = World(LADDER)
    world.adds("mug").after("61m").opts_out()
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.OPTED_OUT


def test_an_opt_out_takes_back_nothing_that_was_delivered() -> None:
    """What was read cannot be unread."""
    world = World(LADDER)
    world.adds("mug").after("61m").settles(CART).opts_out()
    assert world.cancelled() == []


def test_the_customers_opt_out_binds_all_her_devices() -> None:
    """Opted out as a customer; the phone that turns out to be hers stays silent."""
    world = World(LADDER)
    world.opts_out(customer_id="ada").adds("mug").after("10m").signs_in("ada").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_a_visitors_opt_out_binds_the_customer_that_the_visitor_turns_out_to_be() -> None:
    """To have asked before signing in is to have asked."""
    world = World(LADDER)
    world.opts_out().signs_in("ada").adds("mug").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_what_a_silent_customer_inherits_undelivered_is_taken_back() -> None:
    """She has opted out; the unknown phone, already addressed, turns out to be hers before the call is made."""
    world = World(LADDER)
    world.opts_out(customer_id="ada").adds("mug").after("61m").signs_in("ada").after("1m")
    assert world.sent() == [CART]
    assert world.cancelled() == [CART]


def test_who_is_erased_is_not_spoken_to() -> None:
    """The cart is forgotten; a later one is suppressed."""
    world = World(LADDER)
    world.adds("mug").after("30m").asks_for_erasure().after("2h").adds("pot").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.ERASED


def test_an_erasure_takes_back_what_is_not_yet_delivered() -> None:
    """Known any time before the call."""
    world = World(LADDER)
    world.adds("mug").after("61m").asks_for_erasure()
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.ERASED


def test_an_erasure_reaches_the_devices_of_the_customer() -> None:
    """Her phone's cart is forgotten with her."""
    world = World(LADDER)
    world.signs_in("ada").adds("mug").after("10m").asks_for_erasure(customer_id="ada").after("1d")
    assert world.sent() == []
    assert "mug" not in str(world.fired())


def test_after_an_erasure_consent_begins_a_new_acquaintance() -> None:
    """Who comes back and says yes is spoken to."""
    world = World(LADDER)
    world.asks_for_erasure().after("1h").opts_in().adds("mug").after("2h")
    assert world.sent() == [CART]


def test_the_first_refusal_names_the_reason() -> None:
    """Erased before opted out, opted out before converted, converted before expired, expired before cool-down."""
    book = rulebook(
        rule(CART, expires_after="1h", cool_down="9d"), already_converted=True, consent="opt_out", session_max="off"
    )
    reasons = []
    for refusals in range(5, 0, -1):
        world = World(book)
        world.adds("mug").after("61m").adds("mug")
        if refusals >= 5:
            world.asks_for_erasure().advance("1ms").adds("mug")
        if refusals >= 4:
            world.opts_out()
        world.advance("60m 1s")
        if refusals >= 3:
            world.orders()
        world.outage("2h" if refusals >= 2 else "1m")
        verdict = world.decisions()[-1]
        assert verdict.verdict in (Verdict.SUPPRESSED, Verdict.ENDED)
        reasons.append(next(d.reason for d in world.decisions() if d.verdict is Verdict.SUPPRESSED))
    assert reasons == [
        Reason.ERASED,
        Reason.OPTED_OUT,
        Reason.ALREADY_CONVERTED,
        Reason.EXPIRED,
        Reason.COOL_DOWN,
    ]
