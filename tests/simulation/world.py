"""One world from its plan to its end: safety first, with faults; then all is healed, and everything has to settle."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from agents.crash_points import Point
from agents.exits import Exit
from agents.role import Role
from agents.roles import stream_roles
from agents.settings import DestinationSettings, DispatchSettings, KafkaSettings, LatenessSettings, Settings
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Batch, Effects, Stage
from tests.simulation import oracle
from tests.simulation.broker import ABORTED, COMMITTED, Broker, Transaction
from tests.simulation.clients import role_of_running
from tests.simulation.group import Group
from tests.simulation.host import DISPATCHER, Host
from tests.simulation.loop import Clockwork, Died, Process
from tests.simulation.plan import FAULTS_UNTIL_S, STREAM_ROLES, Fault, Options, Plan
from tests.simulation.receivers import Receiver
from tests.simulation.recompute import differences
from tests.simulation.seams import in_place
from tests.simulation.shop import GAP, LATENESS, SILENCE, WAIT, Event

SOURCES = {
    "sessions": ["clickstream"],
    "intake": ["orders", "engagements"],
    "customers": ["profile-inbox"],
    DISPATCHER: ["triggers"],
}
DESTINATIONS = {"shop": "retry", "esp": "retry", "sms": "park"}
RESTART_S = 0.8
BOUND_S = 45.0
"""Within that much time of the healing, or of their due time, everything has settled."""
RETENTION = 12_000
STATE_EVERY = 4
"""Every so many worlds the state is recomputed: that costs half as much as the world."""

ORDERLY = {Exit.OK.value, Exit.COMMIT_FAILED.value}
KILLED = -9


@lru_cache(4)
def rulebook(*, brief: bool) -> Rulebook:
    """The plain rulebook with seconds for its waits."""
    waits = {
        "browse_abandonment": WAIT,
        "cart_abandonment": WAIT,
        "checkout_abandonment": WAIT,
        "inactivity": SILENCE,
        "lapse": SILENCE,
    }
    to = {"cart_abandonment": "sms", "browse_abandonment": "esp", "checkout_abandonment": "esp"}
    rules: list[dict[str, Any]] = [
        {"id": kind, "kind": kind, "wait": f"{wait}ms", "expires_after": None, "destination": to.get(kind, "shop")}
        for kind, wait in waits.items()
    ]
    rules.append({"id": "exit_intent", "kind": "exit_intent", "expires_after": "3s", "destination": "shop"})
    return Rulebook.model_validate(
        {
            "name": "simulated",
            "session_gap": f"{GAP}ms",
            "session_max": None,
            "ladder": False,
            "consent": "ignore",
            "already_converted": False,
            "retention": f"{RETENTION}ms" if brief else "30d",
            "rules": rules,
        }
    )


@lru_cache(256)
def settings_of(options: Options) -> Settings:
    """What every process of the world is told."""
    return Settings(
        app="sim",
        vectors_per_s=options.vectors_per_s,
        tick_ms=options.tick_ms,
        kafka=KafkaSettings(
            session_timeout_s=options.session_s,
            rebalance_timeout_s=options.session_s + 3,
            transaction_timeout_ms=6000,
            request_timeout_ms=3000,
            poll_records_max=options.records_max,
        ),
        lateness=LatenessSettings(clickstream_ms=LATENESS, orders_ms=LATENESS),
        dispatch=DispatchSettings(
            destinations={
                name: DestinationSettings(
                    url=f"http://127.0.0.1/{name}",
                    ambiguous=ambiguous,
                    timeout_s=2.0,
                    attempts_max=1000,
                    retry_base_s=0.5,
                    retry_cap_s=3.0,
                )
                for name, ambiguous in DESTINATIONS.items()
            },
            in_flight_max=options.in_flight,
            look_max_age_ms=1500,
        ),
    )


class Watched:
    """A stage whose records are counted on their way in and out."""

    def __init__(self, stage: Stage, topics: tuple[str, ...], wrong: Callable[[str], None]) -> None:
        self.stage = stage
        self.restore = stage.restore
        self.open = stage.open
        self._topics = topics
        self._wrong = wrong
        self._folded = 0

    @property
    def position(self) -> int:
        return self.stage.position

    @property
    def watermark(self) -> int:
        return self.stage.watermark

    def fold(self, batch: Batch) -> None:
        self._folded += len(batch.records)
        self.stage.fold(batch)

    def take(self) -> Effects:
        effects = self.stage.take()
        counted = sum(by for name, by in effects.counts.items() if name[0] == "records" and name[1] in self._topics)
        if counted != self._folded:
            self._wrong(f"I6: {self._folded} records were folded and {counted} counted")
        self._folded = 0
        return effects

    def gauges(self) -> dict[tuple[str, ...], float]:
        return {}


@dataclass
class Outcome:
    """What came of a world."""

    seed: int
    violations: list[str]
    events: int
    faults: int
    struck: Counter[str]
    reached: Counter[tuple[str, str]]
    crashed: Counter[tuple[str, str]]
    steps: int
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
        counts = {
            Topic.CLICKSTREAM: options.clickstream,
            Topic.SESSIONS_CHANGELOG: options.clickstream,
            Topic.ORDERS: options.orders,
            Topic.ENGAGEMENTS: 1,
            Topic.INTAKE_CHANGELOG: options.orders,
            Topic.PROFILE_INBOX: options.inbox,
            Topic.CUSTOMERS_CHANGELOG: options.inbox,
            Topic.TRIGGERS: options.triggers,
            Topic.DELIVERIES: options.triggers,
            Topic.DECISIONS: 1,
            Topic.DEAD_LETTERS: 1,
        }
        self.layout = Layout(counts)
        self.broker = Broker(
            self.clockwork, self.rng, {topic.value: n for topic, n in counts.items()}, options.marker_s
        )
        self.settings = settings_of(options)
        self.rulebook = rulebook(brief=options.style.brief)
        self.receivers = {
            name: Receiver(name, ambiguous, self.clockwork, random.Random(plan.seed ^ index))
            for index, (name, ambiguous) in enumerate(DESTINATIONS.items())
        }
        self.groups = {
            role: Group(
                self.clockwork,
                self.rng,
                [tp for tp in self.broker.logs if tp.topic in SOURCES[role]],
                options.session_s,
                options.session_s + 3,
            )
            for role in (*STREAM_ROLES, DISPATCHER)
        }
        self.outcomes: Counter[tuple[str, ...]] = Counter()
        self.hosts: dict[int, Host] = {}
        self.violations: list[str] = []
        self.log: list[str] = []
        self.struck: Counter[str] = Counter()
        self.reached_points: Counter[tuple[str, str]] = Counter()
        self.crashed: Counter[tuple[str, str]] = Counter()
        self.healed_s = FAULTS_UNTIL_S
        self._armed: dict[str, list[int]] = defaultdict(list)
        self._made = self._roles()
        self._open: dict[int, tuple[Transaction, float]] = {}
        self._born = 0
        self._roles_of: dict[int, tuple[str, ...]] = {}
        self._walls: dict[int, float] = {}
        self._all: list[Process] = []

    # -- the run -------------------------------------------------------------------------------------------------

    def run(self, *, digested: bool = False) -> Outcome:
        """Live through it, and judge."""
        clockwork = self.clockwork
        with in_place(self):
            try:
                for worker, roles in enumerate(self.options.workers):
                    self._roles_of[worker] = roles
                    self._walls[worker] = self.options.walls[worker]
                    clockwork.at(0.05 * worker, self._start, worker)
                for event in self.plan.events:
                    clockwork.at(event.at_s, self._append, event)
                for fault in self.plan.faults:
                    clockwork.at(fault.at_s, self._strike, fault)
                clockwork.at(FAULTS_UNTIL_S, self._heal)
                self._settle()
            finally:
                for process in self._all:
                    process.die(KILLED)
        self.violations += oracle.judge(self)
        if self.plan.seed % STATE_EVERY == 0:
            self.violations += differences(self, self.broker.now_ms())
        return self.outcome(digest=oracle.digest(self) if digested else "")

    def outcome(self, digest: str = "") -> Outcome:
        """What came of it so far."""
        return Outcome(
            self.plan.seed,
            self.violations,
            len(self.plan.events),
            len(self.plan.faults),
            self.struck,
            self.reached_points,
            self.crashed,
            self.clockwork.steps,
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

    def _roles(self) -> dict[str, Role]:
        roles = {}
        for role in stream_roles(STREAM_ROLES, self.settings, self.rulebook):
            roles[role.name] = Role(role.name, role.sources, role.changelog, self._watching(role), role.ungated)
        return roles

    def _watching(self, role: Role) -> Callable[[Topic, int, Layout], Stage]:
        topics = tuple(topic.value for topic in role.sources)
        return lambda topic, partition, layout: Watched(role.make_stage(topic, partition, layout), topics, self.wrong)

    def wrong(self, what: str) -> None:
        """An invariant does not hold."""
        self.violations.append(f"{self.clockwork.now:.3f} {what}")
        self.say(what)

    def _start(self, worker: int) -> None:
        self._born += 1
        host = Host(
            self.clockwork,
            f"w{worker}.{self._born}",
            self.rng,
            self._walls[worker],
            self._roles_of[worker],
            self.settings,
            self._made,
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
            self.clockwork.at(self.clockwork.now + RESTART_S, self._restart, worker, process)

    def _restart(self, worker: int, process: Process) -> None:
        if self.hosts.get(worker) is process:
            self._start(worker)

    def role_of_topic(self, topic: str) -> str:
        """Who reads it."""
        return next(role for role, topics in SOURCES.items() if topic in topics)

    # -- crash points --------------------------------------------------------------------------------------------

    def reached(self, point: Point) -> None:
        """The product is at a crash point."""
        process = self.clockwork.running
        if process is None or process.is_dead:
            raise Died
        role = role_of_running()
        self.reached_points[point, role] += 1
        armed = self._armed.get(point)
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
            self.clockwork.at(self.clockwork.now + 2.0 * self.rng.random(), self._close, transaction, COMMITTED)
        log.append(event.key, orjson.dumps(event.record), (), broker.now_ms(), transaction)

    def _close(self, transaction: Transaction, outcome: str) -> None:
        transaction.outcome = outcome
        for log in transaction.logs:
            log.mark(transaction, self.broker.now_ms())

    # -- faults --------------------------------------------------------------------------------------------------

    def _strike(self, fault: Fault) -> None:
        self.say(f"fault: {fault.what}", how=fault.how)
        self.struck[fault.what] += 1
        getattr(self, f"_{fault.what}")(*fault.how)

    def _host(self, worker: int) -> Host | None:
        host = self.hosts.get(worker)
        return None if host is None or host.is_dead or host.is_stopped else host

    def _crash(self, point: str, nth: int) -> None:
        self._armed[point].append(nth)

    def _kill(self, worker: int) -> None:
        if host := self._host(worker):
            self.ended(host, KILLED)

    def _stop(self, worker: int, for_s: float) -> None:
        if host := self._host(worker):
            host.stop_running()
            for group in self.groups.values():
                group.missed(host)
            self.healed_s = max(self.healed_s, self.clockwork.now + for_s)
            self.clockwork.at(self.clockwork.now + for_s, self._resume, host)

    def _resume(self, host: Host) -> None:
        if host.is_dead or not host.is_stopped:
            return
        self.say("resumed", name=host.name)
        host.go_on()
        for group in self.groups.values():
            group.resumed(host)

    def _rebalance(self, role: str) -> None:
        self.groups[role].rebalance()

    def _leave(self, worker: int) -> None:
        """An orderly stop; the supervisor starts it again."""
        host = self._host(worker)
        if host is not None and host.members:
            host.call_soon(host.end)
            self.clockwork.at(self.clockwork.now + 9.0, self._kill_if_alive, host)
            self.clockwork.at(self.clockwork.now + 9.0 + RESTART_S, self._restart, worker, host)

    def _kill_if_alive(self, host: Host) -> None:
        if not host.is_dead:
            self.ended(host, KILLED)

    def _join(self, role: str) -> None:
        worker = 100 + len(self._roles_of)
        self._roles_of[worker] = (role,)
        self._walls[worker] = 0.0
        self._start(worker)

    def _outage(self, for_s: float) -> None:
        self.broker.up_at = max(self.broker.up_at, self.clockwork.now + for_s)
        self.healed_s = max(self.healed_s, self.broker.up_at)

    def _slow(self, for_s: float, extra_s: float) -> None:
        self.broker.slow.append((self.clockwork.now, self.clockwork.now + for_s, extra_s))

    def _lost_commit(self, fate: str) -> None:
        self.broker.lose_commit.append((self.clockwork.now, fate))

    def _batch(self, role: str, written: bool) -> None:
        self.broker.refuse_batch.append((self.clockwork.now, f"-{role}-", written))

    def _junk(self, topic: str, for_s: float) -> None:
        """A producer's transaction, open for a while and then aborted: nothing in it has happened."""
        transaction = Transaction()
        number = self.rng.getrandbits(24)
        who = {"visitor_id": f"v{self.rng.randrange(6)}a"}
        said = {"event_id": f"junk{number}", "occurred_at": self.broker.now_ms(), **who}
        if topic == "orders":
            said |= {"type": "order_placed", "order_id": f"junk{number}"}
        else:
            said |= {"type": "cart_item_added", "product_id": "mug"}
        for log in self.broker.of_topic(topic):
            log.append(who["visitor_id"].encode(), orjson.dumps(said), (), self.broker.now_ms(), transaction)
        self.clockwork.at(self.clockwork.now + for_s, self._close, transaction, ABORTED)

    def _mood(self, receiver: int, for_s: float, mood: str) -> None:
        name = list(DESTINATIONS)[receiver]
        self.receivers[name].moods.append((self.clockwork.now, self.clockwork.now + for_s, mood))

    def _wall(self, worker: int, by_s: float) -> None:
        host = self._host(worker)
        if host is not None and DISPATCHER not in host.roles:
            host.wall_ahead += by_s
            self._walls[worker] = host.wall_ahead

    def _heal(self) -> None:
        """No fault strikes any more."""
        self._armed.clear()
        self.broker.lose_commit.clear()
        self.broker.refuse_batch.clear()
        self.say("healed")
