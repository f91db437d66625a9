"""A receiver of webhooks on paper: it goes by the id, and by what the story wants."""

from typing import TYPE_CHECKING, Any, cast

from agents.crash_points import Point, reach
from agents.dispatch.courier import Courier, WithheldError
from agents.dispatch.share import Share
from schemas.outcomes.deliveries import Delivery
from streams.delivery.delivery import Outcome, Result, RetryPolicy
from streams.delivery.resting import Trouble

if TYPE_CHECKING:
    from tests.site import Site

AT_ONCE = RetryPolicy(attempts_max=100, base_ms=0, cap_ms=60_000, ambiguous="retry")
IN_A_WHILE = RetryPolicy(attempts_max=100, base_ms=10_000, cap_ms=60_000, ambiguous="retry")


class Esp:
    """A receiver that goes by the id. It is `down` or takes what it gets. What `connecting` and `meanwhile` name
    happens once, before a call's first byte and during it; `drops` is how many calls it then takes and does not
    answer."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self.down = False
        self.drops = 0
        self.connecting: list[str] = []
        self.meanwhile: list[str] = []
        self.bodies: dict[str, set[str]] = {}
        self.calls = 0
        self.is_gone = False
        self.courier = cast(Courier, self)

    @property
    def policy(self) -> RetryPolicy:
        """Repeated at once after a crash, so that a crash moves nothing to a later time."""
        return IN_A_WHILE if self.down else AT_ONCE

    async def call(self, trigger_id: str, body: str, cleared: Any) -> Outcome:
        await self._happens(self.connecting)
        if not cleared():
            raise WithheldError
        assert trigger_id not in self._site.cancelled(), "called after a committed cancellation"
        self.calls += 1
        reach(Point.CALL_CLEARED)
        if self.down:
            return Outcome(Result.AMBIGUOUS, 503)
        self.bodies.setdefault(trigger_id, set()).add(body)
        reach(Point.CALL_SENT)
        await self._happens(self.meanwhile)
        if self.drops:
            self.drops -= 1
            return Outcome(Result.AMBIGUOUS)
        reach(Point.CALL_ANSWERED)
        return Outcome(Result.DELIVERED, 200)

    async def _happens(self, what: list[str]) -> None:
        while what:
            getattr(self._site, what.pop())()
            self._site.decide()
            self._site.read_triggers()
            await self._site.commits.committed()

    def push(self, share: Share, line: Delivery) -> None:
        """The site looks for what is due itself."""

    def drop(self, share: Share) -> None: ...

    def meet(self, trouble: Trouble) -> None: ...

    def heed(self, line: Delivery, outcome: Outcome, began_ms: int) -> Outcome:
        return outcome
