"""Taking partitions over: fence the previous owner, then restore. The order is the guarantee."""

import asyncio
from collections.abc import Callable, Set

from aiokafka import TopicPartition

from agents.crash_points import Point, reach
from agents.settings.settings import Settings
from agents.state.restoring import Headers, restore
from agents.web.metrics import Metrics
from agents.worker.broker_clock import BrokerClock
from agents.worker.commit import Commits
from agents.worker.partition import Partition, ceiling_header
from agents.worker.role import Role, Source
from schemas.topics import SOURCES
from streams.ceiling import Ceiling
from streams.layout import Layout
from streams.stage import Stage


class Opening:
    """Makes resting partitions of assigned ones, in a task of its own. `step` is called whenever it gets a bit further.

    A rebalance need not end it: what was read of a changelog stays true for as long as nobody else fences us.
    """

    def __init__(
        self,
        role: Role,
        settings: Settings,
        metrics: Metrics,
        clock: BrokerClock,
        layout: Layout,
        step: Callable[[], None],
        sources: Set[Source],
    ) -> None:
        self._role = role
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._layout = layout
        self._step = step
        self._sources = set(sources)
        self._opened: dict[Source, Partition] = {}
        self._ceilings: dict[str, Ceiling] = {}
        """By the header that keeps what each has counted."""
        self._changelogs: dict[TopicPartition, list[Stage]] = {}
        self._is_fenced = False
        self.left: int | None = None
        """Changelog offsets that are still to be read; None while nothing is restored."""
        self._task = asyncio.create_task(self._open(), name=f"{role.name}:opening")

    async def opened(self) -> dict[Source, Partition]:
        """The partitions, when all are restored. Whoever waits may be cancelled, and may come again.

        Raises what went wrong: no producer is left behind then.
        """
        await asyncio.wait([self._task])
        self._task.result()
        return self._opened

    async def outlasts_rebalance(self) -> bool:
        """To be asked when all partitions are revoked. Before all previous owners are fenced it ends with its
        assignment, or it would fence the next owner."""
        if not self._is_fenced:
            await self.cancel()
        return self._is_fenced

    async def keep(self, assigned: Set[Source]) -> bool:
        """Go on with only these: the others are somebody else's. Returns whether any are left; if not, it has ended."""
        for source in self._sources - assigned:
            self._sources.remove(source)
            partition = self._opened.pop(source, None)
            if partition is None:  # it has failed, and whoever waits for the others will hear of it
                continue
            changelog = self._changelog_of(source)
            self._changelogs[changelog].remove(partition.stage)
            if not self._changelogs[changelog]:
                del self._changelogs[changelog]
            await partition.leave()
        if not self._sources:
            await self.cancel()
        return bool(self._sources)

    async def cancel(self) -> None:
        """End it, and give all producers back."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._leave()

    async def _open(self) -> None:
        try:
            async with asyncio.TaskGroup() as fencing:
                for source in self._sources:
                    fencing.create_task(self._fence(source))
            self._is_fenced = True
            await restore(self._settings.kafka, self._changelogs, self._role.name, self._restored, self._marked)
            reach(Point.RESTORED)
        except BaseException:
            await self._leave()
            raise
        finally:
            self.left = None
            self._metrics.gauge("restore_left", self._role.name, value=0)

    async def _leave(self) -> None:
        opened, self._opened = self._opened, {}
        await asyncio.gather(*(partition.leave() for partition in opened.values()))

    async def _fence(self, source: Source) -> None:
        stage = self._role.make_stage(source.group, source.partition, self._layout)
        changelog = self._changelog_of(source)
        self._changelogs.setdefault(changelog, []).append(stage)
        first = self._settings.topic(source.group[0])
        transactional_id = f"{self._settings.app}-{self._role.name}-{first}-{source.partition}"
        commits = await Commits.fence(self._settings, transactional_id, self._layout, changelog, self._clock)
        records_max = self._settings.kafka.poll_records_max
        ceiling = None
        if source.group[0] in SOURCES:
            ceiling = Ceiling(self._settings.dead_letter_share_max, self._settings.dead_letter_records_min)
            self._ceilings[ceiling_header(source)] = ceiling
        self._opened[source] = Partition(
            source, self._role.name, stage, commits, self._metrics, records_max, ceiling, self._role.rules
        )
        reach(Point.FENCED)
        self._step()

    def _changelog_of(self, source: Source) -> TopicPartition:
        count = self._layout.partitions(self._role.changelog)
        return TopicPartition(self._settings.topic(self._role.changelog), source.partition % count)

    def _marked(self, headers: Headers) -> None:
        for name, value in headers:
            if (ceiling := self._ceilings.get(name)) is not None:
                ceiling.restore(value)

    def _restored(self, records: int, left: int | None) -> None:
        self._metrics.count("restored", self._role.name, by=records)
        if left is not None:
            self.left = left
            self._metrics.gauge("restore_left", self._role.name, value=left)
        if records or left == 0:  # read to its end, it opens step by step
            self._step()
