"""Keys by their next due time: each once, in order, never before its time."""

from hypothesis import given
from hypothesis import strategies as st

from streams.time.due_index import DueIndex


def test_a_key_is_due_only_after_its_time() -> None:
    """Exactly at its time it still waits."""
    index = DueIndex()
    index.arm("ada", 100)
    assert list(index.due(100)) == []
    assert list(index.due(101)) == ["ada"]
    assert list(index.due(10**9)) == [], "handed out once"


def test_an_earlier_time_counts_a_later_one_does_not() -> None:
    """A key woken too early says itself when it wants to be woken again."""
    index = DueIndex()
    for due in (200, 100, 300):
        index.arm("ada", due)
    assert index.first == 100
    assert list(index.due(150)) == ["ada"]
    assert list(index.due(10**9)) == []


def test_a_key_may_be_armed_while_others_are_handed_out() -> None:
    """As every stage does, also for a time that has passed."""
    index = DueIndex()
    index.arm("ada", 100)
    woken = []
    for key in index.due(200):
        woken.append(key)
        if len(woken) < 3:
            index.arm(key, 150)
    assert woken == ["ada", "ada", "ada"]
    assert len(index) == 0


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 50)), max_size=40), st.integers(0, 60))
def test_whatever_was_armed_each_key_is_due_once_by_its_earliest_time(armed: list[tuple[str, int]], now: int) -> None:
    """In order of time, then of the key."""
    index, earliest = DueIndex(), dict[str, int]()
    for key, due in armed:
        index.arm(key, due)
        earliest[key] = min(due, earliest.get(key, due))
    expected = sorted((due, key) for key, due in earliest.items() if due < now)
    assert list(index.due(now)) == [key for _, key in expected]
    assert len(index) == len(earliest) - len(expected)
