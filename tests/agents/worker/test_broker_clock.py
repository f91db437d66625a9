"""The brokers' clock as a worker knows it."""

import pytest

from agents.worker.broker_clock import BrokerClock


class Clocks:
    """A worker's own clocks; the wall clock is an hour wrong."""

    def __init__(self) -> None:
        self.monotonic_s = 100.0
        self.broker = BrokerClock(monotonic=lambda: self.monotonic_s, wall=lambda: 3600.0 + self.monotonic_s)


def test_it_is_unknown_before_the_first_acknowledgement() -> None:
    """Nothing may be claimed before."""
    clocks = Clocks()
    assert not clocks.broker.is_known
    assert clocks.broker.at(99.0) is None
    with pytest.raises(AssertionError):
        clocks.broker.now_ms()


def test_it_runs_on_from_the_last_append() -> None:
    """By the monotonic clock alone: what the wall clock says does not matter."""
    clocks = Clocks()
    clocks.broker.acknowledged(50_000, 100.0)
    clocks.monotonic_s = 102.5
    assert clocks.broker.now_ms() == 52_500


def test_moments_before_the_acknowledgement_have_their_time_too() -> None:
    """A fetch may have been sent before the vector was acknowledged."""
    clocks = Clocks()
    clocks.broker.acknowledged(50_000, 100.0)
    assert clocks.broker.at(99.0) == 49_000


def test_it_never_runs_ahead_however_late_the_acknowledgement() -> None:
    """The append lies before its acknowledgement: a slow answer makes the clock slow, never fast."""
    for delay_s in (0.0, 0.2, 5.0):
        clocks = Clocks()
        true_ms = 50_000
        clocks.broker.acknowledged(true_ms, 100.0 + delay_s)
        assert (clocks.broker.at(101.0 + delay_s) or 0) <= true_ms + 1000 + delay_s * 1000
        assert (clocks.broker.at(100.0) or 0) <= true_ms


def test_the_wall_clock_stands_in_where_there_are_no_append_times() -> None:
    """Better than nothing, and said in the log."""
    clocks = Clocks()
    clocks.broker.trust_wall_clock()
    assert clocks.broker.is_known
    assert clocks.broker.now_ms() == 3_700_000


@pytest.mark.parametrize("way_s", [0.0, 0.01, 1.5])
def test_who_must_not_be_late_goes_by_the_latest_that_it_may_be(way_s: float) -> None:
    """The append came after the sending, however long all took: never slow, fast by the way at most."""
    clocks = Clocks()
    true_ms = 50_000
    clocks.broker.acknowledged(true_ms, 100.0 + 2 * way_s, sent_s=100.0 - way_s)
    clocks.monotonic_s = 110.0
    assert true_ms + 10_000 <= clocks.broker.latest_ms() <= true_ms + 10_000 + way_s * 1000


def test_a_slow_answer_does_not_loosen_what_a_quick_one_has_shown() -> None:
    """As long as they agree."""
    clocks = Clocks()
    clocks.broker.acknowledged(50_000, 100.002, sent_s=99.999)
    clocks.broker.acknowledged(60_000, 115.0, sent_s=105.0)
    clocks.monotonic_s = 115.0
    assert clocks.broker.latest_ms() == 65_001


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000])
def test_a_broker_whose_clock_was_set_is_believed(step_ms: int) -> None:
    """What contradicts the last bound takes its place: the brokers' clock is the one that counts, whatever it shows."""
    clocks = Clocks()
    clocks.broker.acknowledged(50_000, 100.0, sent_s=100.0)
    clocks.broker.acknowledged(51_000 + step_ms, 101.0, sent_s=101.0)
    clocks.monotonic_s = 102.0
    assert clocks.broker.latest_ms() == 52_000 + step_ms
    assert clocks.broker.now_ms() == 52_000 + step_ms


def test_the_latest_is_unknown_before_the_first_acknowledgement_too() -> None:
    """Nobody guesses."""
    with pytest.raises(AssertionError):
        Clocks().broker.latest_ms()
