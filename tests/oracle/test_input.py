"""The oracle's order of events: small tables computed by hand, in minutes; waits of 60, a gap of 30."""

import pytest

from tests.oracle.records import in_order, millis
from tests.oracle.tables import ALL, CART, Fired, Minute, add, fired, ms, order, remove, run, view


def test_times_are_read_in_both_forms() -> None:
    """The same instant as milliseconds, in UTC and with an offset."""
    assert millis(1_748_851_200_001) == millis("2025-06-02T08:00:00.001Z") == millis("2025-06-02T10:00:00.001+02:00")


def test_records_are_ordered_by_time_then_click_then_id() -> None:
    """Order of events: time, click before order, event id."""
    late, late_order, early = view(1), order("1", 1), order("2", 0)
    late["event_id"], late_order["event_id"] = "z", "a"
    assert [record.at.event_id for record in in_order([late], [late_order, early])] == [early["event_id"], "z", "a"]


def test_a_repeated_record_counts_once() -> None:
    """De-duplication: two identical adds of one item, one removal, an empty cart."""
    added = add(0)
    assert fired(CART, added, dict(added), remove(1)) == set()
    assert fired(CART, added, add(0), remove(1)) == {("v:v", 1)}


@pytest.mark.parametrize(("last", "expected"), [(60 - ms, set()), (60, set()), (60 + ms, {("v:v", 0)})])
def test_without_drain_the_clock_ends_at_the_last_event(last: Minute, expected: Fired) -> None:
    """A timer fires only when its due time is earlier than the last event."""
    assert fired(CART, add(0), view(last, "other"), drain=False) == expected


def test_no_input_no_triggers() -> None:
    """Either input may be missing."""
    assert run(ALL) == run(ALL, drain=False) == set()
