"""Ends a process that stands still: a restart is a cure for most of what nobody has thought of.

It runs in a thread of its own, since the event loop is among what may stand still.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from agents.exits import Exit, end_process
from agents.worker.member import Member
from agents.worker.partition import Partition
from schemas.topics import Topic

LOOK_EVERY_S = 1.0


class Watchdog:
    """Looks every second. What is not yet ready must get on too: fencing and each restored poll count as steps."""

    def __init__(
        self,
        members: Sequence[Member],
        stall_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._members = members
        self._stall_s = stall_s
        self._monotonic = monotonic
        self._beat_s = monotonic()
        # Weak: a partition that is lost has all its state, and must not be kept by being watched.
        self._moved: WeakKeyDictionary[Partition, dict[Topic, tuple[int, float]]] = WeakKeyDictionary()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer: an orderly stop has a deadline of its own."""
        self._stopped.set()

    async def beat(self) -> None:
        """Show that the event loop turns. Never returns."""
        while True:
            self._beat_s = self._monotonic()
            await asyncio.sleep(LOOK_EVERY_S)

    def verdict(self) -> str | None:
        """What stands still, or None."""
        now_s = self._monotonic()
        if now_s - self._beat_s > self._stall_s:
            return "the event loop"
        for member in self._members:
            if now_s - member.published_s > self._stall_s:
                return f"the brokers do not take the watermarks of {member.role.name}"
            if not member.is_ready:
                if now_s - member.progress_s > self._stall_s:
                    return f"taking over partitions of {member.role.name}"
                continue
            for partition in list(member.partitions.values()):
                if stalled := self._judge(partition, member.progress_s, now_s):
                    return f"{member.role.name}: {stalled}"
        return None

    def _judge(self, partition: Partition, running_s: float, now_s: float) -> str | None:
        number, busy_since_s = partition.source.partition, partition.busy_since_s
        inlets = partition.inlets
        if not inlets or partition.is_stalled:
            return None  # what stalls by intent is told by /readyz and an alert: a restart would only stall again
        if busy_since_s is not None:
            return f"fold and commit of partition {number}" if now_s - busy_since_s > self._stall_s else None
        moved = self._moved.setdefault(partition, {})
        for topic, inlet in inlets.items():
            if now_s - max(inlet.delivered_s, running_s) > self._stall_s:
                return f"not even ticks arrive from {topic}-{number}"
            position = partition.stage.positions[topic]
            known, since_s = moved.get(topic, (-1, now_s))
            if position != known or inlet.stable <= position:
                since_s = now_s
            moved[topic] = position, since_s
            if now_s - since_s > self._stall_s:
                return f"records are there and are not read in {topic}-{number}"
        return None

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            what = self.verdict()
            if what is not None:
                end_process(Exit.STALLED, "no progress", what=what, seconds=self._stall_s)
