"""One delivery as a state machine: what becomes of a ledger line when something happens to it at `now_ms`.

Every function takes a line and gives the next one; nothing is sent or written here. All times are ms, UTC. The
invariant: a line that is terminal never changes again, and a line that was cancelled never leads to another call.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Literal

import xxhash

from schemas.base import EPOCH, MILLISECOND
from schemas.facts.profile_facts import Receipt
from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired
from streams.delivery.body import BODY_BYTES_MAX, body_of, write_body

RETRY_AFTER_MS_MAX = 24 * 3600 * 1000
DOUBLINGS_MAX = 40  # beyond that every cap is reached
DELTA_SECONDS = re.compile(r"[+-]?[0-9]{1,18}")

# Why a line is dead: a closed set.
TOO_LARGE = "too_large"
UNKNOWN_DESTINATION = "unknown_destination"
GONE = "gone"
AMBIGUOUS = "ambiguous"
REJECTED = "rejected"
ATTEMPTS_EXHAUSTED = "attempts_exhausted"

NO_CODE = "no_code"
"""Why a line is suppressed: its message promises a code, and its pool has none left, or is not known."""


class Result(StrEnum):
    """What one call came to. A closed set, and a label in the metrics."""

    DELIVERED = "delivered"  # 2xx
    UNSENT = "unsent"  # failed before the first byte: certainly not delivered
    AMBIGUOUS = "ambiguous"  # failed after it, or 5xx: nobody knows
    REFUSED = "refused"  # not now: 3xx, 408, 423, 425, 429
    THROTTLED = "throttled"  # 429 or 503 that says when to come back; uses up no attempt
    REJECTED = "rejected"  # never: any other status
    UNAUTHORIZED = "unauthorized"  # 401, 403: the set-up is wrong; uses up no attempt
    FORBIDDEN = "forbidden"  # its name leads to an address that may not be called: unsent; uses up no attempt
    GONE = "gone"  # 410: the destination wants no more


_FREE = frozenset({Result.THROTTLED, Result.UNAUTHORIZED, Result.FORBIDDEN})
"""What uses up no attempt: it says nothing about the delivery, which waits until it is over, or the line expires."""


@dataclass(slots=True, frozen=True)
class Outcome:
    """The result of one call; `retry_after_ms` is how long the receiver wants to be left alone."""

    result: Result
    status: int | None = None
    retry_after_ms: int | None = None


@dataclass(slots=True, frozen=True)
class RetryPolicy:
    """How a destination's calls are repeated. `ambiguous` says whether a call that may have arrived is."""

    attempts_max: int
    base_ms: int
    cap_ms: int
    ambiguous: Literal["retry", "park"]


def outcome_of_status(status: int, retry_after_ms: int | None) -> Outcome:
    """What an HTTP status means for the delivery. Redirects are failures: they are never followed."""
    if 200 <= status < 300:
        result = Result.DELIVERED
    elif status in (429, 503) and retry_after_ms is not None:
        result = Result.THROTTLED
    elif 300 <= status < 400 or status in (408, 423, 425, 429):
        result = Result.REFUSED
    elif status in (401, 403):
        result = Result.UNAUTHORIZED
    elif status == 410:
        result = Result.GONE
    elif status >= 500 and status != 501:
        result = Result.AMBIGUOUS
    else:
        result = Result.REJECTED
    return Outcome(result, status, retry_after_ms)


def retry_after_ms(text: str | None, now_ms: int) -> int | None:
    """The wait that a Retry-After header asks for, in [0, 24 h]; None without a header, or one that says nothing."""
    if text is None:
        return None
    text = text.strip()
    if DELTA_SECONDS.fullmatch(text):
        wait = int(text) * 1000
    else:
        try:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            wait = (moment - EPOCH) // MILLISECOND - now_ms
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(max(wait, 0), RETRY_AFTER_MS_MAX)


