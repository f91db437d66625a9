"""Where the simulation takes the place of Kafka, Faust, HTTP, clocks and the operating system in the product's shell.

This is the one list of what is not the product's own in a simulated world.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from agents import crash_points
from tests.simulation.clients import CommittingProducer, RestoringConsumer, Sender
from tests.simulation.goods import ProductConsumer
from tests.simulation.loop import Died
from tests.simulation.plan import Kind
from tests.simulation.reading import App
from tests.simulation.receivers import Courier
from tests.simulation.trigger_consumer import TriggerConsumer

TIMED = [
    "agents.worker.partition",
    "agents.state.restoring",
    "agents.worker.vectors",
    "agents.worker.member",
    "agents.seam.consumer",
    "agents.seam.fetches",
    "agents.dispatch.looks",
]
LOGGING = [
    "agents.worker.partition",
    "agents.state.restoring",
    "agents.worker.vectors",
    "agents.worker.member",
    "agents.following",
    "agents.dispatch.destination",
    "agents.dispatch.dispatcher",
    "agents.dispatch.goods",
    "agents.dispatch.share",
    "agents.dispatch.shares",
    "agents.dispatch.tasks",
]


class EverythingIsThere:
    """A shop that sells all of its products, for ever."""

    def __init__(self, *_: Any) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def follow(self) -> None: ...

    async def fresh(self, _wanted: Any) -> None: ...

    def is_fresh(self) -> bool:
        return True

    def is_gone(self, _product: str) -> bool:
        return False

    def also_bought(self, _product: str) -> tuple[str, ...]:
        return ()

    def silence_ms(self) -> int:
        return 0


class Silence:
    """A logger that says nothing."""

    def __getattr__(self, _level: str) -> Any:
        return self._nothing

    def _nothing(self, *_: Any, **__: Any) -> None: ...


class Voice:
    """A logger that says everything, with the true time and the process."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def __getattr__(self, level: str) -> Any:
        def say(event: str, **fields: Any) -> None:
            self._world.say(f"{level}: {event}", **fields)

        return say


@contextmanager
def in_place(world: Any) -> Iterator[None]:
    """Everything below belongs to this world until the end of the block."""
    clockwork, broker = world.clockwork, world.broker
    has_products = world.options.kind is Kind.LIFECYCLE
    log = Voice(world) if world.is_loud else Silence()

    def exit_now(code: int) -> None:
        world.ended(clockwork.running, code)
        raise Died

    def make_app(_group: str, topics: Any, reading: Any, receive: Any, _crashed: Any, _dir: Any) -> App:
        role = world.role_of_topic(topics[0])
        return App(
            clockwork.running,
            broker,
            world.groups[role],
            role,
            reading,
            receive,
            world.options.fetch_s,
            world.options.queue_s,
        )

    def consumer(*, isolation_level: str, group_id: str | None = None, max_poll_records: int = 0, **_: Any) -> Any:
        wait_s = world.options.look_fetch_s
        if group_id is not None:
            return TriggerConsumer(broker, clockwork.running, world.groups["dispatcher"], wait_s, isolation_level)
        if max_poll_records:
            return ProductConsumer(broker, clockwork.running, wait_s, isolation_level)
        return RestoringConsumer(broker, clockwork.running, isolation_level=isolation_level)

    def courier(settings: Any, _connections: int, _clock: Any) -> Courier:
        name = settings.url.rsplit("/", 1)[1]
        return Courier(world.receivers[name], clockwork.running, settings.timeout_s)

    async def topics_are_fine(_settings: Any) -> tuple[int, int]:
        return broker.counts["triggers"], broker.counts["products"]

    clock = SimpleNamespace(
        monotonic=lambda: clockwork.running.time(),
        monotonic_ns=lambda: int(clockwork.running.time() * 1e9),
        time=lambda: clockwork.running.wall_s(),
        time_ns=lambda: int(clockwork.running.wall_s() * 1e9),
    )
    system = SimpleNamespace(_exit=exit_now)
    changes: list[tuple[str, str, Any]] = [
        (
            "agents.worker.commit",
            "TransactionalProducer",
            lambda **o: CommittingProducer(broker, clockwork.running, **o),
        ),
        (
            "agents.dispatch.clients",
            "TransactionalProducer",
            lambda **o: CommittingProducer(broker, clockwork.running, **o),
        ),
        ("agents.state.restoring", "AIOKafkaConsumer", lambda **o: RestoringConsumer(broker, clockwork.running, **o)),
        ("agents.dispatch.clients", "AIOKafkaConsumer", consumer),
        ("agents.worker.vectors", "AIOKafkaProducer", lambda **_: Sender(broker, clockwork.running, None)),
        ("agents.following", "AIOKafkaProducer", lambda **_: Sender(broker, clockwork.running, None)),
        (
            "agents.following",
            "AIOKafkaConsumer",
            lambda **o: RestoringConsumer(broker, clockwork.running, **o),
        ),
        ("agents.worker.member", "make_app", make_app),
        ("agents.dispatch.destination", "Courier", courier),
        ("agents.dispatch.dispatcher", "_check_topics", topics_are_fine),
        *([] if has_products else [("agents.dispatch.dispatcher", "Goods", EverythingIsThere)]),
        ("agents.dispatch.dispatcher", "UPKEEP_S", 5.0),
        ("agents.dispatch.looks", "POLL_S", 0.1),
        ("agents.dispatch.destination", "WAIT_S_MAX", 2.0),
        ("agents.exits", "os", system),
        ("agents.exits", "threading", SimpleNamespace(Timer=lambda *_: SimpleNamespace(start=lambda: None))),
        ("agents.exits", "structlog", SimpleNamespace(get_logger=lambda _: log)),
        *((module, "time", clock) for module in TIMED),
        *((module, "log", log) for module in LOGGING),
    ]
    before = []
    for module, name, value in changes:
        target = import_module(module)
        before.append((target, name, getattr(target, name)))
        setattr(target, name, value)
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    crash_points.arm(world.reached)
    try:
        with warnings.catch_warnings():
            # What a dead process had begun is never awaited.
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    finally:
        crash_points.arm(None)
        for target, name, value in before:
            setattr(target, name, value)
        sys.unraisablehook = hook
