"""The brokers' clock as a worker can know it: it may lag by a round trip, and never runs ahead.

A worker's own wall clock may be wrong by hours and would fire timers by that much too early or too late.
"""

import time
from collections.abc import Callable


class BrokerClock:
    """Time as of the last acknowledged append. One a process; all in ms since the epoch and seconds of `monotonic`."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._ahead_ms: float | None = None
        self._ahead_ms_max = 0.0
        self._trusts_wall = False

    @property
    def is_known(self) -> bool:
        """Whether any append has been acknowledged yet."""
        return self._ahead_ms is not None or self._trusts_wall

    def acknowledged(self, append_ms: int, at_s: float, sent_s: float | None = None) -> None:
        """The broker appended at `append_ms` by its clock what was sent at `sent_s` or later, and was known here to be
        acknowledged at `at_s`.

        The append came before its acknowledgement, so the broker's clock then showed `append_ms` or more; and after it
        was sent, so it then showed `append_ms` or less. An earlier bound that agrees with both, and says more, stands.
        """
        least = append_ms - at_s * 1000
        most = least if sent_s is None else append_ms - sent_s * 1000
        agrees = self._ahead_ms is not None and least <= self._ahead_ms_max <= most
        self._ahead_ms, self._ahead_ms_max = least, self._ahead_ms_max if agrees else most

    def trust_wall_clock(self) -> None:
        """The cluster gives no append times: this machine's clock has to do."""
        self._trusts_wall = True

    def at(self, at_s: float) -> int | None:
        """The broker's clock at that monotonic moment, past or present, or a bit less; None before it is known."""
        if self._trusts_wall:
            return int((self._wall() - self._monotonic() + at_s) * 1000)
        return None if self._ahead_ms is None else int(self._ahead_ms + at_s * 1000)

    def now_ms(self) -> int:
        """The broker's clock now, or a bit less. Raises AssertionError before it is known."""
        now = self.at(self._monotonic())
        assert now is not None, "no vector has been acknowledged yet"
        return now

    def latest_ms(self) -> int:
        """The broker's clock now, or a bit more: by that one goes who must not be late. Raises AssertionError before it
        is known."""
        now_ms = self.now_ms()
        return now_ms if self._trusts_wall else int(self._ahead_ms_max + self._monotonic() * 1000)
