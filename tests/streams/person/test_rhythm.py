"""How often and how regularly somebody buys, at each boundary."""

from datetime import UTC, datetime

import pytest

from schemas.rules.words import DAY_MS
from streams.person.rhythm import (
    Rhythm,
    day_of,
    last_of_days,
    mean_gap_days,
    mean_gap_times,
    median_gap,
    next_order_at,
    rhythm,
)

MONDAY = (datetime(2026, 11, 23, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
MIDNIGHT = MONDAY * DAY_MS


def test_a_day_begins_at_midnight_utc() -> None:
    """The last millisecond before belongs to the day before; midnight itself does not."""
    assert [day_of(MIDNIGHT + ms) - MONDAY for ms in (-1, 0, DAY_MS - 1, DAY_MS)] == [-1, 0, 0, 1]


def test_ada_buys_on_a_monday_and_two_weeks_later() -> None:
    """One purchase followed the first, two weeks after it; today is a week later."""
    assert rhythm([MONDAY, MONDAY + 14], today=MONDAY + 21) == Rhythm(frequency=1, recency=2.0, age=3.0)


def test_two_orders_of_one_day_are_one_purchase() -> None:
    """She forgot something; the order of the list says nothing either."""
    bought = [MONDAY + 14, MONDAY, MONDAY + 14, MONDAY]
    assert rhythm(bought, today=MONDAY + 21) == rhythm([MONDAY, MONDAY + 14], today=MONDAY + 21)


def test_who_bought_once_has_no_recency() -> None:
    """The age alone grows, by parts of a week; on the day itself it is nothing."""
    assert rhythm([MONDAY], today=MONDAY) == Rhythm(0, 0.0, 0.0)
    assert rhythm([MONDAY], today=MONDAY + 1) == Rhythm(0, 0.0, 1 / 7)


def test_a_purchase_of_today_counts_and_one_of_tomorrow_is_a_mistake() -> None:
    """Whoever asks leaves later purchases out: nobody may take them for known."""
    assert rhythm([MONDAY, MONDAY + 7], today=MONDAY + 7) == Rhythm(1, 1.0, 1.0)
    with pytest.raises(AssertionError, match="tomorrow"):
        rhythm([MONDAY, MONDAY + 7], today=MONDAY + 6)


@pytest.mark.parametrize("times", [(), (MIDNIGHT,)])
def test_one_purchase_has_no_gap(times: tuple[int, ...]) -> None:
    """And so neither a mean, nor a median, nor a next order."""
    assert (mean_gap_days(times), median_gap(times), next_order_at(times)) == (None, None, None)


def test_two_purchases_have_one_gap() -> None:
    """Half a day is half a day: gaps are of times, not of dates."""
    times = (MIDNIGHT, MIDNIGHT + DAY_MS // 2)
    assert (mean_gap_days(times), median_gap(times)) == (0.5, DAY_MS // 2)
    assert next_order_at(times) == MIDNIGHT + DAY_MS


def test_one_long_pause_moves_the_mean_and_not_the_median() -> None:
    """Gaps of 10, 10 and 100 days: 40 on average, 10 in the middle."""
    times = [MIDNIGHT + days * DAY_MS for days in (0, 10, 110, 120)]
    assert (mean_gap_days(times), median_gap(times)) == (40.0, 10 * DAY_MS)
    assert next_order_at(times) == MIDNIGHT + 160 * DAY_MS


def test_the_median_of_an_even_number_of_gaps_lies_between_the_middle_two() -> None:
    """Gaps of 1, 2, 4 and 20 days."""
    times = [MIDNIGHT + days * DAY_MS for days in (0, 20, 22, 26, 27)]
    assert median_gap(times) == 3 * DAY_MS


def test_a_next_order_is_cut_off_to_a_millisecond() -> None:
    """Gaps of 1 and 2 ms: the mean is one and a half."""
    assert next_order_at([10, 11, 13]) == 14


def test_gaps_in_milliseconds_are_whole() -> None:
    """Of an even number of gaps the median is the mean of the two in the middle; what is finer is cut off."""
    assert [median_gap(times) for times in ((0,), (0, 5), (0, 5, 13), (0, 4, 13), (0, 5, 13, 113))] == [
        None,
        5,
        6,
        6,
        8,
    ]
    assert [mean_gap_times(times, 2_500) for times in ((0,), (0, 5), (0, 5, 13))] == [None, 12, 16]


def test_of_each_day_the_last_time_stands() -> None:
    """Midnight begins a day of its own."""
    times = [MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 7, MIDNIGHT + DAY_MS - 1, MIDNIGHT + DAY_MS]
    assert last_of_days(reversed(times)) == [MIDNIGHT - 1, MIDNIGHT + DAY_MS - 1, MIDNIGHT + DAY_MS]
