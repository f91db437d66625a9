"""What strikes a world, each under the name that a plan has for it."""

from typing import TYPE_CHECKING

import orjson

from agents.published import PARTITION, record_of
from schemas.topics import Topic
from tests.simulation.host import KILLED, RESTART_S, Host
from tests.simulation.logs import ABORTED, Transaction
from tests.simulation.plan import Change
from tests.simulation.told import DESTINATIONS, rulebook

if TYPE_CHECKING:
    from tests.simulation.world import World


class Faults:
    """The faults of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def _host(self, worker: int) -> Host | None:
        host = self._world.hosts.get(worker)
        return None if host is None or host.is_dead or host.is_stopped else host

    def crash(self, point: str, nth: int) -> None:
        """Whoever passes that point for the nth time from now on dies there."""
        self._world.armed[point].append(nth)

    def kill(self, worker: int) -> None:
        """SIGKILL."""
        if host := self._host(worker):
            self._world.ended(host, KILLED)

    def stop(self, worker: int, for_s: float) -> None:
        """SIGSTOP, for that long."""
        if host := self._host(worker):
            host.stop_running()
            for group in self._world.groups.values():
                group.missed(host)
            self._world.healed_s = max(self._world.healed_s, self._world.clockwork.now + for_s)
            self._world.clockwork.at(self._world.clockwork.now + for_s, self._resume, host)

    def _resume(self, host: Host) -> None:
        if host.is_dead or not host.is_stopped:
            return
        self._world.say("resumed", name=host.name)
        host.go_on()
        for group in self._world.groups.values():
            group.resumed(host)

    def rebalance(self, role: str) -> None:
        """The group of that role begins anew."""
        self._world.groups[role].rebalance()

    def leave(self, worker: int) -> None:
        """An orderly stop; the supervisor starts it again."""
        host = self._host(worker)
        if host is not None and host.members:
            host.call_soon(host.end)
            self._world.clockwork.at(self._world.clockwork.now + 9.0, self._kill_if_alive, host)
            self._world.clockwork.at(self._world.clockwork.now + 9.0 + RESTART_S, self._world.restart, worker, host)

    def _kill_if_alive(self, host: Host) -> None:
        if not host.is_dead:
            self._world.ended(host, KILLED)

    def join(self, role: str) -> None:
        """Another process with that role, for good."""
        worker = 100 + len(self._world.roles_of)
        self._world.roles_of[worker] = (role,)
        self._world.walls[worker] = 0.0
        self._world.start(worker)

    def outage(self, for_s: float) -> None:
        """No broker answers."""
        self._world.broker.up_at = max(self._world.broker.up_at, self._world.clockwork.now + for_s)
        self._world.healed_s = max(self._world.healed_s, self._world.broker.up_at)

    def slow(self, for_s: float, extra_s: float) -> None:
        """Every answer takes that much longer."""
        self._world.broker.slow.append((self._world.clockwork.now, self._world.clockwork.now + for_s, extra_s))

    def lost_commit(self, fate: str) -> None:
        """The answer to the next commit is lost, and perhaps the commit too."""
        self._world.broker.lose_commit.append((self._world.clockwork.now, fate))

    def batch(self, role: str, written: bool) -> None:
        """The next batch of that role is refused, written or not."""
        self._world.broker.refuse_batch.append((self._world.clockwork.now, f"-{role}-", written))

    def junk(self, topic: str, for_s: float) -> None:
        """A producer's transaction, open for a while and then aborted: nothing in it has happened."""
        transaction = Transaction()
        number = self._world.rng.getrandbits(24)
        who = {"visitor_id": f"v{self._world.rng.randrange(6)}a"}
        said = {"event_id": f"junk{number}", "occurred_at": self._world.broker.now_ms(), **who}
        if topic == "orders":
            said |= {"type": "order_placed", "order_id": f"junk{number}"}
        else:
            said |= {"type": "cart_item_added", "product_id": "mug"}
        for log in self._world.broker.of_topic(topic):
            log.append(who["visitor_id"].encode(), orjson.dumps(said), (), self._world.broker.now_ms(), transaction)
        self._world.clockwork.at(self._world.clockwork.now + for_s, self._world.close, transaction, ABORTED)

    def mood(self, receiver: int, for_s: float, mood: str) -> None:
        """A destination fails, hangs or answers late."""
        name = list(DESTINATIONS)[receiver]
        self._world.receivers[name].moods.append((self._world.clockwork.now, self._world.clockwork.now + for_s, mood))

    def wall(self, worker: int, by_s: float) -> None:
        """A worker's wall clock is set wrong."""
        host = self._host(worker)
        if host is not None:
            host.wall_ahead += by_s
            self._world.walls[worker] = host.wall_ahead

    def publish(self, change: Change) -> None:
        """No fault, but as bad a moment: somebody applies another rulebook, or writes what is none."""
        world = self._world
        book = rulebook(world.options, max(change.number, 0))
        world.say("rulebook published", number=change.number, version=book.version)
        key, value = record_of(book, book.canonical.decode())
        if change.number < 0:
            key, value = b"bad", orjson.dumps({"name": "bad", "version": "bad", "text": "rules: what we had before"})
        world.broker.log(Topic.RULEBOOKS.value, PARTITION).append(key, value, (), world.broker.now_ms(), None)
