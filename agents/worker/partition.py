"""A stage at work on its partition of each source topic: its transactions, and the task that folds and commits.

Partitions are independent, so one folds while another's transaction commits. What queues up during a commit is folded
together and committed at once: batches grow under load, and with backlog they are let grow, most of all where all of it
is late already.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping

import structlog

from agents.crash_points import Point, reach
from agents.exits import crash_with
from agents.published import Rules
from agents.seam import Delivery, Inlet
from agents.web.metrics import Metrics
from agents.worker.commit import Commits
from agents.worker.role import Source
from schemas.topics import Topic
from streams.ceiling import Ceiling
from streams.records import QUARANTINED
from streams.stage import Effects, Stage
from streams.time.watermarks import source_name

FOLD_ON_S = 2.0
"""How long a commit may be held up by backlog,"""
LATE_ON_S = 5.0
"""how long where all of it is late already,"""
NEXT_WITHIN_S = 0.5
"""as long as its next records come within this: meanwhile other partitions fold theirs."""

SHOW_EVERY_S = 1.0
"""How often an idle partition exports its gauges; a committing one does after every commit."""

log = structlog.get_logger("afterclick.partition")


def ceiling_header(source: Source) -> str:
    """The name of the mark's header that keeps what the source's ceiling has counted."""
    return f"dead-letters:{source_name(source.group[0], source.partition)}"


class Partition:
    """A stage between restore and loss. It may rest during a rebalance and go on after it.

    With backlog a transaction takes `records_max` records, since each state record is then written once for all. With
    a `ceiling` the partition stalls instead of putting aside more than that: its stage is then ahead of what is
    committed, so it can only be left.
    """

    def __init__(
        self,
        source: Source,
        role: str,
        stage: Stage,
        commits: Commits,
        metrics: Metrics,
        records_max: int,
        ceiling: Ceiling | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.source = source
        self.stage = stage
        self.ceiling = ceiling
        self.is_stalled = False
        """Whether more records were to be put aside than the ceiling allows: nothing is folded any more."""
        self.watermarks: Mapping[str, int] = {}
        """What the stage has to tell of watermarks, as committed."""
        self.busy_since_s: float | None = None
        """Since when the task has been folding and committing (monotonic); None while it waits."""
        self.inlets: Mapping[Topic, Inlet] = {}
        """One for each source topic; none while it rests."""
        self._role = role
        self._commits = commits
        self._metrics = metrics
        self._records_max = records_max
        self._rules = rules
        self._rules_heard = -1
        self._shown_s = 0.0
        self._shown: set[tuple[str, ...]] = set()
        self._deliveries: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def go_on(self, inlets: Mapping[Topic, Inlet]) -> None:
        """Start the task on new inlets, which begin where the stage is, or later if records are gone."""
        assert self._task is None, "a partition has one task"
        assert inlets.keys() == set(self.source.group), "each source topic has an inlet"
        self.inlets = inlets
        self._wake.clear()
        following = {topic: inlet.next for topic, inlet in inlets.items()}
        self._task = asyncio.create_task(self._work(following), name=f"{self._role}:{self.source.partition}")
        crash_with(self._task)

    def take(self, delivery: Delivery) -> None:
        """Queue a delivery behind those of all inlets. One of an earlier inlet, a leftover from before a rebalance, is
        dropped."""
        if delivery.inlet is self.inlets.get(delivery.batch.topic):
            self._deliveries.append(delivery)
            self._wake.set()

    async def rest(self) -> None:
        """Let a running commit end, drop what is queued, and stop. The stage stays as committed."""
        self.inlets = {}
        self._deliveries.clear()
        self._wake.set()
        task = self._task
        if task is not None:
            # Cancelling whoever waits here must not cancel a commit. Several may wait, and none returns before it ends.
            await asyncio.shield(task)
            if self._task is task:
                self._task = None

    async def leave(self) -> None:
        """Rest, and give the producer back: the partition is somebody else's from now on."""
        await self.rest()
        await self._commits.stop()
        self._metrics.forget(self._shown)

    async def _work(self, following: dict[Topic, int]) -> None:
        # `following` is where the inlets began: by the time this task runs, a first delivery may be on its way.
        while self.inlets and not self.is_stalled:
            if not self._deliveries:
                self._wake.clear()
                await self._wake.wait()
                continue
            self.busy_since_s = started_s = time.monotonic()
            before = dict(following)
            self._take_over()
            await self._fold_queued(following)
            while await self._gets_more(before, following, started_s):
                await self._fold_queued(following)
            reach(Point.FOLDED)
            await self._commit(started_s)
            self.busy_since_s = None

    def _take_over(self) -> None:
        """All is committed here, and nothing of the next batch is folded: the place for another rulebook."""
        if self._rules is None or self._rules_heard == self._rules.count or self.stage.rulebook is None:
            return
        self._rules_heard = self._rules.count
        for rulebook in self._rules.after(self.stage.rulebook):
            before = self.stage.rulebook.version
            self.stage.take_over(rulebook)
            reach(Point.TAKEN_OVER)
            log.info(
                "rulebook taken over",
                role=self._role,
                partition=self.source.partition,
                rulebook=rulebook.name,
                version=rulebook.version,
                before=before,
            )

    async def _fold_queued(self, following: dict[Topic, int]) -> None:
        queued = list(self._deliveries)
        self._deliveries.clear()
        for delivery in queued:
            delivery.inlet.taken(1)
        for delivery in queued:
            topic, reached = delivery.batch.topic, delivery.batch.position
            assert delivery.start == following[topic], (
                f"a delivery of {topic} starts at {delivery.start} instead of {following[topic]}"
            )
            self.stage.fold(delivery.batch)
            following[topic] = reached
            position = self.stage.positions[topic]
            assert position == reached, f"the stage is at {position} of {topic} instead of {reached}"
            if len(queued) > 1:
                # Other partitions, heartbeats and the web server get their turn between batches.
                await asyncio.sleep(0)

    async def _gets_more(self, before: Mapping[Topic, int], following: Mapping[Topic, int], started_s: float) -> bool:
        """Whether there is more to fold before a commit: only with backlog, or where all is late, so what just came in
        never waits."""
        while self.inlets and self._may_grow(before, following, started_s):
            if self._deliveries:
                return True
            self._wake.clear()
            try:
                async with asyncio.timeout(self._waits_for_s(started_s)):
                    await self._wake.wait()
            except TimeoutError:
                return False
        return False

    def _waits_for_s(self, started_s: float) -> float:
        so_far_s = time.monotonic() - started_s
        return LATE_ON_S - so_far_s if self.stage.is_late else min(NEXT_WITHIN_S, FOLD_ON_S - so_far_s)

    def _may_grow(self, before: Mapping[Topic, int], following: Mapping[Topic, int], started_s: float) -> bool:
        """Whether all that this transaction has taken so far is backlog, and not enough yet. What just came in on one
        topic does not wait for the backlog of another. Where all is late, and nobody waits for what the stage tells, no
        backlog is needed: the stage before has one, and ticks come without end."""
        taken = {topic: following[topic] - before[topic] for topic in following}
        if self.stage.is_late and not self.stage.is_waited_for:
            return time.monotonic() < started_s + LATE_ON_S and sum(taken.values()) < self._records_max
        behind = {topic for topic, inlet in self.inlets.items() if following[topic] < inlet.stable}
        moved = {topic for topic, count in taken.items() if count}
        return bool(behind) and moved <= behind and sum(taken.values()) < self._records_max

    async def _commit(self, started_s: float) -> None:
        effects = self.stage.take()
        if self._is_too_much(effects):
            self._stall()
            return
        # What is published must not promise more than what this very transaction commits.
        watermarks = dict(self.stage.watermarks)
        committed = await self._commits.commit(effects)
        self.watermarks = watermarks
        now_s = time.monotonic()
        if committed:
            self._metrics.count("commits", self._role)
            self._metrics.observe("batch_seconds", self._role, seconds=now_s - started_s)
        if committed or effects.counts or effects.observed or now_s - self._shown_s >= SHOW_EVERY_S:
            self._shown_s = now_s
            gauges = self.stage.gauges()
            if self.ceiling is not None:
                gauges[self._stalled] = 0
            if self._rules is not None and self.stage.rulebook is not None:
                heard = self._rules_heard == self._rules.count
                behind = 0 if heard else len(self._rules.after(self.stage.rulebook))
                gauges["rulebooks_behind", self._role, str(self.source.partition)] = behind
            for topic, inlet in self.inlets.items():
                lag = ("lag_records", topic.value, str(self.source.partition))
                gauges[lag] = max(0, inlet.end - self.stage.positions[topic])
            self._metrics.take(effects, gauges)
            self._shown.update(gauges)

    def _is_too_much(self, effects: Effects) -> bool:
        if self.ceiling is None:
            return False
        topic, records, dead = self.source.group[0].value, 0, 0
        for (metric, *labels), by in effects.counts.items():
            if metric == "records" and labels[0] == topic:
                records += by
                dead += by if labels[1] == QUARANTINED else 0
        too_much = records > 0 and self.ceiling.add(records, dead)
        effects.mark_headers.append((ceiling_header(self.source), self.ceiling.encode()))
        return too_much

    def _stall(self) -> None:
        assert self.ceiling is not None
        self.is_stalled = True
        self._deliveries.clear()
        self._metrics.show([(self._stalled, 1)])
        self._shown.add(self._stalled)
        log.error(
            "the partition stalls: too many of its records cannot be used. Mend what sends them; to let them pass into "
            "the dead letters, set AFTERCLICK_DEAD_LETTER_SHARE_MAX=1 and restart",
            topic=self.source.group[0].value,
            partition=self.source.partition,
            count=self.ceiling.dead,
            total=self.ceiling.records,
        )

    @property
    def _stalled(self) -> tuple[str, ...]:
        return ("partition_stalled", self.source.group[0].value, str(self.source.partition))
