"""What a visitor's record keeps of visits, and how it is packed: any record comes back."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.state.profile import Profile
from streams.profiles.profile_record import decode as decode_profile
from streams.profiles.profile_record import encode as encode_profile
from streams.state_format import NewerState
from streams.visits.fresh_clicks import FreshClick, as_places
from streams.visits.viewed_products import Seen
from streams.visits.visitor_record import VERSION, decode, encode, version_of
from streams.visits.visitors import CLICK_TIMES_MAX, Visit, Visitor, closed, insert, pack_times, settle, unpack_times

START = 1_750_000_000_000
GAP = 10
FOREVER = 1 << 60

times = st.integers(-(1 << 60), 1 << 60)
clicks_of_one_time = st.lists(st.tuples(times, st.text(max_size=9)), max_size=4)
visits = st.builds(
    Visit,
    start=times,
    end=times,
    first_id=st.text(max_size=9),
    last_id=st.text(max_size=9),
    fresh=st.lists(st.builds(FreshClick, times, st.text(max_size=9)), max_size=4),
    clicks=st.lists(times, max_size=30).map(pack_times),
    ties=clicks_of_one_time.map(tuple),
    views=st.integers(0, 1 << 31),
    added=st.integers(0, 1 << 31),
    products=st.dictionaries(st.text(max_size=9), st.builds(Seen, times, st.text(max_size=9)), max_size=4),
    announced=st.booleans(),
)
visitors = st.builds(
    Visitor,
    visits=st.lists(visits, max_size=3).map(tuple),
    seen=st.binary(max_size=2100),
    older=st.binary(max_size=2100),
    seen_since=times,
    last_at=times,
    closed_end=st.none() | times,
)


@settings(max_examples=200)
@given(visitors)
def test_any_record_comes_back_from_its_bytes(visitor: Visitor) -> None:
    """Whatever the ids are; and it says its version."""
    written = encode(visitor)
    assert decode(written) == visitor
    assert version_of(written) == VERSION


def test_a_visit_that_ended_at_zero_is_not_one_that_never_ended() -> None:
    """None is no number."""
    assert [decode(encode(Visitor(closed_end=end))).closed_end for end in (None, 0)] == [None, 0]


def test_the_longest_visit_fits() -> None:
    """All the clicks that are kept, years apart."""
    clicks = pack_times([START + year * 31_536_000_000 for year in range(CLICK_TIMES_MAX)])
    visitor = Visitor((Visit(START, START, "a", "b", [], clicks),))
    assert decode(encode(visitor)) == visitor


def test_a_record_keeps_the_profile_as_its_bytes() -> None:
    """Nobody reads it before its time; the very bytes are written again, and are what the live profile would be."""
    profile = Profile(links=[((START, 0, "e1", 0), "ada")], touched=START)
    written = encode(Visitor(last_at=START, profile=profile))
    restored = decode(written)
    assert restored.profile == encode_profile(profile)
    assert encode(restored) == written
    restored.profile = decode_profile(encode_profile(profile))
    assert encode(restored) == written


def test_a_newer_record_is_refused_by_its_first_byte() -> None:
    """What stands behind it may be anything; nothing of it is read."""
    for rest in (b"", b"\xff", b"{"):
        with pytest.raises(NewerState, match=f"of version {VERSION + 1},"):
            decode(bytes([VERSION + 1]) + rest)


@settings(max_examples=300)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=25), st.lists(st.integers(0, 70), max_size=6))
def test_settling_keeps_times_and_ties_of_what_w_has_passed(arriving: list[int], pauses: list[int]) -> None:
    """In any order of arrival, settled now and then: nothing is lost, and what W has not passed stays in order."""
    visitor, watermark, settled = Visitor(), START - 1000, 0
    before: list[tuple[int, str]] = []
    ties: set[tuple[int, str]] = set()
    for number, step in enumerate(arriving):
        at = START + step
        assert insert(visitor, at, f"e{number}", 100, FOREVER, START - 1000) is not None
        before.append((at, f"e{number}"))
        if number in pauses or number == len(arriving) - 1:
            (visit,) = visitor.visits
            watermark = max(watermark, START + step)
            settle(visit, watermark)
            assert as_places(visit.fresh) == sorted(click for click in before if click[0] >= watermark)
            passed = sorted(click for click in before if click[0] < watermark)
            ties.update(click for pair in pairwise(passed) if pair[0][0] == pair[1][0] for click in pair)
            before, settled = as_places(visit.fresh), settled + len(passed)
            assert len(unpack_times(visit.clicks)) == settled
            assert set(visit.ties) == ties
    (visit,) = visitor.visits
    settle(visit, START + 1000)
    assert closed("phone", visit, GAP).clicks == tuple(sorted(step - min(arriving) for step in arriving))


@pytest.mark.parametrize("more", [0, 1, 2], ids=["within", "exactly_at", "after"])
def test_the_times_that_are_kept_are_capped_over_several_batches(more: int) -> None:
    """The first ones stay."""
    visit = Visit(START, START, "a", "b", [FreshClick(START + number, "e") for number in range(CLICK_TIMES_MAX - 1)])
    settle(visit, START + 1000)
    visit.fresh = [FreshClick(START + 1000 + number, "e") for number in range(more)]
    settle(visit, START + 2000)
    kept = unpack_times(visit.clicks)
    assert len(kept) == min(CLICK_TIMES_MAX, CLICK_TIMES_MAX - 1 + more)
    assert kept[CLICK_TIMES_MAX - 1 :] == ((START + 1000,) if more else ())


def test_two_visits_that_a_late_click_joins_keep_the_earliest_times() -> None:
    """Together they have more than may be kept, and those of the latter came in the wrong order."""
    early = [START + number for number in range(CLICK_TIMES_MAX - 100)]
    late = [early[-1] + 20 + number for number in range(CLICK_TIMES_MAX)]
    visitor = Visitor(
        (
            Visit(early[0], early[-1], "a", "b", [FreshClick(early[-1] + 1, "c")], pack_times(early)),
            Visit(late[0], late[-1], "e", "f", [FreshClick(late[-1] + 1, "g")], pack_times(late[::-1])),
        )
    )
    visit = insert(visitor, early[-1] + 10, "d", GAP, FOREVER, START)
    assert visitor.visits == (visit,)
    assert visit is not None
    assert unpack_times(visit.clicks) == (*early, *late[:100])
    assert [click.event_id for click in visit.fresh] == ["c", "d", "g"]
