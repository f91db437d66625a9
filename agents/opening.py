"""Taking partitions over: fence the previous owner, then restore. The order is the guarantee."""

import asyncio
from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

from agents.broker_clock import BrokerClock
from agents.commit import Commits
from agents.crash_points import Point, reach
from agents.metrics import Metrics
from agents.partition import Partition, Source
from agents.role import Role
from agents.settings import Settings
from agents.tables import restore
from streams.layout import Layout
from streams.stage import Stage


class Opening:
    """Makes running partitions of assigned ones. `step` is called whenever it gets a bit further."""

    def __init__(
        self,
        role: Role,
        settings: Settings,
        metrics: Metrics,
        clock: BrokerClock,
        layout: Layout,
        step: Callable[[], None],
    ) -> None:
        self._role = role
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._layout = layout
        self._step = step
        self.left: int | None = None
        """Changelog offsets that are still to be read; None while nothing is restored."""

    async def open(self, sources: Mapping[TopicPartition, Source]) -> dict[TopicPartition, Partition]:
        """Fence, then restore all of these. Cancelled or failing, it leaves no producer behind."""
        opened: dict[TopicPartition, Partition] = {}
        changelogs: dict[TopicPartition, list[Stage]] = {}
        try:
            async with asyncio.TaskGroup() as fencing:
                for tp, source in sources.items():
                    stage = self._role.make_stage(source.topic, source.partition, self._layout)
                    changelog = self._changelog_of(source)
                    changelogs.setdefault(changelog, []).append(stage)
                    fencing.create_task(self._fence(opened, tp, source, stage, changelog))
            await restore(self._settings.kafka, changelogs, self._role.name, self._restored)
            reach(Point.RESTORED)
        except BaseException:
            await asyncio.gather(*(partition.leave() for partition in opened.values()))
            raise
        finally:
            self.left = None
            self._metrics.gauge("restore_left", self._role.name, value=0)
        return opened

    async def _fence(
        self,
        opened: dict[TopicPartition, Partition],
        tp: TopicPartition,
        source: Source,
        stage: Stage,
        changelog: TopicPartition,
    ) -> None:
        transactional_id = f"{self._settings.app}-{self._role.name}-{source.name}-{source.partition}"
        commits = await Commits.fence(self._settings, transactional_id, self._layout, changelog, self._clock)
        records_max = self._settings.kafka.poll_records_max
        opened[tp] = Partition(source, self._role.name, stage, commits, self._metrics, records_max)
        reach(Point.FENCED)
        self._step()

    def _changelog_of(self, source: Source) -> TopicPartition:
        count = self._layout.partitions(self._role.changelog)
        return TopicPartition(self._settings.topic(self._role.changelog), source.partition % count)

    def _restored(self, records: int, left: int | None) -> None:
        self._metrics.count("restored", self._role.name, by=records)
        if left is not None:
            self.left = left
            self._metrics.gauge("restore_left", self._role.name, value=left)
        if records:
            self._step()
