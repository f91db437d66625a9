"""The ceiling on dead letters: how many of the last records, how large a share, and what a restart knows of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ceiling import PARTS, Ceiling

LEAST = 1000


@pytest.mark.parametrize(
    ("dead", "too_much"), [(899, False), (900, False), (901, True)], ids=["below", "exactly", "above"]
)
def test_a_share_above_the_ceiling_is_too_much(dead: int, too_much: bool) -> None:
    """Nine of ten are allowed."""
    assert Ceiling(0.9, LEAST).add(1000, dead) is too_much


@pytest.mark.parametrize(("records", "too_much"), [(999, False), (1000, True), (1001, True)])
def test_a_few_bad_records_are_never_too_much(records: int, too_much: bool) -> None:
    """Before there are enough of them, all may be dead."""
    assert Ceiling(0.9, LEAST).add(records, records) is too_much


def test_one_allows_everything() -> None:
    """What an operator sets who has looked, and wants the rest put aside."""
    assert not Ceiling(1.0, LEAST).add(100_000, 100_000)


def test_what_was_let_pass_does_not_stall_what_comes_after() -> None:
    """A restart without a ceiling, until all that is bad was put aside, and one with it again: the next record is good,
    and one that is not is noise."""
    before = Ceiling(0.9, LEAST)
    before.add(999, 999)
    passing = Ceiling(1.0, LEAST)
    passing.restore(before.encode())
    passing.add(5000, 5000)
    after = Ceiling(0.9, LEAST)
    after.restore(passing.encode())
    assert not after.add(10, 0)
    assert not after.add(1, 1)


def test_noise_is_allowed_for_ever() -> None:
    """A robot whose garbage is a fifth of all, in batches of any size."""
    ceiling = Ceiling(0.9, LEAST)
    assert not any(ceiling.add(size, size // 5) for size in (5, 50, 500, 5000) for _ in range(200))


def test_it_is_the_last_records_that_count() -> None:
    """Months of good ones do not hide that nothing good comes any more: it shows within as many as are counted."""
    ceiling = Ceiling(0.9, LEAST)
    for _ in range(1000):
        ceiling.add(500, 0)
    bad = 0
    while not ceiling.is_exceeded:
        ceiling.add(10, 10)
        bad += 10
    assert bad <= LEAST + LEAST // PARTS


def test_good_records_end_it() -> None:
    """The producer was mended."""
    ceiling = Ceiling(0.9, LEAST)
    ceiling.add(1000, 1000)
    assert ceiling.is_exceeded
    ceiling.add(200, 0)
    assert not ceiling.is_exceeded


batches = st.lists(st.tuples(st.integers(1, 3000), st.floats(0, 1)), max_size=40)


@given(batches, batches)
def test_a_restart_goes_on_where_it_was(before: list[tuple[int, float]], after: list[tuple[int, float]]) -> None:
    """What is kept beside the position says all that counts."""
    one = Ceiling(0.9, LEAST)
    for records, share in before:
        one.add(records, int(records * share))
    other = Ceiling(0.9, LEAST)
    other.restore(one.encode())
    for records, share in after:
        assert one.add(records, int(records * share)) == other.add(records, int(records * share))
        assert (one.records, one.dead) == (other.records, other.dead)


@given(batches)
def test_what_is_counted_is_bounded(all_: list[tuple[int, float]]) -> None:
    """So many records as are asked for, and at most a part or a batch more, in a few numbers."""
    ceiling = Ceiling(0.9, LEAST)
    for records, share in all_:
        ceiling.add(records, int(records * share))
        assert ceiling.records < LEAST + max(LEAST // PARTS, 3000) * 2
        assert len(ceiling.encode()) < 50 * (PARTS + 2)
