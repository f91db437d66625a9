"""A worker process of the simulation: the product's members and dispatcher, put together as `afterclick run` does."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

from agents.dispatch.dispatcher import Dispatcher
from agents.exits import crash_with
from agents.following import Following
from agents.published import Rules
from agents.rulebook_file import Written
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.role import Role
from schemas.rules.rulebook import Rulebook
from streams.layout import Layout
from streams.stage import Effects
from tests.simulation.logs import EPOCH_MS
from tests.simulation.loop import Clockwork, Process
from tests.simulation.plan import DISPATCHER

KILLED = -9
RESTART_S = 0.8
"""So soon a supervisor starts a process again."""


class Tally:
    """Metrics that only add up what records came to."""

    def __init__(self, outcomes: Counter[tuple[str, ...]]) -> None:
        self._outcomes = outcomes

    def take(self, effects: Effects, _gauges: Mapping[tuple[str, ...], float]) -> None:
        for name, by in effects.counts.items():
            if name[0] == "records":
                self._outcomes[name[1:]] += by

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return _shown_to_nobody


def _shown_to_nobody(*_labels: str, **_values: float) -> None:
    pass


class Host(Process):
    """One process with its roles."""

    def __init__(
        self,
        clockwork: Clockwork,
        name: str,
        rng: random.Random,
        wall_ahead: float,
        roles: tuple[str, ...],
        settings: Settings,
        made: Callable[[Rules], Mapping[str, Role]],
        rulebook: Rulebook,
        layout: Layout,
        outcomes: Counter[tuple[str, ...]],
    ) -> None:
        super().__init__(clockwork, name, rng.random() * 1e5, wall_ahead)
        self.roles = roles
        self.members: list[Member] = []
        self._settings = settings
        self._rules = Rules(rulebook)
        self._made = made(self._rules)
        self._named = Written(rulebook, rulebook.canonical.decode())
        self._layout = layout
        self._dispatcher: Dispatcher | None = None
        self._metrics = cast(Metrics, Tally(outcomes))

    def wall_s(self) -> float:
        """What this machine believes the time to be, s since the epoch."""
        return EPOCH_MS / 1000 + self.clockwork.now + self.wall_ahead

    def begin(self) -> None:
        """To be run in the process."""
        crash_with(self.create_task(self._start(), name="start"))

    def end(self) -> None:
        """SIGTERM: to be run in the process."""
        crash_with(self.create_task(self._stop(), name="stop"))

    async def _start(self) -> None:
        await Following(self._settings, self._metrics, self._rules, self._named).start()
        clock = BrokerClock(monotonic=self.time, wall=self.wall_s)
        roles = [self._made[role] for role in self.roles if role != DISPATCHER]
        self.members = [Member(role, self._settings, self._metrics, clock, self._layout) for role in roles]
        starts: list[Any] = [member.start() for member in self.members]
        if DISPATCHER in self.roles:
            self._dispatcher = Dispatcher(
                self._settings, self._metrics, BrokerClock(monotonic=self.time, wall=self.wall_s)
            )
            starts.append(self._start_dispatcher(self._dispatcher))
        await asyncio.gather(
            *(self.create_task(start, name=f"{role}:start") for role, start in zip(self.roles, starts, strict=True))
        )

    async def _start_dispatcher(self, dispatcher: Dispatcher) -> None:
        await dispatcher.start()
        crash_with(self.create_task(dispatcher.wait_crashed(), name="dispatcher:crashed"))

    async def _stop(self) -> None:
        stops: list[Any] = [member.finish() for member in self.members]
        if self._dispatcher is not None:
            stops.append(self._dispatcher.stop())
        await asyncio.gather(*stops)
        await asyncio.gather(*(member.leave_group() for member in self.members))
        self.die(0)
