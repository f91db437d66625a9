"""When a destination is left alone, and when it is tried again: what one call learns is meant for all of its lines.

Whatever is wrong with a destination as a whole kills no delivery: lines wait in the ledger until it is mended, or they
expire. Meanwhile one line at a time goes as a probe. All times are ms by the same clock.
"""

from enum import StrEnum

from streams.delivery.delivery import Outcome, Result

REST_MS_MAX = 15 * 60_000
"""How long one answer may keep all lines from a destination; its own line waits for as long as it said."""
PROBE_MS_MIN = 5000
"""From the first refusal to the first probe: short, since it may have meant one message alone."""
PROBE_MS_MAX = REST_MS_MAX
"""Between probes at most: they double up to it. So long may a destination wait after it has been mended."""


class Trouble(StrEnum):
    """What is wrong with a destination. A closed set, and a label in the metrics."""

    UNAUTHORIZED = "unauthorized"  # it refuses our credentials
    FORBIDDEN = "forbidden"  # its name leads to an address that may not be called
    DEAD_LETTERS = "dead_letters"  # nearly all of its deliveries die


class Rest:
    """The state of one destination: at ease, asked to wait (`until_ms`), or in `trouble`."""

    def __init__(self) -> None:
        self.until_ms = 0
        """No call before it."""
        self.trouble: Trouble | None = None
        self._wait_ms = 0
        self._is_probing = False

    def asked(self, wait_ms: int, now_ms: int) -> None:
        """It wants to be left alone for that long; a longer time that it named before still holds."""
        self.until_ms = max(self.until_ms, now_ms + min(wait_ms, REST_MS_MAX))

    def met(self, trouble: Trouble, now_ms: int) -> bool:
        """A call ended in trouble. A probe doubles the wait; what calls say that were under way before changes nothing.
        Returns whether it is news."""
        if self.trouble is None:
            self._wait_ms = PROBE_MS_MIN
        elif self._is_probing:
            self._wait_ms = min(2 * self._wait_ms, PROBE_MS_MAX)
        else:
            return False
        self.trouble, self._is_probing = trouble, False
        self.until_ms = max(self.until_ms, now_ms + self._wait_ms)
        return True

    def probes(self, now_ms: int) -> None:
        """A line is sent to find out. If nothing is heard of it, the next goes as long after it as this one waited."""
        self._is_probing = True
        self.until_ms = now_ms + self._wait_ms

    def hears(self, outcome: Outcome) -> bool:
        """Whether this outcome shows the trouble to be over, which it then is."""
        match self.trouble:
            case None:
                return False
            case Trouble.DEAD_LETTERS:
                is_over = outcome.result is Result.DELIVERED
            case Trouble.FORBIDDEN:
                is_over = outcome.result not in (Result.FORBIDDEN, Result.UNSENT)
            case Trouble.UNAUTHORIZED:
                # A failing server has not looked at the credentials.
                told = outcome.status is not None and outcome.status < 500
                is_over = told and outcome.result is not Result.UNAUTHORIZED
        if is_over:
            self.trouble, self._is_probing, self.until_ms = None, False, 0
        return is_over
