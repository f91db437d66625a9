"""Consumer groups: who is a member, whose session has ended, and who reads which partitions. Those of topics that are
read together go to one member.

A rebalance is eager: all give up what they have, then it is dealt anew, mostly to those who had it. A member that is
dead or stopped is missed only when its session is over; one that comes back later learns then that it is no member.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from aiokafka import TopicPartition

from tests.simulation.loop import Clockwork, Process, Step

HEARTBEAT_S = 0.4


class Member(Protocol):
    """How the group speaks to a member. All run in the member's process; the first two call back when done."""

    process: Process

    def give_up(self, done: Callable[[], None]) -> None: ...
    def get(self, partitions: frozenset[TopicPartition], generation: int) -> None: ...


Together = tuple[TopicPartition, ...]
"""Partitions that one member reads together."""


class Group:
    """One consumer group."""

    def __init__(
        self,
        clockwork: Clockwork,
        rng: random.Random,
        partitions: Iterable[Together],
        session_s: float,
        rebalance_s: float,
    ) -> None:
        self.generation = 0
        self.rebalances = 0
        self.owners: dict[Together, Member] = {}
        self._clockwork = clockwork
        self._rng = rng
        self._partitions = list(partitions)
        self._session_s = session_s
        self._rebalance_s = rebalance_s
        self.joins: Counter[Member] = Counter()
        """How often each has become a member: who was dropped comes back as another."""
        self._members: list[Member] = []
        self._known: list[Member] = []
        self._awaited: list[Member] = []
        self._is_dealing = False
        self._again = False

    def join(self, member: Member) -> None:
        """A member comes, for the first time or again."""
        if member.process.is_dead:
            return
        if member not in self._members:
            self._members.append(member)
            self.joins[member] += 1
        if member not in self._known:
            self._known.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        """A member says goodbye."""
        if member in self._known:
            self._known.remove(member)
        self._drop(member)

    def _drop(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
            self._joined(member)
            self.rebalance()

    def missed(self, process: Process) -> None:
        """A process is dead or stopped: its members are missed when their sessions are over."""
        for member in self._members:
            if member.process is process:
                self._clockwork.at(self._clockwork.now + self._session_s, self._session_over, member)

    def resumed(self, process: Process) -> None:
        """A stopped process runs again: with its next heartbeat it learns whether it is still a member."""
        for member in [member for member in self._known if member.process is process]:
            when = self._clockwork.now + HEARTBEAT_S * self._rng.random()
            self._clockwork.at(when, self._heartbeat, member)

    def rebalance(self) -> None:
        """Deal anew."""
        if self._is_dealing:
            self._again = True
            return
        if not self._members:
            self.owners.clear()
            return
        self._is_dealing = True
        self._again = False
        self.generation += 1
        self.rebalances += 1
        generation = self.generation
        self._awaited = list(self._members)
        for member in self._awaited:
            when = self._clockwork.now + 0.01 + HEARTBEAT_S * self._rng.random()
            self._clockwork.timer(Step(member.process, member.give_up, (self._done(member, generation),), when))
        self._clockwork.at(self._clockwork.now + self._rebalance_s, self._too_slow, generation)

    def _done(self, member: Member, generation: int) -> Callable[[], None]:
        def done() -> None:
            self._clockwork.at(self._clockwork.now + 0.003, self._given_up, member, generation)

        return done

    def _given_up(self, member: Member, generation: int) -> None:
        if member not in self._members:
            self._heartbeat(member)
        elif generation == self.generation:
            self._joined(member)

    def _joined(self, member: Member) -> None:
        if member in self._awaited:
            self._awaited.remove(member)
            if not self._awaited and self._is_dealing:
                self._deal()

    def _too_slow(self, generation: int) -> None:
        if generation == self.generation and self._is_dealing:
            for member in self._awaited:
                self._members.remove(member)
            self._awaited = []
            self._deal()

    def _deal(self) -> None:
        self._is_dealing = False
        members = self._members
        if members:
            share = -(-len(self._partitions) // len(members))
            dealt: dict[Member, list[Together]] = {member: [] for member in members}
            left = []
            for partition in self._partitions:
                owner = self.owners.get(partition)
                if owner in dealt and len(dealt[owner]) < share and self._rng.random() < 0.8:
                    dealt[owner].append(partition)
                else:
                    left.append(partition)
            for partition in left:
                dealt[min(members, key=lambda member: len(dealt[member]))].append(partition)
            self.owners = {partition: member for member, own in dealt.items() for partition in own}
            for member, own in dealt.items():
                when = self._clockwork.now + 0.003
                whole = frozenset(partition for together in own for partition in together)
                self._clockwork.timer(Step(member.process, member.get, (whole, self.generation), when))
        if self._again:
            self.rebalance()

    def _session_over(self, member: Member) -> None:
        if member.process.is_dead or member.process.is_stopped:
            self._drop(member)

    def _heartbeat(self, member: Member) -> None:
        if member.process.is_dead or member.process.is_stopped or member in self._members:
            return
        self._clockwork.ready.append(Step(member.process, member.give_up, (lambda: self.join(member),)))
