"""Codes of pools: one live code a person and rule, never one code to two, and free again if it has reached nobody."""

import random
from collections import defaultdict
from typing import Any

import pytest

from schemas.outcomes.deliveries import Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerFired, TriggerMessage, TriggerOffer
from streams.delivery import delivery as machine
from streams.delivery.codes import Codes, dealt, pool_of, with_code
from streams.delivery.delivery import Outcome, Result
from tests.streams.deliveries import DAY, NOW, POLICY, fired

POOL = "welcome10"


def offering(number: int, *, until: int | None = None, **changes: Any) -> TriggerFired:
    """A trigger that asks for a code of the pool."""
    message = TriggerMessage(template="t", offer=TriggerOffer(code=None, code_pool=POOL, expires_at=until))
    return fired(trigger_id=f"T{number}", message=message, **changes)


class Desk:
    """Codes with their notes, as a ledger keeps them."""

    def __init__(self, *codes: str) -> None:
        self.codes = Codes()
        self.codes.fill({POOL: codes})
        self.notes: dict[bytes, bytes] = {}
        self.lines: dict[str, Delivery] = {}

    def claims(self, trigger: TriggerFired) -> str | None:
        """The code, if there is one."""
        claimed = self.codes.claim(trigger, POOL)
        if claimed is None:
            return None
        self.notes |= {claimed.entry[0]: claimed.entry[1] or b""}
        line = machine.on_fired(trigger, 7, NOW)
        self.lines[trigger.trigger_id] = machine.on_claimed(
            line, with_code(trigger, claimed.code), POOL, claimed.code, NOW
        )
        return claimed.code

    def ends(self, number: int, state: DeliveryState, *, maybe: bool = False) -> None:
        """The delivery is over."""
        line = self.lines.pop(f"T{number}").model_copy(update={"state": state, "may_have_arrived": maybe})
        entry = self.codes.ended(line)
        if entry is not None and entry[1] is None:
            del self.notes[entry[0]]
        elif entry is not None:
            self.notes |= {entry[0]: entry[1] or b""}

    def restarts(self, *codes: str) -> None:
        """What was noted is all that is known."""
        self.codes = Codes()
        for key, value in self.notes.items():
            self.codes.restore(key, value)
        self.codes.open(self.lines.values())
        self.codes.fill({POOL: codes})


def test_each_person_and_rule_has_a_code_of_its_own() -> None:
    """And the pool has an end."""
    desk = Desk("A", "B", "C")
    assert desk.claims(offering(1)) == "A"
    assert desk.claims(offering(2, profile="c:bob")) == "B"
    assert desk.claims(offering(3, rule_id="other")) == "C"
    assert desk.claims(offering(4, profile="c:cem")) is None
    assert desk.codes.free(POOL) == 0


@pytest.mark.parametrize(
    ("fired_at", "code"), [(NOW + DAY - 1, "A"), (NOW + DAY, "B"), (NOW + DAY + 1, "B")],
    ids=["within", "exactly_at", "after"],
)  # fmt: skip
@pytest.mark.parametrize("restarts", [False, True])
def test_a_later_step_says_the_same_code_for_as_long_as_it_is_good(fired_at: int, code: str, restarts: bool) -> None:
    """From exactly its end on there is a new one."""
    desk = Desk("A", "B")
    desk.claims(offering(1, until=NOW + DAY))
    desk.ends(1, DeliveryState.DELIVERED)
    if restarts:
        desk.restarts("A", "B")
    assert desk.claims(offering(2, until=NOW + 3 * DAY, fired_at_ms=fired_at)) == code


def test_what_was_said_last_is_until_when_it_is_good() -> None:
    """A third step finds it, too, and so does one that promises for good."""
    desk = Desk("A", "B")
    for number, until in ((1, NOW + DAY), (2, NOW + 3 * DAY)):
        assert desk.claims(offering(number, until=until)) == "A"
    assert desk.claims(offering(3, until=None, fired_at_ms=NOW + 2 * DAY)) == "A"
    assert desk.claims(offering(4, until=None, fired_at_ms=NOW + 99 * DAY)) == "A"


