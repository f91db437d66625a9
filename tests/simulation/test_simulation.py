"""A small range of worlds, always the same ones and some that nobody has seen; `make simulate` runs more."""

import random

import pytest

from tests.simulation.plan import Plan, expand
from tests.simulation.running import cores, live, many
from tests.simulation.world import Outcome

FIXED = range(24)
UNSEEN = 16


def told(outcome: Outcome) -> str:
    """How to see it again."""
    plan = expand(outcome.seed)
    return f"make simulate FIRST={outcome.seed} SEEDS=1: {plan.options} {plan.faults} {outcome.violations}"


def test_worlds_that_have_held_before_hold() -> None:
    """Nothing lost, doubled, early or unaccounted for, and the state is that of a batch recompute."""
    total, _ = many(FIXED.start, len(FIXED), cores(), until_failed=True, tell=lambda outcome: print(told(outcome)))
    assert [told(outcome) for outcome in total.failed] == []
    assert total.events >= 300 * total.worlds
    assert total.crashed.total() > 0


def test_worlds_that_nobody_has_seen_hold() -> None:
    """Other seeds in every run; a failure names its own."""
    first = random.SystemRandom().randrange(10**6, 10**9)
    print(f"make simulate FIRST={first} SEEDS={UNSEEN}")
    total, _ = many(first, UNSEEN, cores(), until_failed=True, tell=lambda outcome: print(told(outcome)))
    assert [told(outcome) for outcome in total.failed] == []


@pytest.mark.parametrize("seed", [3, 8], ids="seed{}".format)
def test_the_same_seed_gives_the_same_world_to_the_byte(seed: int) -> None:
    """All logs with their offsets and times, all calls, and the number of steps."""
    first, second = live(expand(seed), digested=True), live(expand(seed), digested=True)
    assert first.digest == second.digest
    assert first.digest != live(expand(seed + 1), digested=True).digest


def test_a_world_has_at_least_three_hundred_events_and_three_faults() -> None:
    """Whatever the seed."""
    plans: list[Plan] = [expand(seed) for seed in range(100)]
    assert min(len(plan.events) for plan in plans) >= 300
    assert min(len(plan.faults) for plan in plans) >= 3
