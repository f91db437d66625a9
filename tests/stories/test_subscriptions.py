"""A subscription that ends, or is not paid: unless it is renewed in time."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import World, rule, rulebook

FAILED, ENDING = "subscription_payment_failed", "subscription_ending"
EVENTS = [(FAILED, "subscription_payment_failed"), (ENDING, "subscription_cancelled")]


@pytest.mark.parametrize(
    ("kind", "event"), [(FAILED, "subscription_payment_failed"), (ENDING, "subscription_cancelled")]
)
@pytest.mark.parametrize(
    ("at", "expected"),
    [("59m 59s 999ms", Reason.HAPPENED), ("60m", Reason.HAPPENED), ("60m 1ms", Reason.DUE)],
    ids=["within", "exactly_at", "after"],
)
def test_a_renewal_ends_it(kind: str, event: str, at: str, expected: Reason) -> None:
    """At exactly the due time it comes first."""
    world = World(rulebook(rule(kind))).orders("S1", on_site=False, type=event, customer_id="ada")
    world.at(at).orders("S1", on_site=False, type="subscription_renewed", customer_id="ada").after("1d")
    assert world.decisions()[0].reason is expected


@pytest.mark.parametrize(("kind", "event"), EVENTS)
def test_a_renewal_ends_a_run_of_steps(kind: str, event: str) -> None:
    """What has gone has gone."""
    steps = [{"wait": "0s"}, {"wait": "1d"}, {"wait": "1d"}]
    world = World(rulebook(rule(kind, wait="0s", steps=steps)))
    world.orders("S1", on_site=False, type=event, customer_id="ada").after("25h")
    world.orders("S1", on_site=False, type="subscription_renewed", customer_id="ada").after("9d")
    assert world.sent() == [kind, kind]
    assert world.why(kind) is Reason.HAPPENED


@pytest.mark.parametrize(("same", "sent"), [({}, 0), ({"same": "order_id"}, 1)])
@pytest.mark.parametrize(("kind", "event"), EVENTS)
def test_a_rule_may_tell_subscriptions_apart(kind: str, event: str, same: dict[str, str], sent: int) -> None:
    """Else the renewal of any ends what waits."""
    world = World(rulebook(rule(kind, **same))).orders("S1", on_site=False, type=event, customer_id="ada")
    world.after("1m").orders("S2", on_site=False, type="subscription_renewed", customer_id="ada").after("1d")
    assert world.sent() == [kind] * sent


@pytest.mark.parametrize(
    ("kind", "event"), [(FAILED, "subscription_payment_failed"), (ENDING, "subscription_cancelled")]
)
def test_it_goes_at_once_where_no_wait_is_said_and_a_purchase_is_no_answer(kind: str, event: str) -> None:
    """Whoever buys a mug has not paid the subscription."""
    world = World(rulebook({"id": kind, "kind": kind, "steps": [{"wait": "0s"}, {"wait": "1d"}], "stop_on": []}))
    world.orders("S1", on_site=False, type=event, customer_id="ada").after("1h")
    world.orders("O1", on_site=False, customer_id="ada").after("2d")
    assert world.sent() == [kind, kind]
    assert world.cancelled() == []
