"""What the watchdog calls standing still."""

import gc
import weakref
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents.worker.member import Member
from agents.worker.role import Source
from agents.worker.watchdog import Watchdog
from schemas.topics import Topic

GROUP = (Topic.CLICKSTREAM, Topic.VISITOR_INBOX)


class World:
    """A member with one partition of two topics, and a clock."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.brokers_answer = True
        self.silent: Topic | None = None
        self.inlets = {topic: SimpleNamespace(delivered_s=1000.0, stable=0, end=0) for topic in GROUP}
        self.inlet = self.inlets[Topic.CLICKSTREAM]
        self.stage = SimpleNamespace(positions=dict.fromkeys(GROUP, 0))
        self.partition = Partition(self.inlets, self.stage)
        self.member: Any = SimpleNamespace(
            is_ready=True,
            progress_s=1000.0,
            published_s=1000.0,
            role=SimpleNamespace(name="toy"),
            partitions={0: self.partition},
        )
        self.watchdog = Watchdog([cast(Member, self.member)], stall_s=60.0, monotonic=lambda: self.now_s)

    def passes(self, seconds: float, ticks: bool = True) -> str | None:
        """The verdict after each second of that time; the last one."""
        verdict = None
        for _ in range(int(seconds)):
            self.now_s += 1
            self.watchdog._beat_s = self.now_s
            for topic, inlet in self.inlets.items():
                if ticks and topic is not self.silent:
                    inlet.delivered_s = self.now_s
            if self.brokers_answer:
                self.member.published_s = self.now_s
            verdict = self.watchdog.verdict()
        return verdict


class Partition:
    """As much of a partition as the watchdog looks at."""

    def __init__(self, inlets: Any, stage: Any) -> None:
        self.inlets, self.stage = inlets, stage
        self.busy_since_s: float | None = None
        self.is_stalled = False
        self.source = Source(GROUP, 0)


def test_a_partition_that_is_lost_is_not_kept(world: World) -> None:
    """It has all its state: a worker that has watched it for a while would grow with each rebalance."""
    world.passes(5)
    lost = weakref.ref(world.partition)
    del world.partition
    world.member.partitions.clear()
    gc.collect()
    assert lost() is None


@pytest.fixture
def world() -> World:
    return World()


def test_what_stalls_by_intent_is_left_alone(world: World) -> None:
    """Too many of its records cannot be used: a restart would read them again, and stall again."""
    world.partition.is_stalled = True
    world.inlet.stable = 10
    assert world.passes(600, ticks=False) is None


def test_silence_is_no_stall(world: World) -> None:
    """Ticks arrive, and there is nothing to read."""
    assert world.passes(600) is None


def test_records_that_are_not_read_are_a_stall(world: World) -> None:
    """The position has to move while there is something below the last stable offset."""
    world.inlet.stable = 10
    assert world.passes(60) is None
    assert "not read" in (world.passes(2) or "")


def test_any_progress_is_progress(world: World) -> None:
    """A slow worker is not a dead one."""
    world.inlet.stable = 10
    for _ in range(5):
        assert world.passes(50) is None
        world.stage.positions[Topic.CLICKSTREAM] += 1


def test_an_open_transaction_of_somebody_else_is_no_stall(world: World) -> None:
    """A restart would not help: nothing above the last stable offset can be read."""
    world.inlet.end = 10
    assert world.passes(600) is None


def test_a_commit_that_does_not_end_is_a_stall(world: World) -> None:
    """Nor does a fold that never returns control get here: that is the event loop."""
    world.partition.busy_since_s = world.now_s
    assert world.passes(60) is None
    assert "fold and commit" in (world.passes(1) or "")


def test_missing_ticks_are_a_stall(world: World) -> None:
    """After quick rebalances a consumer might read nothing at all."""
    assert world.passes(60, ticks=False) is None
    assert "not even ticks" in (world.passes(1, ticks=False) or "")


def test_each_topic_of_a_partition_is_looked_at(world: World) -> None:
    """One that goes on does not hide that another stands still, and the verdict names it."""
    world.inlets[Topic.VISITOR_INBOX].stable = 10
    for _ in range(2):
        world.stage.positions[Topic.CLICKSTREAM] += 1
        verdict = world.passes(31)
    assert verdict == "toy: records are there and are not read in visitor-inbox-0"
    world.stage.positions[Topic.VISITOR_INBOX] = 10
    assert world.passes(1) is None
    world.silent = Topic.VISITOR_INBOX
    assert world.passes(60) is None
    assert world.passes(1) == "toy: not even ticks arrive from visitor-inbox-0"


def test_a_restore_that_gets_on_is_no_stall(world: World) -> None:
    """However long it takes."""
    world.member.is_ready = False
    for _ in range(5):
        assert world.passes(50) is None
        world.member.progress_s = world.now_s
    assert "taking over" in (world.passes(61) or "")


def test_brokers_that_take_no_watermarks_are_a_stall(world: World) -> None:
    """Ticks come from within: without this a process whose brokers are silent would look idle."""
    world.brokers_answer = False
    assert world.passes(60) is None
    assert "do not take the watermarks" in (world.passes(1) or "")


def test_a_loop_that_does_not_turn_is_a_stall(world: World) -> None:
    """The watchdog's own thread sees that."""
    world.now_s += 61
    assert world.watchdog.verdict() == "the event loop"
