"""One destination's queue: lines wait here until they are due, and only as many calls run as it may have.

Each destination has its own queue, client, network and loop, and slots that it shares with nobody: one that hangs holds
up no other. What is wrong with the destination as a whole, `streams.delivery.resting` says what becomes of it.
"""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from math import inf
from typing import NamedTuple

import structlog

from agents.dispatch.courier import Courier
from agents.dispatch.share import Share
from agents.dispatch.tasks import Tasks
from agents.settings.settings import DestinationSettings
from schemas.outcomes.deliveries import Delivery
from streams.delivery.delivery import Outcome, Result, RetryPolicy, due_ms
from streams.delivery.resting import Rest, Trouble

WAIT_S_MAX = 1.0  # the clock is only known better and better, and a line may expire while the destination rests

log = structlog.get_logger(__name__)


class _Waiting(NamedTuple):
    """A line by the time at which it wants something; the order in which lines came decides between equals."""

    at_ms: int
    order: int
    share: Share
    trigger_id: str
    expires_ms: int | None


class Destination:
    """`slots` calls at a time; `clock` is the brokers' clock, ms."""

    def __init__(
        self, name: str, settings: DestinationSettings, slots: int, tasks: Tasks, clock: Callable[[], int]
    ) -> None:
        self.name = name
        self.courier = Courier(settings, slots, clock)
        self.policy = RetryPolicy(
            attempts_max=settings.attempts_max,
            base_ms=int(settings.retry_base_s * 1000),
            cap_ms=int(settings.retry_cap_s * 1000),
            ambiguous=settings.ambiguous,
        )
        self.is_gone = False
        self._slots = asyncio.Semaphore(slots)
        self._running = 0
        self._tasks = tasks
        self._clock = clock
        self._rest = Rest()
        self._refused_ms = -inf
        self._takes_others = False
        """Whether anything that was sent after the last refusal was taken."""
        self._queue: list[_Waiting] = []
        self._expiring: list[_Waiting] | None = None
        """While it rests: the same lines by the time at which they expire."""
        self._order = count()
        self._pushed = asyncio.Event()

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with it."""
        return self._rest.trouble

    def push(self, share: Share, line: Delivery) -> None:
        """Wait until the line is due; among those that are, the longest due goes first."""
        entry = _Waiting(due_ms(line), next(self._order), share, line.trigger_id, line.expires_at)
        heapq.heappush(self._queue, entry)
        if self._expiring is not None and entry.expires_ms is not None:
            heapq.heappush(self._expiring, entry._replace(at_ms=entry.expires_ms))
        self._pushed.set()

    def drop(self, share: Share) -> None:
        """The share has ended: its lines are somebody else's, and nothing of it is to be kept."""
        self._queue = [entry for entry in self._queue if entry.share is not share]
        heapq.heapify(self._queue)
        self._expiring = None

    def heed(self, line: Delivery, outcome: Outcome, began_ms: int) -> Outcome:
        """Take from a call that began then what concerns all lines; returns what it comes to for its own `line`."""
        now_ms = self._clock()
        if self._rest.hears(outcome):
            log.info("destination works again", destination=self.name)
            self._pushed.set()
        match outcome.result:
            case Result.DELIVERED:
                self._takes_others = self._takes_others or began_ms > self._refused_ms
            case Result.GONE:
                log.error("destination is gone, and stays disabled until restart", destination=self.name)
                self.is_gone = True
                self._pushed.set()
            case Result.THROTTLED if outcome.retry_after_ms:
                self._rest.asked(outcome.retry_after_ms, now_ms)
            case Result.UNAUTHORIZED:
                takes_others, self._takes_others = self._takes_others, False
                self._refused_ms = now_ms
                if takes_others and line.detail == Result.UNAUTHORIZED.value:
                    # It was refused before, and others were taken since: it is this message that is not wanted.
                    return Outcome(Result.REFUSED, outcome.status)
                self.meet(Trouble.UNAUTHORIZED, code=outcome.status)
            case Result.FORBIDDEN:
                self.meet(Trouble.FORBIDDEN)
        return outcome

    def meet(self, trouble: Trouble, **how: object) -> None:
        """Something is wrong with it: nobody is called but one line at a time, to find out whether that is over."""
        if self._rest.met(trouble, self._clock()):
            log.error("destination rests: mend its settings", destination=self.name, reason=trouble.value, **how)

    async def run(self) -> None:
        """Carry lines through as they become due, for ever."""
        while True:
            await self._slots.acquire()
            await self._wait_due()
            call = self._next_call()
            if call is None:
                self._slots.release()
                await asyncio.sleep(0)
            else:
                self._running += 1
                call.add_done_callback(self._called)

    def _next_call(self) -> asyncio.Task[None] | None:
        entry = heapq.heappop(self._queue)
        call = entry.share.carry(entry.trigger_id)
        if call is not None and self.trouble is not None:
            self._rest.probes(self._clock())
            self._renew()
        return call

    def _renew(self) -> None:
        try:
            self.courier.renew()
        except (OSError, ValueError) as error:
            log.warning("the secret cannot be read; the last one is kept", destination=self.name, error=error)

    async def _wait_due(self) -> None:
        while True:
            self._pushed.clear()
            if self._queue and self.is_gone:
                return
            now_ms = self._clock()
            self._expire(now_ms)
            wait_s = (self._due_ms() - now_ms) / 1000
            if wait_s <= 0:
                return
            try:
                async with asyncio.timeout(min(wait_s, WAIT_S_MAX)):
                    await self._pushed.wait()
            except TimeoutError:
                continue

    def _due_ms(self) -> float:
        if not self._queue or (self.trouble is not None and self._running):
            return inf
        return max(self._queue[0].at_ms, self._rest.until_ms)

    def _expire(self, now_ms: int) -> None:
        """What expires while nobody is called is said to have, at that time."""
        if self._rest.until_ms <= now_ms and self.trouble is None:
            self._expiring = None
            return
        if self._expiring is None:
            lines = (entry for entry in self._queue if entry.expires_ms is not None)
            self._expiring = [entry._replace(at_ms=entry.expires_ms or 0) for entry in lines]
            heapq.heapify(self._expiring)
        while self._expiring and self._expiring[0].at_ms <= now_ms:
            entry = heapq.heappop(self._expiring)
            entry.share.expire(entry.trigger_id)

    def _called(self, call: asyncio.Task[None]) -> None:
        self._running -= 1
        self._slots.release()
        self._pushed.set()
        if not call.cancelled() and (error := call.exception()) is not None:
            self._tasks.crash(error, f"call to {self.name}")
