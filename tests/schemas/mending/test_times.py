"""Times in other writings than RFC 3339: taken where they say their offset, refused where it would be a guess."""

import pytest

from schemas.base import instant_from_text
from schemas.mending.times import CHARS_MAX, instant_as_written

AT = instant_from_text("2025-06-15T15:06:40Z")

WRITTEN = (
    *("2025-06-15T15:06:40Z", "2025-06-15t15:06:40z", " 2025-06-15 15:06:40 UTC ", "2025-06-15T15:06:40utc"),
    *("2025-06-15 15:06:40 GMT", "2025-06-15 15:06:40 Etc/UTC", "2025-06-15 15:06:40 Etc/GMT", "20250615T150640Z"),
    *("2025-06-15 15:06:40 +0000", "2025-06-15 15:06:40 -0000", "2025-06-15 17:06:40 +02", "2025-06-15 15:06:40+00"),
    *("2025-06-15 15:06:40 +0000 UTC", "2025-06-15 17:06:40 +0200 CEST", "2025-06-15 18:06:40 +0300 +03"),
    *("2025-06-15 15:06:40.000000001 +0000 UTC m=+0.000012", "2025-06-15 15:06:40.0009 UTC"),
    *("2025-06-15T17:06:40+02:00[Europe/Berlin]", "2025-06-15T15:06:40Z[UTC]", "2025-06-15T15:06:40[Etc/UTC]"),
    *("Sun, 15 Jun 2025 15:06:40 GMT", "Sun, 15 Jun 2025 17:06:40 +0200", "15 Jun 2025 15:06:40 UT"),
    *("Sun, 15-Jun-2025 15:06:40 GMT", "Sun Jun 15 2025 17:06:40 GMT+0200 (Central European Summer Time)"),
    *("Sun Jun 15 15:06:40 UTC 2025", "Sun Jun 15 17:06:40 +0200 2025", "Sunday, 15-Jun-2025 15:06:40 UTC"),
    *("15/Jun/2025:15:06:40 +0000", "15/Jun/2025 17:06:40 +02:00", "Jun 15, 2025 3:06:40 PM UTC"),
    *("June 15, 2025 at 3:06:40 PM UTC", "2025-06-15 3:06:40 pm UTC", "2025/06/15 15:06:40 UTC"),
    *("2025/6/15 15:06:40+00:00", "2025.06.15 15:06:40 UTC", "2025-6-15T15:06:40Z", "2025-06-15T13:06:40\u221202:00"),
    *("\u200e2025-06-15T15:06:40Z", "\ufeff2025-06-15\u200b 15:06:40 UTC", "Sun  Jun 15  15:06:40 GMT 2025"),
)
REFUSED = (
    *("2025-06-15T15:06:40", "2025-06-15", "2025-06-15 UTC", "2025-06-15+02:00", "now", "", "15:06:40 UTC"),
    *("2025-06-15T15:06:40[Europe/Berlin]", "2025-06-15 15:06:40 CET", "Sun, 15 Jun 2025 15:06:40 EST"),
    *("2025-06-15 15:06:40 GMT+2", "2025-06-15 15:06:40 Etc/GMT-14", "2025-06-15T15:06:40Z+02:00"),
    *("2025-06-15 15:06:40 +0200 UTC", "2025-06-15T15:06:40+02:00[UTC]", "Sun, 15 Jun 2025 15:06:40"),
    *("06/07/2025 15:06:40 UTC", "15 Jun 25 15:06:40 GMT", "1750000000000", "1750000000000Z", "1750000000 UTC"),
    *("2025-06-15 24:00:00 UTC", "Sun, 15 Jun 2025 24:00:00 GMT", "2025-06-30 23:59:60 UTC", "30 Feb 2025 00:00 UTC"),
    *("15/06/2025 15:06:40 UTC", "6/15/2025, 3:06:40 PM UTC", "2025-06-15 13:06:40 PM UTC", "2025-6-15T15:06:40"),
    *("2025-06-15 0:06:40 AM UTC", "Sun Jun 15 17:06:40 CEST 2025", "Sun Jun 15 15:06:40 2025", "2025-13-1 1:00 UTC"),
    *("2025-06/15 15:06:40 UTC", "2025/06/15 24:00:00 UTC", "2025-06-15 3:06:40 PM"),
    *("1969-12-31 23:59:59 UTC", "2025-06-15T15:06:40Z" + " (x)" * CHARS_MAX, "1" * 100_000 + " UTC"),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_time_with_its_offset_is_read(text: str) -> None:
    """To the millisecond, whoever wrote it."""
    assert instant_as_written(text) == AT


@pytest.mark.parametrize("text", REFUSED)
def test_what_would_be_a_guess_is_refused(text: str) -> None:
    """No offset, two that differ, days that might be months, hours that are none."""
    with pytest.raises(ValueError):
        instant_as_written(text)


@pytest.mark.parametrize(("said", "hour"), [("12:06 AM", 0), ("1:06 AM", 1), ("12:06 PM", 12), ("11:06 PM", 23)])
def test_a_half_of_a_day_begins_with_twelve(said: str, hour: int) -> None:
    """Midnight is 12 AM."""
    assert instant_as_written(f"2025-06-15 {said} UTC") == instant_from_text(f"2025-06-15T{hour:02}:06:00Z")


@pytest.mark.parametrize("text", ["2025-06-15T15:06:40.123Z", "2025-06-15T17:06:40,123999+02:00"])
def test_what_is_finer_than_a_millisecond_is_cut_off(text: str) -> None:
    """As in RFC 3339."""
    assert instant_as_written(text) == AT + 123
