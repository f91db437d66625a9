"""One destination's queue: lines wait here until they are due, and only as many calls run as it may have.

Each destination has its own queue, client and loop, so one that hangs holds up nobody else.
"""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from math import inf

from agents.dispatch.courier import Courier
from agents.dispatch.share import Share
from agents.dispatch.tasks import Tasks
from agents.settings import DestinationSettings
from schemas.deliveries import Delivery
from streams.delivery import RetryPolicy, due_ms

WAIT_S_MAX = 1.0  # the wall clock may be set while we sleep
REST_MS_MAX = 15 * 60_000
"""How long one answer may keep all lines from a destination; its own line waits for as long as it said."""


class Destination:
    """`slots_max` calls at a time, and no more than `shared` admits over all destinations."""

    def __init__(
        self,
        name: str,
        settings: DestinationSettings,
        slots_max: int,
        shared: asyncio.Semaphore,
        tasks: Tasks,
        clock: Callable[[], int],
    ) -> None:
        self.name = name
        self.courier = Courier(settings, slots_max, clock)
        self.policy = RetryPolicy(
            attempts_max=settings.attempts_max,
            base_ms=int(settings.retry_base_s * 1000),
            cap_ms=int(settings.retry_cap_s * 1000),
            ambiguous=settings.ambiguous,
        )
        self.is_gone = False
        self._slots = asyncio.Semaphore(slots_max)
        self._shared = shared
        self._tasks = tasks
        self._clock = clock
        self._rests_until_ms = 0
        self._queue: list[tuple[int, int, Share, str]] = []
        self._order = count()
        self._pushed = asyncio.Event()

    def push(self, share: Share, line: Delivery) -> None:
        """Wait until the line is due; among those that are, the longest due goes first."""
        heapq.heappush(self._queue, (due_ms(line), next(self._order), share, line.trigger_id))
        self._pushed.set()

    def drop(self, share: Share) -> None:
        """The share has ended: its lines are somebody else's, and nothing of it is to be kept."""
        self._queue = [entry for entry in self._queue if entry[2] is not share]
        heapq.heapify(self._queue)

    def rest(self, wait_ms: int) -> None:
        """The destination wants to be left alone, by all lines; one that expires meanwhile is declared so after it."""
        self._rests_until_ms = max(self._rests_until_ms, self._clock() + min(wait_ms, REST_MS_MAX))

    def close_for_good(self) -> None:
        """The destination wants no more: everything queued is due, to be declared dead."""
        self.is_gone = True
        self._pushed.set()

    async def run(self) -> None:
        """Carry lines through as they become due, for ever."""
        while True:
            await self._slots.acquire()
            await self._wait_due()
            await self._shared.acquire()
            call = self._next_call()
            if call is None:
                self._release()
                await asyncio.sleep(0)
            else:
                call.add_done_callback(self._called)

    def _next_call(self) -> asyncio.Task[None] | None:
        if not self._queue:  # what was due was dropped while there was no room for its call
            return None
        _, _, share, trigger_id = heapq.heappop(self._queue)
        return share.carry(trigger_id)

    async def _wait_due(self) -> None:
        while True:
            self._pushed.clear()
            if self._queue and self.is_gone:
                return
            due_ms = max(self._queue[0][0], self._rests_until_ms) if self._queue else inf
            wait_s = (due_ms - self._clock()) / 1000
            if wait_s <= 0:
                return
            try:
                async with asyncio.timeout(min(wait_s, WAIT_S_MAX)):
                    await self._pushed.wait()
            except TimeoutError:
                continue

    def _called(self, call: asyncio.Task[None]) -> None:
        self._release()
        if not call.cancelled() and (error := call.exception()) is not None:
            self._tasks.crash(error, f"call to {self.name}")

    def _release(self) -> None:
        self._shared.release()
        self._slots.release()
