"""One world from its plan to its end: safety first, with faults; then all is healed, and everything has to settle."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from aiokafka import TopicPartition

from agents.crash_points import Point
from agents.exits import Exit
from agents.published import Rules
from agents.worker.role import Group as Topics
from agents.worker.role import Role
from agents.worker.roles import stream_roles
from streams.layout import Layout
from streams.stage import Stage
from tests.simulation import lifecycle, oracle
from tests.simulation.broker import Broker
from tests.simulation.clients import role_of_running
from tests.simulation.faults import Faults
from tests.simulation.group import Group
from tests.simulation.host import KILLED, RESTART_S, Host
from tests.simulation.logs import COMMITTED, Transaction
from tests.simulation.loop import Clockwork, Died, Process
from tests.simulation.plan import DISPATCHER, FAULTS_UNTIL_S, SOURCES, Fault, Kind, Plan, partitions, roles_of
from tests.simulation.receivers import Receiver
from tests.simulation.recompute import differences
from tests.simulation.seams import in_place
from tests.simulation.shop import GAP, LATENESS, SILENCE, Event
from tests.simulation.told import DESTINATIONS, RETENTION, rulebook, settings_of
from tests.simulation.watched import Watched

BOUND_S = 45.0
"""Within that much time of the healing, or of their due time, everything has settled."""
STATE_EVERY = 4
"""Every so many worlds the state is recomputed: that costs half as much as the world."""

ORDERLY = {Exit.OK.value, Exit.COMMIT_FAILED.value}


@dataclass
class Outcome:
    """What came of a world."""

    plan: Plan
    violations: list[str]
    events: int
    faults: int
    struck: Counter[str]
    reached: Counter[tuple[str, str]]
    crashed: Counter[tuple[str, str]]
    steps: int
    compared: Counter[str]
    """Of worlds of the lifecycle: how many triggers are as in one go, and how many differ as they may."""
    digest: str = ""
    log: list[str] = field(default_factory=list)


class World:
    """The cluster, the processes and the faults of one plan."""

    def __init__(self, plan: Plan, *, loud: bool = False) -> None:
        self.plan = plan
        self.options = plan.options
        self.is_loud = loud
        self.clockwork = Clockwork()
        self.rng = random.Random(plan.seed ^ 0x5EED)
        options = self.options
        counts = partitions(options)
        self.layout = Layout(counts)
        self.broker = Broker(
            self.clockwork, self.rng, {topic.value: n for topic, n in counts.items()}, options.marker_s
        )
        self.settings = settings_of(options)
        self.rulebook = rulebook(options)
        self.receivers = {
            name: Receiver(name, ambiguous, self.clockwork, random.Random(plan.seed ^ index))
            for index, (name, ambiguous) in enumerate(DESTINATIONS.items())
        }
        self.groups = {
            role: Group(
                self.clockwork,
                self.rng,
                [
                    tuple(TopicPartition(topic, number) for topic in group)
                    for group in SOURCES[role]
                    for number in range(self.broker.counts[group[0]])
                ],
                options.session_s,
                options.session_s + 3,
            )
            for role in (*roles_of(options), DISPATCHER)
        }
        self.outcomes: Counter[tuple[str, ...]] = Counter()
        self.hosts: dict[int, Host] = {}
        self.violations: list[str] = []
        self.log: list[str] = []
        self.struck: Counter[str] = Counter()
        self.reached_points: Counter[tuple[str, str]] = Counter()
        self.crashed: Counter[tuple[str, str]] = Counter()
        self.compared: Counter[str] = Counter()
        self.healed_s = FAULTS_UNTIL_S
        self.armed: dict[str, list[int]] = defaultdict(list)
        self._open: dict[int, tuple[Transaction, float]] = {}
        self._born = 0
        self.roles_of: dict[int, tuple[str, ...]] = {}
        self.walls: dict[int, float] = {}
        self._all: list[Process] = []
        self._faults = Faults(self)

    # -- the run -------------------------------------------------------------------------------------------------

    def run(self, *, digested: bool = False) -> Outcome:
        """Live through it, and judge."""
        clockwork = self.clockwork
        with in_place(self):
            try:
                for worker, roles in enumerate(self.options.workers):
                    self.roles_of[worker] = roles
                    self.walls[worker] = self.options.walls[worker]
                    clockwork.at(0.05 * worker, self.start, worker)
                for event in self.plan.events:
                    clockwork.at(event.at_s, self._append, event)
                for fault in self.plan.faults:
                    clockwork.at(fault.at_s, self._strike, fault)
                for change in self.plan.changes:
                    clockwork.at(change.at_s, self._faults.publish, change)
                clockwork.at(FAULTS_UNTIL_S, self._heal)
                self._settle()
            finally:
                for process in self._all:
                    process.die(KILLED)
        self.violations += oracle.judge(self)
        if self.options.kind is Kind.LIFECYCLE:
            self.violations += lifecycle.judge(self)
        if self.plan.seed % STATE_EVERY == 0 and self.options.kind is Kind.PLAIN:
            self.violations += differences(self, self.broker.now_ms())
        return self.outcome(digest=oracle.digest(self) if digested else "")

    def outcome(self, digest: str = "") -> Outcome:
        """What came of it so far."""
        return Outcome(
            self.plan,
            self.violations,
            len(self.plan.events),
            len(self.plan.faults),
            self.struck,
            self.reached_points,
            self.crashed,
            self.clockwork.steps,
            self.compared,
            digest,
            self.log,
        )

    def _settle(self) -> None:
        last_s = max((event.at_s for event in self.plan.events), default=0.0)
        quiet_s = last_s + (SILENCE + GAP + 2 * LATENESS) / 1000
        self._run_until_settled(quiet_s)
        if self.options.style.brief:
            # All that was delivered is forgotten too.
            self._run_until_settled(self.clockwork.now + (RETENTION + GAP + 2 * LATENESS) / 1000)

    def _run_until_settled(self, quiet_s: float) -> None:
        self.clockwork.run(max(quiet_s, self.healed_s))
        begin_s = self.clockwork.now
        while self.clockwork.now < begin_s + BOUND_S:
            self.clockwork.run(self.clockwork.now + 2.0)
            if oracle.is_settled(self, int(quiet_s * 1000)):
                # The last transaction's markers are not written everywhere at once.
                self.clockwork.run(self.clockwork.now + 2.0)
                break

    def say(self, text: str, **fields: Any) -> None:
        """A line of the verbose log."""
        if self.is_loud:
            running = self.clockwork.running
            told = " ".join(f"{name}={value!r}" for name, value in fields.items())
            self.log.append(f"{self.clockwork.now:9.3f} {running.name if running else '-':6} {text} {told}".rstrip())

    # -- processes -----------------------------------------------------------------------------------------------

    def _roles(self, rules: Rules) -> dict[str, Role]:
        roles = {}
        for role in stream_roles(roles_of(self.options), self.settings, rules):
            roles[role.name] = replace(role, make_stage=self._watching(role))
        return roles

    def _watching(self, role: Role) -> Callable[[Topics, int, Layout], Stage]:
        topics = tuple(topic.value for topic in role.topics)
        return lambda group, partition, layout: Watched(role.make_stage(group, partition, layout), topics, self.wrong)

    def wrong(self, what: str) -> None:
        """An invariant does not hold."""
        self.violations.append(f"{self.clockwork.now:.3f} {what}")
        self.say(what)

    def start(self, worker: int) -> None:
        self._born += 1
        host = Host(
            self.clockwork,
            f"w{worker}.{self._born}",
            self.rng,
            self.walls[worker],
            self.roles_of[worker],
            self.settings,
            self._roles,
            self.rulebook,
            self.layout,
            self.outcomes,
        )
        self.hosts[worker] = host
        self._all.append(host)
        self.say("process starts", name=host.name, roles=host.roles)
        host.call_soon(host.begin)

    def ended(self, process: Process | None, code: int) -> None:
        """A process has ended itself, or was killed."""
        assert isinstance(process, Host)
        process.die(code)
        self.say("process ends", name=process.name, code=code)
        if code not in (*ORDERLY, KILLED):
            self.wrong(f"I9: {process.name} ended with {code}")
        for group in self.groups.values():
            group.missed(process)
        worker = next((number for number, host in self.hosts.items() if host is process), None)
        if worker is not None:
            self.clockwork.at(self.clockwork.now + RESTART_S, self.restart, worker, process)

    def restart(self, worker: int, process: Process) -> None:
        if self.hosts.get(worker) is process:
            self.start(worker)

    def role_of_topic(self, topic: str) -> str:
        """Who reads it."""
        return next(role for role, groups in SOURCES.items() if any(topic in group for group in groups))

    # -- crash points --------------------------------------------------------------------------------------------

    def reached(self, point: Point) -> None:
        """The product is at a crash point."""
        process = self.clockwork.running
        if process is None or process.is_dead:
            raise Died
        role = role_of_running()
        self.reached_points[point, role] += 1
        armed = self.armed.get(point)
        if armed:
            armed[0] -= 1
            if armed[0] <= 0:
                armed.pop(0)
                self.crashed[point, role] += 1
                self.say("crash", point=str(point), role=role)
                self.ended(process, KILLED)
                raise Died

    # -- records -------------------------------------------------------------------------------------------------

    def _append(self, event: Event) -> None:
        # An outage is one between the cluster and the workers: else all that happens during it would be late.
        broker = self.broker
        log = broker.log(event.topic, broker.partition_for(event.topic, event.key))
        transaction = None
        if event.transaction:
            transaction = Transaction()
            self.clockwork.at(self.clockwork.now + 2.0 * self.rng.random(), self.close, transaction, COMMITTED)
        log.append(event.key, orjson.dumps(event.record), (), broker.now_ms(), transaction)

    def close(self, transaction: Transaction, outcome: str) -> None:
        transaction.outcome = outcome
        for log in transaction.logs:
            log.mark(transaction, self.broker.now_ms())

    # -- faults --------------------------------------------------------------------------------------------------

    def _strike(self, fault: Fault) -> None:
        self.say(f"fault: {fault.what}", how=fault.how)
        self.struck[fault.what] += 1
        getattr(self._faults, fault.what)(*fault.how)

    def _heal(self) -> None:
        """No fault strikes any more."""
        self.armed.clear()
        self.broker.lose_commit.clear()
        self.broker.refuse_batch.clear()
        self.say("healed")
