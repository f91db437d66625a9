"""When a destination is left alone, and when somebody tries again."""

import pytest

from streams.delivery.delivery import Outcome, Result
from streams.delivery.resting import PROBE_MS_MAX, PROBE_MS_MIN, REST_MS_MAX, Rest, Trouble

NOW = 1_000_000


def test_who_asks_for_a_rest_gets_it_within_limits() -> None:
    """The longest that was asked for holds, and nobody can ask for more than a quarter of an hour."""
    rest = Rest()
    rest.asked(60_000, NOW)
    rest.asked(1000, NOW)
    assert rest.until_ms == NOW + 60_000
    rest.asked(24 * 3_600_000, NOW)
    assert rest.until_ms == NOW + REST_MS_MAX


def test_probes_come_at_growing_intervals() -> None:
    """Each that is refused doubles the wait, up to a limit that is then kept."""
    rest, now, waits = Rest(), NOW, []
    rest.met(Trouble.UNAUTHORIZED, now)
    for _ in range(12):
        waits.append(rest.until_ms - now)
        now = rest.until_ms
        rest.probes(now)
        assert rest.met(Trouble.UNAUTHORIZED, now)
    assert waits[:3] == [PROBE_MS_MIN, 2 * PROBE_MS_MIN, 4 * PROBE_MS_MIN]
    assert waits[-2:] == [PROBE_MS_MAX, PROBE_MS_MAX]


def test_calls_that_were_under_way_make_no_wait_longer() -> None:
    """Eight calls are refused at once: that is one refusal."""
    rest = Rest()
    assert [rest.met(Trouble.UNAUTHORIZED, NOW + n) for n in range(8)] == [True] + [False] * 7
    assert rest.until_ms == NOW + PROBE_MS_MIN


def test_a_probe_of_which_nothing_is_heard_is_followed_by_another() -> None:
    """A time-out says nothing of the credentials: neither sooner nor later than after the same wait."""
    rest = Rest()
    rest.met(Trouble.UNAUTHORIZED, NOW)
    rest.probes(NOW + PROBE_MS_MIN)
    assert not rest.hears(Outcome(Result.AMBIGUOUS))
    assert rest.until_ms == NOW + 2 * PROBE_MS_MIN


@pytest.mark.parametrize(
    ("trouble", "outcome", "is_over"),
    [
        (Trouble.UNAUTHORIZED, Outcome(Result.DELIVERED, 200), True),
        (Trouble.UNAUTHORIZED, Outcome(Result.REJECTED, 422), True),
        (Trouble.UNAUTHORIZED, Outcome(Result.THROTTLED, 429, 1000), True),
        (Trouble.UNAUTHORIZED, Outcome(Result.UNAUTHORIZED, 403), False),
        (Trouble.UNAUTHORIZED, Outcome(Result.AMBIGUOUS, 502), False),
        (Trouble.UNAUTHORIZED, Outcome(Result.THROTTLED, 503, 1000), False),
        (Trouble.UNAUTHORIZED, Outcome(Result.AMBIGUOUS), False),
        (Trouble.UNAUTHORIZED, Outcome(Result.UNSENT), False),
        (Trouble.FORBIDDEN, Outcome(Result.AMBIGUOUS), True),
        (Trouble.FORBIDDEN, Outcome(Result.UNAUTHORIZED, 401), True),
        (Trouble.FORBIDDEN, Outcome(Result.UNSENT), False),
        (Trouble.FORBIDDEN, Outcome(Result.FORBIDDEN), False),
        (Trouble.DEAD_LETTERS, Outcome(Result.DELIVERED, 200), True),
        (Trouble.DEAD_LETTERS, Outcome(Result.REJECTED, 404), False),
        (Trouble.DEAD_LETTERS, Outcome(Result.AMBIGUOUS, 500), False),
    ],
)
def test_what_shows_that_it_is_over(trouble: Trouble, outcome: Outcome, is_over: bool) -> None:
    """Only what could not be so otherwise; then all lines go at once."""
    rest = Rest()
    rest.met(trouble, NOW)
    assert rest.hears(outcome) is is_over
    assert (rest.trouble is None) is is_over
    assert (rest.until_ms == 0) is is_over


def test_after_it_is_over_the_waits_begin_anew() -> None:
    """The next trouble is another one."""
    rest = Rest()
    rest.met(Trouble.UNAUTHORIZED, NOW)
    rest.probes(NOW)
    rest.met(Trouble.UNAUTHORIZED, NOW)
    rest.hears(Outcome(Result.DELIVERED, 200))
    rest.met(Trouble.UNAUTHORIZED, NOW)
    assert rest.until_ms == NOW + PROBE_MS_MIN
