"""Local times as instants: what a change of clocks leaves out, and what it brings twice."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.time.local_time import instant_of, local_day

VIENNA = "Europe/Vienna"
ZONES = [VIENNA, "UTC", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Monrovia"]


@pytest.mark.parametrize(
    ("zone", "day", "minute", "expected"),
    [
        (VIENNA, "2026-03-29", 119, "2026-03-29T00:59"),
        (VIENNA, "2026-03-29", 120, "2026-03-29T01:00"),
        (VIENNA, "2026-03-29", 150, "2026-03-29T01:00"),
        (VIENNA, "2026-03-29", 180, "2026-03-29T01:00"),
        (VIENNA, "2026-03-29", 181, "2026-03-29T01:01"),
        (VIENNA, "2026-10-25", 120, "2026-10-25T00:00"),
        (VIENNA, "2026-10-25", 150, "2026-10-25T00:30"),
        (VIENNA, "2026-10-25", 180, "2026-10-25T02:00"),
        (VIENNA, "2026-10-25", 1440, "2026-10-25T23:00"),
        ("America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-11-03", 1440, "2018-11-04T03:00"),
        ("Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30", 600, "2011-12-30T10:00"),
    ],
)
def test_a_local_time_is_the_first_instant_that_it_can_be(zone: str, day: str, minute: int, expected: str) -> None:
    """One that is left out is the end of the gap; of two it is the first; midnight may be left out, too, or a day."""
    instant = datetime.fromtimestamp(instant_of(date.fromisoformat(day), minute, zone) / 1000, UTC)
    assert instant.strftime("%Y-%m-%dT%H:%M") == expected


@given(st.sampled_from(ZONES), st.dates(date(1995, 1, 1), date(2035, 1, 1)), st.integers(0, 1439))
def test_later_by_the_wall_is_never_earlier(zone: str, day: date, minute: int) -> None:
    """In any zone, on any day."""
    assert instant_of(day, minute, zone) <= instant_of(day, minute + 1, zone)


@given(st.sampled_from(ZONES), st.integers(800_000_000_000, 2_000_000_000_000))
def test_an_instant_lies_in_its_day(zone: str, at: int) -> None:
    """From its midnight on, and before the next day's."""
    day = local_day(at, zone)
    assert instant_of(day, 0, zone) <= at < instant_of(day, 1440, zone)