@pytest.mark.parametrize(
    ("state", "maybe", "free"),
    [
        (DeliveryState.DELIVERED, False, 1),
        (DeliveryState.CANCELLED, False, 2),
        (DeliveryState.EXPIRED, False, 2),
        (DeliveryState.DEAD, False, 2),
        (DeliveryState.DEAD, True, 1),
        (DeliveryState.CANCELLED, True, 1),
    ],
)
def test_a_code_that_has_reached_nobody_is_free_again(state: DeliveryState, maybe: bool, free: int) -> None:
    """One that may have been is the person's for good, also after a restart."""
    desk = Desk("A", "B")
    desk.claims(offering(1))
    desk.ends(1, state, maybe=maybe)
    assert desk.codes.free(POOL) == free
    desk.restarts("A", "B")
    assert desk.codes.free(POOL) == free
    assert desk.claims(offering(2)) == "A"
    assert desk.claims(offering(3, profile="c:bob")) == "B"


def test_a_code_is_held_for_as_long_as_any_delivery_says_it() -> None:
    """Two steps on their way, of which one is taken back."""
    desk = Desk("A")
    desk.claims(offering(1))
    desk.claims(offering(2))
    desk.restarts("A")
    desk.ends(1, DeliveryState.CANCELLED)
    assert desk.codes.free(POOL) == 0
    desk.ends(2, DeliveryState.CANCELLED)
    assert desk.codes.free(POOL) == 1
    assert desk.notes == {}


def test_a_pool_may_grow_and_shrink() -> None:
    """What is claimed stays so."""
    desk = Desk("A")
    assert desk.claims(offering(1)) == "A"
    desk.codes.fill({POOL: ["A", "B"]})
    assert desk.claims(offering(2, profile="c:bob")) == "B"
    desk.codes.fill({})
    assert desk.claims(offering(3, profile="c:cem")) is None
    desk.ends(1, DeliveryState.CANCELLED)
    desk.codes.fill({POOL: ["A", "B"]})
    assert desk.claims(offering(4, profile="c:cem")) == "A"


def test_each_code_is_one_partitions() -> None:
    """All together have all of them, in their order."""
    codes = [f"CODE-{number}" for number in range(1000)]
    parts = dealt(codes, 7)
    assert sorted(code for part in parts for code in part) == sorted(codes)
    assert all(part == [code for code in codes if code in set(part)] for part in parts)
    assert min(len(part) for part in parts) > 100


def test_a_trigger_that_brings_its_code_asks_for_none() -> None:
    """Nor does one without an offer."""
    assert pool_of(offering(1)) == POOL
    assert pool_of(with_code(offering(1), "A")) is None
    assert pool_of(fired()) is None
    assert pool_of(fired(message=TriggerMessage(template="t"))) is None


@pytest.mark.parametrize("result", [Result.UNSENT, Result.REFUSED, Result.REJECTED, Result.GONE, Result.UNAUTHORIZED])
def test_only_a_call_of_which_nobody_knows_may_have_arrived(result: Result) -> None:
    """Once one was, it stays so."""
    line = machine.on_started(machine.on_fired(offering(1), 7, NOW), NOW)
    assert not machine.on_outcome(line, Outcome(result), POLICY, NOW).may_have_arrived
    maybe = machine.on_outcome(line, Outcome(Result.AMBIGUOUS), POLICY, NOW)
    assert maybe.may_have_arrived
    assert machine.on_outcome(machine.on_started(maybe, NOW), Outcome(result), POLICY, NOW).may_have_arrived


@pytest.mark.parametrize("seed", range(20))
def test_no_code_is_ever_two_persons(seed: int) -> None:
    """Whatever happens in whatever order, restarts included; and what is free and what is not are all."""
    print(f"seed {seed}")
    rng, codes = random.Random(seed), [f"C{number}" for number in range(6)]
    desk, theirs = Desk(*codes), defaultdict[str, set[tuple[str, str]]](set)
    for number in range(300):
        turn = rng.random()
        if turn < 0.5:
            person, rule = rng.choice("abcdefgh"), rng.choice(["r", "s"])
            until = rng.choice([None, NOW + number + 1, NOW + number + 40])
            trigger = offering(number, profile=person, rule_id=rule, until=until, fired_at_ms=NOW + number)
            code = desk.claims(trigger)
            assert code is None or not theirs[code] - {(person, rule)}
            if code is not None:
                theirs[code] = theirs[code] | {(person, rule)}
        elif turn < 0.9 and desk.lines:
            which = rng.choice(sorted(desk.lines))
            line = desk.lines[which]
            state, maybe = rng.choice([DeliveryState.DELIVERED, DeliveryState.CANCELLED]), rng.random() < 0.1
            desk.ends(int(which[1:]), state, maybe=maybe)
            if f'{line.code}"' not in str([key.decode() + '"' for key in desk.notes]):
                theirs.pop(str(line.code))
        elif turn > 0.95:
            desk.restarts(*codes)
        assert len(desk.notes) + desk.codes.free(POOL) == len(codes)