def backoff_ms(line: Delivery, policy: RetryPolicy) -> int:
    """Full jitter, in [0, min(cap, base·2ⁿ)): the fraction derives from trigger id and call, so a replay repeats it."""
    fraction = xxhash.xxh3_64_intdigest(f"{line.trigger_id}:{line.calls}".encode()) / 2**64
    doublings = min(max(line.attempts - 1, 0), DOUBLINGS_MAX)
    return int(fraction * min(policy.cap_ms, policy.base_ms << doublings))


def on_fired(fired: TriggerFired, offset: int, now_ms: int) -> Delivery:
    """A new line: pending, or dead at once when its body exceeds 20 kB (exactly 20,000 bytes pass)."""
    text = write_body(body_of(fired))
    line = Delivery(
        trigger_id=fired.trigger_id,
        state=DeliveryState.PENDING,
        destination=fired.destination,
        profile=fired.profile,
        rule_id=fired.rule_id,
        kind=fired.kind,
        body=text,
        expires_at=fired.expires_at,
        offset=offset,
        taken_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
    return on_refused(line, TOO_LARGE, now_ms) if len(text.encode()) > BODY_BYTES_MAX else line


def on_unseen_cancelled(cancelled: TriggerCancelled, offset: int, now_ms: int) -> Delivery:
    """A trigger was taken back that the ledger has never seen: remembered, should it still come."""
    return Delivery(
        trigger_id=cancelled.trigger_id,
        state=DeliveryState.CANCELLED,
        destination="",
        profile=cancelled.profile,
        rule_id=cancelled.rule_id,
        kind=cancelled.kind,
        body="",
        expires_at=None,
        offset=offset,
        taken_at_ms=now_ms,
        cancelled=True,
        updated_at_ms=now_ms,
    )


def on_cancelled(line: Delivery, now_ms: int) -> Delivery:
    """Taken back: at once where no call runs; else the running call decides, and is the last."""
    if line.state in TERMINAL:
        return line
    if line.state is DeliveryState.IN_FLIGHT:
        return _moved(line, line.state, now_ms, cancelled=True)
    return _moved(line, DeliveryState.CANCELLED, now_ms, cancelled=True)


def on_started(line: Delivery, now_ms: int) -> Delivery:
    """A call is about to be made. To be durable before its first byte leaves."""
    assert line.state in (DeliveryState.PENDING, DeliveryState.RETRY)
    assert not line.cancelled
    return _moved(
        line,
        DeliveryState.IN_FLIGHT,
        now_ms,
        attempts=line.attempts + 1,
        calls=line.calls + 1,
        first_at_ms=now_ms if line.first_at_ms is None else line.first_at_ms,
        next_at_ms=None,
    )


def on_withheld(line: Delivery, now_ms: int) -> Delivery:
    """The call was begun, and called off before its first byte: cancelled, expired, or due again at once."""
    assert line.state is DeliveryState.IN_FLIGHT
    if line.cancelled:
        return _moved(line, DeliveryState.CANCELLED, now_ms)
    if expired(line, now_ms):
        return _moved(line, DeliveryState.EXPIRED, now_ms)
    return _moved(line, DeliveryState.RETRY, now_ms, attempts=line.attempts - 1, next_at_ms=now_ms)


def on_unavailable(line: Delivery, now_ms: int) -> Delivery:
    """The last look has found that nothing of what it is about can be bought any more."""
    assert line.state in (DeliveryState.PENDING, DeliveryState.RETRY)
    return _moved(line, DeliveryState.UNAVAILABLE, now_ms)


def on_looked(line: Delivery, body: str, now_ms: int, *, asks: bool) -> Delivery:
    """The last look has changed the body. Once a call may have arrived it stays as it is: the receiver may have it
    already. But not one that still `asks` what others have bought."""
    assert line.state in (DeliveryState.PENDING, DeliveryState.RETRY)
    return line if line.may_have_arrived and not asks else _moved(line, line.state, now_ms, body=body)


def on_expired(line: Delivery, now_ms: int) -> Delivery:
    """Late is worse than never: terminal, never sent."""
    assert line.state not in TERMINAL
    assert expired(line, now_ms)
    return _moved(line, DeliveryState.EXPIRED, now_ms)


def on_refused(line: Delivery, reason: str, now_ms: int) -> Delivery:
    """Nothing can be sent, for one of the reasons named above."""
    assert line.state not in TERMINAL
    return _moved(line, DeliveryState.DEAD, now_ms, detail=reason)


def on_no_code(line: Delivery, now_ms: int) -> Delivery:
    """The message promises a code, and there is none: nothing is sent."""
    assert line.state is DeliveryState.PENDING
    return _moved(line, DeliveryState.SUPPRESSED, now_ms, detail=NO_CODE)


def on_claimed(line: Delivery, fired: TriggerFired, pool: str, code: str, now_ms: int) -> Delivery:
    """A code of that pool was claimed for the new line, and `fired` has it in its offer."""
    assert line.state is DeliveryState.PENDING
    return on_fired(fired, line.offset, now_ms).model_copy(update={"code_pool": pool, "code": code})


def on_outcome(line: Delivery, outcome: Outcome, policy: RetryPolicy, now_ms: int) -> Delivery:
    """The call has ended: delivered, to be repeated at `next_at_ms`, or over."""
    assert line.state is DeliveryState.IN_FLIGHT
    status = outcome.status
    if outcome.result is Result.AMBIGUOUS:
        line = line.model_copy(update={"may_have_arrived": True})
    if outcome.result is Result.DELIVERED:
        return _moved(line, DeliveryState.DELIVERED, now_ms, status=status, detail=None)
    if line.cancelled:
        return _moved(line, DeliveryState.CANCELLED, now_ms, status=status, detail=outcome.result.value)
    if (dead := _why_dead(line, outcome, policy)) is not None:
        return _moved(line, DeliveryState.DEAD, now_ms, status=status, detail=dead)
    return _moved(
        line,
        DeliveryState.RETRY,
        now_ms,
        attempts=line.attempts - (outcome.result in _FREE),
        next_at_ms=now_ms + (outcome.retry_after_ms or 0) + backoff_ms(line, policy),
        status=status,
        detail=outcome.result.value,
    )


def on_found_in_flight(line: Delivery, policy: RetryPolicy, now_ms: int) -> Delivery:
    """The process that made the call has died: nobody knows whether it arrived."""
    return on_outcome(line, Outcome(Result.AMBIGUOUS), policy, now_ms)


def expired(line: Delivery, now_ms: int) -> bool:
    """From exactly `expires_at` on."""
    return line.expires_at is not None and line.expires_at <= now_ms


def due_ms(line: Delivery) -> int:
    """When the line next wants attention: its call, or its expiry if that is sooner."""
    due = line.taken_at_ms if line.next_at_ms is None else line.next_at_ms
    return due if line.expires_at is None else min(due, line.expires_at)


def receipt(line: Delivery) -> Receipt:
    """What the profile is told of a terminal line."""
    assert line.state in TERMINAL
    return Receipt(
        at=line.updated_at_ms,
        event_id=f"{line.trigger_id}:{line.state.value}",
        trigger_id=line.trigger_id,
        state=line.state.value,
    )


def _why_dead(line: Delivery, outcome: Outcome, policy: RetryPolicy) -> str | None:
    match outcome.result:
        case Result.GONE:
            return GONE
        case Result.REJECTED:
            return REJECTED
        case free if free in _FREE:
            return None
        case Result.AMBIGUOUS if policy.ambiguous == "park":
            return AMBIGUOUS
    return ATTEMPTS_EXHAUSTED if line.attempts >= policy.attempts_max else None


def _moved(line: Delivery, state: DeliveryState, now_ms: int, **changes: Any) -> Delivery:
    return line.model_copy(update={"state": state, "updated_at_ms": now_ms, **changes})
