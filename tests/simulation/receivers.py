"""The destinations of a world: they fail, hang, answer late, or take the call and drop the answer, by a timetable."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.crash_points import Point, reach
from agents.dispatch.courier import WithheldError
from streams.delivery.delivery import Outcome, Result, outcome_of_status
from tests.simulation.loop import Clockwork, Died, Process, Step

CONNECT_S = 0.01
ANSWER_S = 0.03


class Call(NamedTuple):
    """A request whose first byte has left."""

    cleared_s: float
    trigger_id: str
    body: str
    process: str


@dataclass
class Receiver:
    """One destination: `moods` are (from, until, mood), the rest of the time all is well."""

    name: str
    ambiguous: str
    clockwork: Clockwork
    rng: random.Random
    moods: list[tuple[float, float, str]] = field(default_factory=list)
    cleared: list[Call] = field(default_factory=list)
    accepted: list[tuple[float, str, str]] = field(default_factory=list)
    """When, which trigger, and what it said: what this destination acts upon."""

    def mood(self) -> str:
        """How it behaves now."""
        now = self.clockwork.now
        return next((mood for since, until, mood in self.moods if since <= now < until), "well")

    def take(self, process: Process, trigger_id: str, body: str, answered: Any) -> None:
        """A request has arrived."""
        mood, now = self.mood(), self.clockwork.now
        if mood != "fails":
            self.accepted.append((now, trigger_id, body))
        status, after = 200, ANSWER_S * self.rng.random()
        if mood == "fails":
            status = self.rng.choice([429, 500, 503])
        elif mood == "accepts_and_fails":
            status = 500
        elif mood == "hangs":
            return
        elif mood == "late":
            after = 3.0 * self.rng.random()
        elif mood == "drops":
            status = 0
        self.clockwork.timer(Step(process, _answer, (answered, status), now + after))


def _answer(answered: Any, status: int) -> None:
    if not answered.done():
        answered.set_result(status)


class Courier:
    """One call over the simulated network. What counts as sent is decided as the product does it."""

    def __init__(self, receiver: Receiver, process: Process, timeout_s: float) -> None:
        self.signer = _Signer()
        self._receiver = receiver
        self._process = process
        self._timeout_s = timeout_s

    def renew(self) -> None:
        """Nothing to sign with."""

    async def close(self) -> None:
        """Nothing to close."""

    async def call(self, trigger_id: str, body: str, cleared: Callable[[], bool]) -> Outcome:
        """One attempt."""
        receiver, process = self._receiver, self._process
        await asyncio.sleep(CONNECT_S * receiver.rng.random())
        if receiver.mood() == "refuses":
            return Outcome(Result.UNSENT)
        if process.is_dead:
            raise Died
        if not cleared():
            raise WithheldError
        receiver.cleared.append(Call(receiver.clockwork.now, trigger_id, body, process.name))
        reach(Point.CALL_CLEARED)
        answered = process.create_future()
        arrives = receiver.clockwork.now + CONNECT_S * receiver.rng.random()
        receiver.clockwork.at(arrives, receiver.take, process, trigger_id, body, answered)
        reach(Point.CALL_SENT)
        try:
            async with asyncio.timeout(self._timeout_s):
                status: int = await answered
        except TimeoutError:
            return Outcome(Result.AMBIGUOUS)
        if status == 0:
            return Outcome(Result.AMBIGUOUS)
        reach(Point.CALL_ANSWERED)
        return outcome_of_status(status, 400 if status == 429 and receiver.rng.random() < 0.5 else None)


class _Signer:
    signs = True
