"""Which events were folded already: remembered for a day at least, and never more than so many."""

import pytest

from streams.visits.seen import HASH_BYTES, SEEN_MAX, SEEN_WINDOW_MS, is_repeat
from streams.visits.visitors import Visitor


@pytest.mark.parametrize("later", [0, 1, SEEN_WINDOW_MS - 1, SEEN_WINDOW_MS])
def test_a_repeat_within_the_window_is_known(later: int) -> None:
    """A day later to the millisecond, whatever came in between."""
    visitor = Visitor()
    assert not is_repeat(visitor, "e1", 1_000)
    assert not is_repeat(visitor, "e2", 1_000 + later)
    assert is_repeat(visitor, "e1", 1_000 + later)


def test_an_id_outlives_one_change_of_generations() -> None:
    """The older generation is still asked."""
    visitor = Visitor()
    is_repeat(visitor, "e1", 0)
    is_repeat(visitor, "e2", SEEN_WINDOW_MS + 1)
    assert is_repeat(visitor, "e1", SEEN_WINDOW_MS + 2)


def test_an_id_is_forgotten_after_two_generations() -> None:
    """Memory is bounded: then the trigger's own id is what protects."""
    visitor = Visitor()
    for generation in range(3):
        is_repeat(visitor, f"e{generation}", generation * (SEEN_WINDOW_MS + 1))
    assert not is_repeat(visitor, "e0", 3 * SEEN_WINDOW_MS)


def test_a_bot_cannot_make_the_record_grow() -> None:
    """At most two generations of the cap, and the last of them are known."""
    visitor = Visitor()
    for number in range(10 * SEEN_MAX):
        assert not is_repeat(visitor, f"e{number}", number)
    assert len(visitor.seen) + len(visitor.older) <= 2 * SEEN_MAX * HASH_BYTES
    assert all(is_repeat(visitor, f"e{number}", 10 * SEEN_MAX) for number in range(9 * SEEN_MAX, 10 * SEEN_MAX))
