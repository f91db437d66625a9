"""A role at work in this process: a Faust app and group member of its own, and the partitions it has been given."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from aiokafka import TopicPartition

from agents.crash_points import Point, reach
from agents.exits import Misconfigured, crash, error_of
from agents.kafka import connection
from agents.seam import App, Delivery, Reading, copartitioned_assignor, make_app
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from agents.web.server import READY
from agents.worker.broker_clock import BrokerClock
from agents.worker.opening import Opening
from agents.worker.partition import Partition
from agents.worker.role import Role, Source
from agents.worker.vectors import HEARTBEAT, Vectors
from schemas.topics import Topic
from streams.layout import Layout

HEARTBEATS_PER_SESSION = 5
LOOKS_AT_ENDS = 5
"""How often a log may seem to end before our position until that is believed: once a second."""
NEVER_MS = 2**31 - 1
"""A member without partitions does not poll, nor does one that restores: aiokafka would have it leave its group, and
not come back. Whether anything stands still is for our own watchdog to say."""

log = structlog.get_logger("afterclick.member")


class Member:
    """A role as it runs in this process."""

    def __init__(self, role: Role, settings: Settings, metrics: Metrics, clock: BrokerClock, layout: Layout) -> None:
        self.role = role
        self.is_ready = False
        self.progress_s = time.monotonic()
        """When this member last took a step towards being ready (monotonic)."""
        self._settings = settings
        self._metrics = metrics
        self._layout = layout
        self._groups = {settings.topic(topic): group for group in role.sources for topic in group}
        for topic in role.topics:
            metrics.start_at_zero("records_lost", topic.value)
        self._partitions: dict[Source, Partition] = {}
        self._assigned: frozenset[Source] = frozenset()
        self._membership = ""
        self._settling: asyncio.Task[None] | None = None
        self._opening: Opening | None = None
        self._is_finishing = False
        self._handed_over = asyncio.Event()
        self._handed_over.set()
        self._lock = asyncio.Lock()
        self._clock = clock
        self._vectors = Vectors(settings, role.name, clock, self.watermarks)
        self._app = self._make_app(clock)

    @property
    def partitions(self) -> Mapping[Source, Partition]:
        """The partitions that are restored, running or at rest."""
        return MappingProxyType(self._partitions)

    @property
    def published_s(self) -> float:
        """When the brokers last took this member's watermarks (monotonic): they do so in silence, too."""
        return self._vectors.published_s

    @property
    def state(self) -> str:
        """What it is at, for `/readyz`: `ready`, `restoring` with what is left, `waiting` for partitions, `stalled`."""
        stalled = [own.source for own in self._partitions.values() if own.is_stalled]
        if stalled:
            names = ", ".join(sorted(f"{source.group[0].value}-{source.partition}" for source in stalled))
            return f"stalled by too many dead letters: {names}"
        if self.is_ready:
            return READY
        left = self._opening and self._opening.left
        return "waiting for partitions" if left is None else f"restoring, {left} changelog offsets left"

    def watermarks(self) -> dict[str, int]:
        """What the stages that run have to tell of watermarks, as committed: W by the name of a source partition."""
        return {
            name: watermark
            for partition in self._partitions.values()
            for name, watermark in partition.watermarks.items()
            if watermark
        }

    async def start(self) -> None:
        """Learn the broker's clock, then join the group. Returns when the first assignment runs."""
        await self._vectors.start({topic: self._layout.partitions(topic) for topic in self.role.tells} or HEARTBEAT)
        await self._app.start()

    async def finish(self) -> None:
        """Let running commits end and close the producers. Nothing is read any more."""
        self._is_finishing = True
        await self._rest()
        if self._opening is not None:
            await self._opening.cancel()
        await asyncio.gather(*(partition.leave() for partition in self._partitions.values()))
        self._partitions.clear()
        await self._vectors.stop()

    async def leave_group(self) -> None:
        """After `finish`: say goodbye, so that others need not wait for the session to end. While a rebalance is under
        way this lasts as long as that.
        """
        await self._app.stop()

    def _make_app(self, clock: BrokerClock) -> App:
        settings, kafka = self._settings, self._settings.kafka
        group = f"{settings.app}-{self.role.name}"
        session_ms = int(kafka.session_timeout_s * 1000)
        options: dict[str, Any] = {
            **connection(kafka),
            "client_id": group,
            "group_id": group,
            "group_instance_id": settings.instance and f"{settings.instance}-{self.role.name}",
            "partition_assignment_strategy": [copartitioned_assignor(self._named_groups())],
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "max_partition_fetch_bytes": kafka.fetch_partition_bytes_max,
            "fetch_max_wait_ms": kafka.fetch_max_wait_ms,
            "request_timeout_ms": kafka.request_timeout_ms,
            "session_timeout_ms": session_ms,
            "heartbeat_interval_ms": session_ms // HEARTBEATS_PER_SESSION,
            "rebalance_timeout_ms": int(kafka.rebalance_timeout_s * 1000),
            "max_poll_interval_ms": NEVER_MS,
        }
        reading = Reading(options, settings.tick_ms / 1000, kafka.poll_records_max, clock)
        app = make_app(group, list(self._groups), reading, self._receive, crash, settings.data_dir)
        # Faust holds receivers weakly, and tells of a rebalance's three steps in this order.
        app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        app.on_rebalance_complete.connect(self._on_complete, weak=False)
        return app

    def _receive(self, topic: str, partition: int, delivery: Delivery) -> None:
        owner = self._partitions.get(Source(self._groups[topic], partition))
        if owner is not None:
            owner.take(delivery)

    def _step(self) -> None:
        self.progress_s = time.monotonic()

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        self._assigned = frozenset()
        await self._rest()
        reach(Point.REVOKED)

    async def _on_assigned(self, _app: App, assigned: set[Any], **_: Any) -> None:
        self._assigned = self._sources_of(assigned)
        before, self._membership = self._membership, self._app.consumer.membership
        # Who was taken for gone knows of nothing that others may have committed meanwhile, and is fenced.
        kept = self._assigned if self._membership == before else frozenset[Source]()
        self._handed_over.clear()
        try:
            for lost in self._partitions.keys() - kept:
                if (partition := self._partitions.pop(lost, None)) is not None:  # else it was left at the finish
                    await partition.leave()
            if self._opening is not None and not await self._opening.keep(kept):
                self._opening = None
        finally:
            self._handed_over.set()

    async def _on_complete(self, *_: Any, **__: Any) -> None:
        # Faust may call this twice for one assignment, and late: for one that has been revoked meanwhile.
        async with self._lock:
            # It begins while partitions are still given back.
            await self._handed_over.wait()
            await self._rest()
            if self._is_finishing:
                return
            self._settling = asyncio.create_task(self._settle(), name=f"{self.role.name}:settling")
            await asyncio.wait([self._settling])
            if (error := error_of(self._settling)) is not None:
                raise error

    async def _settle(self) -> None:
        self._step()
        reach(Point.ASSIGNED)
        assigned = self._assigned
        kept = len(assigned & self._partitions.keys())
        while fresh := assigned - self._partitions.keys():
            if self._opening is None:
                self._opening = self._open(fresh)
            self._partitions.update(await self._opening.opened())
            self._opening = None
        starts = await self._starts(assigned)
        # No await from here on: a revocation finds either nothing running, or all of it.
        for source in assigned:
            places = self._places(source).items()
            inlets = {topic: self._app.consumer.open_inlet(tp, topic, starts[tp]) for topic, tp in places}
            self._partitions[source].go_on(inlets)
        self.is_ready = True
        self._metrics.gauge("ready", self.role.name, value=1)
        log.info("partitions run", role=self.role.name, assigned=len(assigned), kept=kept)

    def _open(self, fresh: frozenset[Source]) -> Opening:
        return Opening(self.role, self._settings, self._metrics, self._clock, self._layout, self._step, fresh)

    def _named_groups(self) -> list[list[str]]:
        return [[self._settings.topic(topic) for topic in group] for group in self.role.sources]

    def _places(self, source: Source) -> dict[Topic, TopicPartition]:
        """What a source is on this cluster."""
        return {topic: TopicPartition(self._settings.topic(topic), source.partition) for topic in source.group}

    def _sources_of(self, assigned: Iterable[Any]) -> frozenset[Source]:
        found = set(assigned)
        sources = frozenset(Source(self._groups[tp.topic], tp.partition) for tp in found)
        whole = sum(len(source.group) for source in sources)
        assert whole == len(found), f"topics that are read together were dealt apart: {sorted(found)}"
        return sources

    async def _starts(self, assigned: frozenset[Source]) -> dict[TopicPartition, int]:
        topics = {tp: topic for source in assigned for topic, tp in self._places(source).items()}
        positions = {
            tp: self._partitions[source].stage.positions[topic]
            for source in assigned
            for topic, tp in self._places(source).items()
        }
        bounds = await self._app.consumer.log_bounds(topics)
        for _ in range(LOOKS_AT_ENDS):
            if all(positions[tp] <= end for tp, (_, end) in bounds.items()):
                break
            # A new leader may not know yet how far its log is committed.
            await asyncio.sleep(1.0)
            bounds = await self._app.consumer.log_bounds(topics)
        for tp, (start, end) in bounds.items():
            if positions[tp] > end:
                raise Misconfigured(
                    f"{tp.topic}-{tp.partition} ends at {end}, and was already read up to {positions[tp]}: the topic "
                    "was made anew or has lost records; what to do is in deploy/RUNBOOK.md, under 'A topic was made "
                    "anew'"
                )
            if 0 < positions[tp] < start:
                lost = start - positions[tp]
                log.error("records were deleted unread", topic=tp.topic, partition=tp.partition, lost=lost)
                self._metrics.count("records_lost", topics[tp].value, by=lost)
        return {tp: max(positions[tp], start) for tp, (start, _) in bounds.items()}

    async def _rest(self) -> None:
        self._step()  # first: the watchdog, in its thread, counts from here what is not ready
        self.is_ready = False
        self._metrics.gauge("ready", self.role.name, value=0)
        if self._settling is not None and not self._settling.done():
            self._settling.cancel()
            await asyncio.wait([self._settling])
        if self._opening is not None and not await self._opening.outlasts_rebalance():
            self._opening = None
        self._app.consumer.close_inlets()
        await asyncio.gather(*(partition.rest() for partition in self._partitions.values()))
        for source in [source for source, partition in self._partitions.items() if partition.is_stalled]:
            await self._partitions.pop(source).leave()
        self._step()
