"""A worker process: roles and services side by side in one event loop, until a signal or a crash ends it."""

import asyncio
import gc
import signal
import threading
from collections.abc import Coroutine, Sequence
from typing import NoReturn, Protocol

import structlog
from aiokafka.errors import KafkaConnectionError

from agents.core import core
from agents.crash_points import arm_from_environment
from agents.exits import Exit, Misconfigured, Unreachable, crash, crash_with, end_process, leave
from agents.following import Following
from agents.garbage import collect_rarely
from agents.logs import configure_logs
from agents.settings.settings import Settings
from agents.topics.cluster import check_state_fits, read_layout, watch_layout
from agents.topics.configs import check_topic_configs
from agents.web.metrics import Metrics
from agents.web.server import READY, Web
from agents.worker.broker_clock import BrokerClock
from agents.worker.member import Member
from agents.worker.role import Role
from agents.worker.watchdog import Watchdog
from streams.layout import Layout

STOP_S = 9.0
"""How long an orderly stop may take; a supervisor usually kills after ten."""
GOODBYE_S = 2.0
"""How long leaving the groups may take after all is committed."""

log = structlog.get_logger("afterclick.worker")


class Service(Protocol):
    """Something else that lives in a worker, for example the dispatcher.

    It ends the process by `agents.exits.crash(error)`, and watches its own tasks by `crash_with(task)`.
    """

    @property
    def name(self) -> str:
        """What it is called in logs and in `/readyz`."""

    @property
    def state(self) -> str:
        """What it is at: `ready` when it does its work."""

    async def start(self) -> None:
        """Return once it runs. An exception ends the process."""

    async def stop(self) -> None:
        """Finish what is under way."""


def run(
    settings: Settings,
    roles: Sequence[Role],
    metrics: Metrics,
    services: Sequence[Service] = (),
    following: Following | None = None,
) -> NoReturn:
    """Host these, and let them follow the published rulebooks, until SIGTERM or SIGINT, then end the process with
    Exit.OK. Any other end has one of the codes of `Exit`, and is at once: what a crashed process still holds must not
    be committed.
    """
    configure_logs(settings)
    try:
        asyncio.run(_Worker(settings, roles, metrics, services, following).live())
    except Exception as error:  # noqa: BLE001  (whatever it was, it is told as any other end)
        crash(error)
    log.info("stopped")
    leave(Exit.OK)


class _Worker:
    def __init__(
        self,
        settings: Settings,
        roles: Sequence[Role],
        metrics: Metrics,
        services: Sequence[Service],
        following: Following | None,
    ) -> None:
        self._settings = settings
        self._roles = roles
        self._metrics = metrics
        self._services = services
        self._following = following
        self._members: list[Member] = []
        self._watchdog: Watchdog | None = None
        self._is_started = False
        self._tasks: list[asyncio.Task[None]] = []

    async def live(self) -> None:
        """Start, wait for a signal, stop."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._ask_to_stop, stop, number)
        web = Web(self._settings.web, self._metrics, self._states)
        try:
            await web.start()
        except OSError as error:
            at = f"{self._settings.web.host}:{self._settings.web.port}"
            raise Misconfigured(f"settings web.host, web.port: nothing can listen on {at}: {error.strerror}") from error
        self._keep(self._start())
        await stop.wait()
        deadline = threading.Timer(STOP_S, end_process, (Exit.STOP_TIMED_OUT, "the stop took too long"))
        deadline.daemon = True
        deadline.start()
        await self._stop()
        await web.stop()

    def _ask_to_stop(self, stop: asyncio.Event, number: signal.Signals) -> None:
        log.info("asked to stop", signal=number.name)
        if not self._is_started:
            # Whatever is half begun is taken up by the next owner, as after a crash.
            end_process(Exit.OK, "stopped before it had started")
        stop.set()

    def _states(self) -> dict[str, str]:
        members = {member.role.name: member.state for member in self._members}
        services = {service.name: service.state for service in self._services}
        return {"worker": READY if self._is_started else "starting", **members, **services}

    def _keep(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        crash_with(task)
        self._tasks.append(task)

    async def _start(self) -> None:
        settings = self._settings
        log.info("starting", app=settings.app, roles=[role.name for role in self._roles], core=core())
        collect_rarely()
        arm_from_environment()
        layout = await self._check_cluster()
        if self._following is not None:
            await self._following.start()
        clock = BrokerClock()
        self._members = [Member(role, settings, self._metrics, clock, layout) for role in self._roles]
        gc.collect()
        self._watchdog = Watchdog(self._members, settings.stall_s)
        self._watchdog.start()
        self._keep(self._watchdog.beat())
        await asyncio.gather(*(member.start() for member in self._members), *(own.start() for own in self._services))
        # What was restored lives long: the collector need not walk it again and again. Nor once: on a large state that
        # would hold up the group's heartbeats for longer than a session.
        gc.freeze()
        self._keep(watch_layout(settings, layout))
        self._is_started = True
        log.info("started", app=settings.app, roles=[role.name for role in self._roles])

    async def _check_cluster(self) -> Layout:
        settings = self._settings
        try:
            layout = await read_layout(settings)
            await check_topic_configs(settings)
            await check_state_fits(settings, layout)
        except KafkaConnectionError as error:
            raise Unreachable(
                f"no broker answers at {settings.kafka.bootstrap}: start Kafka, or put the address of one into "
                "kafka.bootstrap (AFTERCLICK_KAFKA__BOOTSTRAP)"
            ) from error
        return layout

    async def _stop(self) -> None:
        if self._watchdog is not None:
            self._watchdog.stop()
        for task in self._tasks:
            task.cancel()
        if self._following is not None:
            await self._following.stop()
        await asyncio.gather(*(member.finish() for member in self._members), *(own.stop() for own in self._services))
        try:
            async with asyncio.timeout(GOODBYE_S):
                await asyncio.gather(*(member.leave_group() for member in self._members))
        except TimeoutError:
            # aiokafka leaves a group only once the rebalance it takes part in is over.
            end_process(Exit.OK, "all is committed; left a group in the middle of its rebalance")
