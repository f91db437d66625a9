"""What an HTTP answer means for a delivery: its status, and when to come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.delivery import Result, outcome_of_status, retry_after_ms
from tests.streams.deliveries import DAY, NOW, SECOND


@pytest.mark.parametrize(
    ("status", "retry_after", "result"),
    [
        (200, None, Result.DELIVERED),
        (204, 5000, Result.DELIVERED),
        (299, None, Result.DELIVERED),
        (300, None, Result.REFUSED),
        (301, None, Result.REFUSED),
        (307, 5000, Result.REFUSED),
        (400, None, Result.REJECTED),
        (401, None, Result.UNAUTHORIZED),
        (403, None, Result.UNAUTHORIZED),
        (404, None, Result.REJECTED),
        (408, None, Result.REFUSED),
        (410, None, Result.GONE),
        (413, None, Result.REJECTED),
        (422, None, Result.REJECTED),
        (423, None, Result.REFUSED),
        (425, None, Result.REFUSED),
        (429, None, Result.REFUSED),
        (429, 0, Result.THROTTLED),
        (500, None, Result.AMBIGUOUS),
        (500, 5000, Result.AMBIGUOUS),
        (501, None, Result.REJECTED),
        (503, None, Result.AMBIGUOUS),
        (503, 5000, Result.THROTTLED),
        (599, None, Result.AMBIGUOUS),
        (101, None, Result.REJECTED),
    ],
)
def test_a_status_means_one_thing(status: int, retry_after: int | None, result: Result) -> None:
    """The retry table, line by line."""
    assert outcome_of_status(status, retry_after).result is result


@pytest.mark.parametrize(
    ("text", "wait_ms"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("1.5", None),
        ("0", 0),
        ("120", 120 * SECOND),
        (" 120 ", 120 * SECOND),
        ("-5", 0),
        ("86400", DAY),
        ("86401", DAY),
        ("1e9", None),
        ("999999999999999999", DAY),
        ("9" * 5000, None),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30 * SECOND),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30 * SECOND),
        ("Tue, 14 Nov 2023 22:13:20 GMT", 0),
        ("Tue, 14 Nov 2000 22:13:20 GMT", 0),
        ("Tue, 14 Nov 2099 22:13:20 GMT", DAY),
        ("Tue, 99 Nov 2099 22:13:20 GMT", None),
        ("Tue, 14 Nov 99999999 22:13:20 GMT", None),
    ],
)
def test_retry_after_is_read_and_clamped(text: str | None, wait_ms: int | None) -> None:
    """Seconds or an HTTP date; the past is now, and nobody makes us wait longer than a day."""
    assert retry_after_ms(text, NOW) == wait_ms


@given(st.text(max_size=60))
def test_no_retry_after_is_too_strange(text: str) -> None:
    """Whatever a receiver writes there, it is a wait within a day, or nothing."""
    wait = retry_after_ms(text, NOW)
    assert wait is None or 0 <= wait <= DAY
