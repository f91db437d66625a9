"""One delivery as a state machine: what becomes of a line, by tables and by any order of things that may happen."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import rfc3339_from_ms
from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired, TriggerLine
from streams.delivery import delivery as machine
from streams.delivery.body import BODY_BYTES_MAX, body_of, write_body
from streams.delivery.delivery import Outcome, Result, RetryPolicy
from tests.streams.deliveries import (
    CANCELLED,
    DAY,
    DEAD,
    DELIVERED,
    EXPIRED,
    IN_FLIGHT,
    NOW,
    PARKING,
    PENDING,
    POLICY,
    RETRY,
    SECOND,
    fired,
    in_flight,
    pending,
)


@pytest.mark.parametrize(
    ("result", "policy", "cancelled", "attempts", "state", "detail"),
    [
        (Result.DELIVERED, POLICY, False, 1, DELIVERED, None),
        (Result.DELIVERED, POLICY, True, 1, DELIVERED, None),
        (Result.DELIVERED, PARKING, False, 3, DELIVERED, None),
        (Result.UNSENT, POLICY, False, 1, RETRY, "unsent"),
        (Result.UNSENT, PARKING, False, 2, RETRY, "unsent"),
        (Result.UNSENT, POLICY, False, 3, DEAD, machine.ATTEMPTS_EXHAUSTED),
        (Result.AMBIGUOUS, POLICY, False, 1, RETRY, "ambiguous"),
        (Result.AMBIGUOUS, POLICY, False, 3, DEAD, machine.ATTEMPTS_EXHAUSTED),
        (Result.AMBIGUOUS, PARKING, False, 1, DEAD, machine.AMBIGUOUS),
        (Result.REFUSED, PARKING, False, 1, RETRY, "refused"),
        (Result.THROTTLED, POLICY, False, 3, RETRY, "throttled"),
        (Result.REJECTED, POLICY, False, 1, DEAD, machine.REJECTED),
        (Result.UNAUTHORIZED, POLICY, False, 3, RETRY, "unauthorized"),
        (Result.UNAUTHORIZED, PARKING, True, 1, CANCELLED, "unauthorized"),
        (Result.FORBIDDEN, PARKING, False, 3, RETRY, "forbidden"),
        (Result.GONE, POLICY, False, 1, DEAD, machine.GONE),
        (Result.UNSENT, POLICY, True, 1, CANCELLED, "unsent"),
        (Result.AMBIGUOUS, PARKING, True, 1, CANCELLED, "ambiguous"),
        (Result.THROTTLED, POLICY, True, 1, CANCELLED, "throttled"),
        (Result.GONE, POLICY, True, 1, CANCELLED, "gone"),
    ],
)
def test_a_call_ends(
    result: Result, policy: RetryPolicy, cancelled: bool, attempts: int, state: DeliveryState, detail: str | None
) -> None:
    """Every result leads on from the attempt it was, and a cancelled delivery is never repeated."""
    line = in_flight().model_copy(update={"cancelled": cancelled, "attempts": attempts})

    after = machine.on_outcome(line, Outcome(result, 418), policy, NOW)

    assert (after.state, after.detail, after.status) == (state, detail, 418)


def test_being_throttled_uses_up_no_attempt() -> None:
    """Told to come back later a hundred times, the delivery still has all its attempts, and waits as it was told."""
    line = pending()
    for _ in range(100):
        line = machine.on_started(line, NOW)
        line = machine.on_outcome(line, Outcome(Result.THROTTLED, 429, 60 * SECOND), POLICY, NOW)
        assert line.next_at_ms is not None
        assert NOW + 60 * SECOND <= line.next_at_ms < NOW + 65 * SECOND

    assert (line.attempts, line.calls) == (0, 100)


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26), st.integers(1, 10**6))
def test_jitter_is_full_bounded_and_repeatable(trigger_id: str, attempts: int) -> None:
    """In [0, min(cap, base·2ⁿ)), and the same for the same call of the same trigger."""
    line = in_flight(trigger_id=trigger_id).model_copy(update={"attempts": attempts, "calls": attempts})
    bound = min(POLICY.cap_ms, POLICY.base_ms * 2 ** min(attempts - 1, 50))

    assert 0 <= machine.backoff_ms(line, POLICY) < bound
    assert machine.backoff_ms(line, POLICY) == machine.backoff_ms(line.model_copy(), POLICY)


def test_jitter_spreads_a_crowd() -> None:
    """A thousand deliveries that failed together do not come back together."""
    waits = [machine.backoff_ms(in_flight(trigger_id=f"T{n}"), POLICY) for n in range(1000)]
    buckets = [sum(low <= wait < low + 500 for wait in waits) for low in range(0, 5000, 500)]
    assert all(60 < bucket < 140 for bucket in buckets)


@pytest.mark.parametrize(("past_ms", "is_expired"), [(-1, False), (0, True), (1, True)])
def test_expiry_before_exactly_at_and_after(past_ms: int, is_expired: bool) -> None:
    """Exactly at `expires_at` it is too late."""
    assert machine.expired(pending(expires_at=NOW), NOW + past_ms) is is_expired


def test_without_expiry_nothing_expires() -> None:
    """Null means never."""
    assert not machine.expired(pending(), NOW + 10_000 * DAY)


def test_a_line_wants_attention_when_it_is_due_or_expires() -> None:
    """Whatever comes first: a line waiting for a day still expires on time."""
    waiting = pending(expires_at=NOW + 50).model_copy(update={"state": RETRY, "next_at_ms": NOW + DAY})

    assert machine.due_ms(pending()) == NOW
    assert machine.due_ms(pending(expires_at=NOW + 50)) == NOW
    assert machine.due_ms(waiting) == NOW + 50


@pytest.mark.parametrize(
    ("line", "state", "flagged"),
    [
        (pending(), CANCELLED, True),
        (pending().model_copy(update={"state": RETRY}), CANCELLED, True),
        (in_flight(), IN_FLIGHT, True),
        (pending().model_copy(update={"state": DELIVERED}), DELIVERED, False),
        (pending().model_copy(update={"state": DEAD}), DEAD, False),
    ],
)
def test_taken_back(line: Delivery, state: DeliveryState, flagged: bool) -> None:
    """At once where no call runs; a running call decides; what is terminal stays."""
    after = machine.on_cancelled(line, NOW + 1)
    assert (after.state, after.cancelled) == (state, flagged)


@pytest.mark.parametrize(
    ("cancelled", "expires_at", "state"),
    [(True, None, CANCELLED), (False, NOW, EXPIRED), (False, None, RETRY), (True, NOW, CANCELLED)],
)
def test_a_call_that_was_called_off_uses_up_no_attempt(
    cancelled: bool, expires_at: int | None, state: DeliveryState
) -> None:
    """Not a byte has left: whatever made us stop decides, and else the line is due again."""
    line = in_flight(expires_at=expires_at).model_copy(update={"cancelled": cancelled})
    after = machine.on_withheld(line, NOW)

    assert after.state is state
    assert state is not RETRY or (after.attempts, after.next_at_ms) == (0, NOW)


@pytest.mark.parametrize(
    ("policy", "cancelled", "state"), [(POLICY, False, RETRY), (PARKING, False, DEAD), (POLICY, True, CANCELLED)]
)
def test_found_in_flight_after_a_crash(policy: RetryPolicy, cancelled: bool, state: DeliveryState) -> None:
    """Nobody knows whether it arrived: repeated with the same body, or parked, as the destination wants it."""
    line = in_flight().model_copy(update={"cancelled": cancelled})
    after = machine.on_found_in_flight(line, policy, NOW)
    assert (after.state, after.body, after.attempts) == (state, line.body, 1)


def test_the_body_is_a_standard_webhook() -> None:
    """Type, time and the whole trigger, with prices as they were written."""
    mug = TriggerLine(product_id="mug", quantity=2, unit_price="9.90")
    trigger = fired(lines=(mug,), value="19.80", currency="EUR")
    body = orjson.loads(machine.on_fired(trigger, 7, NOW).body)

    assert body["type"] == "afterclick.trigger.fired.v1"
    assert body["timestamp"] == rfc3339_from_ms(NOW)
    assert TriggerFired.model_validate_json(orjson.dumps(body["data"])) == trigger


@pytest.mark.parametrize(("over", "state"), [(-1, PENDING), (0, PENDING), (1, DEAD)])
def test_a_body_within_exactly_at_and_over_the_limit(over: int, state: DeliveryState) -> None:
    """Receivers take 20 kB; bytes count, not characters."""
    bare = len(write_body(body_of(fired(viewed=("",)))).encode())
    name = "ü" + "x" * (BODY_BYTES_MAX - bare - 2 + over)
    line = pending(viewed=(name,))

    assert len(line.body.encode()) == BODY_BYTES_MAX + over
    assert (line.state, line.detail) == (state, machine.TOO_LARGE if over > 0 else None)


def test_a_cancellation_may_come_first() -> None:
    """It is remembered as terminal, so the trigger that follows finds itself taken back."""
    cancelled = TriggerCancelled(
        trigger_id="T", kind="lapse", rule_id="lapse", profile="c:ada", reason="ordered", cancelled_at_ms=NOW
    )
    line = machine.on_unseen_cancelled(cancelled, 7, NOW)
    assert line.state is CANCELLED
    assert machine.receipt(line).trigger_id == "T"


def test_a_receipt_names_trigger_and_state() -> None:
    """The profile de-duplicates facts by event id: one a trigger and state."""
    line = machine.on_outcome(in_flight(), Outcome(Result.DELIVERED, 200), POLICY, NOW + 5)
    word = machine.receipt(line)
    assert (word.at, word.event_id, word.state) == (NOW + 5, "01HF7YAT00MUG:delivered", "delivered")


STEPS = st.lists(
    st.tuples(st.sampled_from(["cancel", "wait", "withhold", "crash", *Result]), st.integers(0, DAY)), max_size=40
)


@given(STEPS, st.none() | st.integers(NOW, NOW + 3 * DAY), st.sampled_from([POLICY, PARKING]))
def test_whatever_happens_the_promises_hold(
    steps: list[tuple[str, int]], expires_at: int | None, policy: RetryPolicy
) -> None:
    """Terminal is final, the body never changes, nothing is begun once cancelled or expired, attempts are bounded."""
    line, now = pending(expires_at=expires_at), NOW
    body = line.body
    for step, passed in steps:
        now += passed
        if line.state in TERMINAL:
            assert machine.on_cancelled(line, now) == line
            break
        if step == "cancel":
            line = machine.on_cancelled(line, now)
        elif line.state is IN_FLIGHT:
            line = _end_call(line, step, policy, now)
        elif machine.due_ms(line) <= now:
            assert not line.cancelled
            line = machine.on_expired(line, now) if machine.expired(line, now) else machine.on_started(line, now)
        assert line.body == body
        assert line.attempts <= policy.attempts_max
        assert line.attempts <= line.calls
        assert line.state is not RETRY or line.next_at_ms is not None
        assert not (line.cancelled and line.state in (PENDING, RETRY))


def _end_call(line: Delivery, step: str, policy: RetryPolicy, now: int) -> Delivery:
    if step == "crash":
        return machine.on_found_in_flight(line, policy, now)
    if step == "withhold":
        return machine.on_withheld(line, now)
    return machine.on_outcome(line, Outcome(Result(step)), policy, now) if step in tuple(Result) else line
