"""The faults and how they are injected. Each leaves a record: what, at whom, from when to when, and whether it hit."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.crash_points import Point
from tests.chaos.cluster import BROKERS, Cluster
from tests.chaos.generator import PARTITIONS
from tests.chaos.plan import SESSION_S, TIMES
from tests.chaos.proxy import TOXICS
from tests.chaos.supervisor import AT_POINT, Slot

AT_WORK = ["triggers", "clickstream", "visitor-inbox", "customer-inbox", "sessions-changelog", "customers-changelog"]
"""Topics without whose leaders the work stands still."""
AT_POINT_S = 40.0
READY_S = 90.0
GONE_S = 60.0
"""How long a killed process may take to be gone: none takes a second of its own."""
DISK_S = 15.0
CLOCK_S = 8.0


@dataclass
class Fault:
    """One injection. `hit` says whether it took effect; None: it could not be injected at all (not run)."""

    kind: str
    target: str
    began: float
    ended: float = 0.0
    hit: bool | None = False
    note: str = ""


@dataclass
class Shop:
    """What the faults are thrown at."""

    cluster: Cluster
    workers: list[Slot]
    dispatchers: list[Slot]
    guest: Slot
    """The worker that rebalance storms add and remove."""
    proxied: Slot
    skewed: Slot
    clock: Path
    turn_proxy: Callable[[str], None]
    ask_generator: Callable[[str], None]
    topic_prefix: str
    faults: list[Fault] = field(default_factory=list)
    brokers_free: asyncio.Lock = field(default_factory=asyncio.Lock)
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared while all brokers are down: the other faults wait."""

    def record(self, kind: str, target: str) -> Fault:
        """A fault begins."""
        fault = Fault(kind, target, time.time())
        self.faults.append(fault)
        return fault


async def take(shop: Shop, dice: random.Random, slots: list[Slot]) -> Slot:
    """Wait for one of the slots to be ready and not under another fault; it is busy until `is_busy` is cleared."""
    while True:
        await shop.calm.wait()
        free = [slot for slot in slots if slot.is_ready and not slot.is_busy]
        if free:
            slot = dice.choice(free)
            slot.is_busy = True
            return slot
        await asyncio.sleep(0.2)


async def kill(shop: Shop, dice: random.Random, slots: list[Slot]) -> None:
    """SIGKILL at a random moment."""
    slot = await take(shop, dice, slots)
    await asyncio.sleep(dice.uniform(0, 1))
    await _kill(shop, slot)
    slot.is_busy = False


async def _kill(shop: Shop, slot: Slot) -> None:
    fault, pid = shop.record("kill", slot.name), slot.pid
    slot.kill()
    fault.hit = pid is not None and await slot.gone(pid, GONE_S)
    fault.ended = time.time()


async def points(shop: Shop, dice: random.Random, slots: list[Slot], wheres: Sequence[Point]) -> list[Point]:
    """Have one process after another of a slot kill itself, each at one of the points; the first takes the place of one
    that is killed, or stopped. Returns the points that were not hit.
    """
    slot = await take(shop, dice, slots)
    slot.points = [(where, dice.randint(*TIMES[where])) for where in wheres]
    pid, lives = slot.pid, len(slot.endings)
    if dice.random() < 0.7:
        await _kill(shop, slot)
    else:
        slot.terminate()
    if pid is not None:
        await slot.gone(pid, 15)
    missed = []
    for number, where in enumerate(wheres, 1):
        if len(slot.endings) < lives + number:
            await _lives(slot, lives + number, 15)
        if not await _dies_at(shop, slot, where, lives + number + 1):
            missed.append(where)
    slot.points.clear()
    slot.is_busy = False
    return missed


async def _dies_at(shop: Shop, slot: Slot, where: Point, lives: int) -> bool:
    """Whether the armed process, the one whose end is the `lives`-th, dies at its point. Else it is killed."""
    fault = shop.record("point", f"{slot.name} {where.value}")
    disturbing = asyncio.create_task(_disturb(shop, slot)) if where is Point.REVOKED else None
    await _lives(slot, lives, AT_POINT_S)
    if disturbing is not None:
        disturbing.cancel()
        await shop.guest.stop()
    died = len(slot.endings) >= lives
    fault.hit, fault.ended = died and slot.endings[lives - 1].cause == AT_POINT, time.time()
    if not fault.hit:
        fault.kind = "point missed"
        fault.note = "it ended before by itself" if died else f"not reached in {AT_POINT_S:.0f} s"
    if not died:
        await _kill(shop, slot)
        await _lives(slot, lives, 15)
    return bool(fault.hit)


async def _lives(slot: Slot, count: int, within_s: float) -> None:
    """Wait until so many processes of the slot have ended, or the time is over."""
    deadline = time.monotonic() + within_s
    while len(slot.endings) < count and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


async def _disturb(shop: Shop, slot: Slot) -> None:
    """Once the slot is ready, another member joins: partitions are taken away."""
    await slot.ready(AT_POINT_S)
    shop.guest.start()


async def zombie(shop: Shop, dice: random.Random, slots: list[Slot]) -> None:
    """SIGSTOP past the session's end, so that others own its partitions, then SIGCONT."""
    slot = await take(shop, dice, slots)
    fault, pid = shop.record("zombie", slot.name), slot.pid
    slot.pause()
    await asyncio.sleep(SESSION_S + dice.uniform(2, 7))
    alive = slot.pid == pid
    slot.resume()
    fault.hit, fault.ended = alive, time.time()
    await asyncio.sleep(1)
    slot.is_busy = False


async def bounce(shop: Shop, dice: random.Random) -> None:
    """Kill, or stop in order, the broker that leads a partition at work, and start it again."""
    await shop.calm.wait()
    async with shop.brokers_free:
        topic = shop.topic_prefix + dice.choice(AT_WORK)
        leader = await shop.cluster.leader(topic, dice.randrange(PARTITIONS)) or dice.randint(1, BROKERS)
        hard = dice.random() < 0.6
        fault = shop.record("bounce", f"broker {leader}")
        fault.note = "killed" if hard else "restarted in order"
        if hard:
            await shop.cluster.kill(leader)
            await asyncio.sleep(dice.uniform(0.5, 4))
        await shop.cluster.restart(leader)
        fault.hit, fault.ended = True, time.time()
        await asyncio.sleep(4)  # until it is in sync again: two at once would be an outage


async def outage(shop: Shop, seconds: float) -> None:
    """All brokers die, and come back."""
    async with shop.brokers_free:
        shop.calm.clear()
        fault = shop.record("outage", "all brokers")
        for broker in range(1, BROKERS + 1):
            await shop.cluster.kill(broker)
        await asyncio.sleep(seconds)
        for broker in range(1, BROKERS + 1):
            await shop.cluster.restart(broker, wait=broker == BROKERS)
        fault.hit, fault.ended = True, time.time()
        fault.note = f"{seconds:.0f} s without any broker"
        for slot in (*shop.workers, *shop.dispatchers):
            await slot.ready(READY_S)
        shop.calm.set()


async def toxic(shop: Shop, dice: random.Random, turn: int) -> None:
    """Disturb the one worker's way to the brokers."""
    slot = await take(shop, dice, [shop.proxied])
    kind = TOXICS[turn % len(TOXICS)]
    fault = shop.record("toxic", slot.name)
    fault.note = kind
    shop.turn_proxy(kind)
    await asyncio.sleep(dice.uniform(5, 12))
    shop.turn_proxy("none")
    fault.hit, fault.ended = True, time.time()
    slot.is_busy = False


async def clock(shop: Shop, dice: random.Random, turn: int) -> None:
    """The wall clock of one worker and of one dispatcher is wrong for a while: by an hour or a day, or to and fro by a
    second."""
    slot = await take(shop, dice, [shop.skewed])
    offset = (3600, -3600, 86_400, 1)[turn % 4]
    fault = shop.record("clock", slot.name)
    fault.note = f"{offset:+d} s" if offset != 1 else "to and fro by 1 s"
    for step in range(int(CLOCK_S)):
        shop.clock.write_text(str(offset if offset != 1 or step % 2 else -1))
        await asyncio.sleep(1)
    shop.clock.write_text("0")
    fault.hit, fault.ended = True, time.time()
    slot.is_busy = False


async def broker_disk(shop: Shop, dice: random.Random) -> None:
    """No file of one broker may grow any more: it gives its only log directory up, and so itself."""
    await shop.calm.wait()
    async with shop.brokers_free:
        broker = dice.randint(1, BROKERS)
        fault = shop.record("broker disk full", f"broker {broker}")
        try:
            shop.cluster.refuse_writes(broker)
        except (OSError, ValueError, AttributeError) as error:
            fault.hit, fault.note, fault.ended = None, repr(error), time.time()
            return
        deadline = time.monotonic() + DISK_S
        while shop.cluster.is_running(broker) and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        fault.hit = not shop.cluster.is_running(broker)
        fault.note = "every write refused; the broker " + ("gave up" if fault.hit else "went on")
        await shop.cluster.kill(broker)
        await shop.cluster.restart(broker)
        fault.ended = time.time()
        await asyncio.sleep(4)


async def worker_disk(shop: Shop, dice: random.Random, slots: list[Slot]) -> None:
    """The disk that a worker logs to is full: every write of its log fails."""
    slot = await take(shop, dice, slots)
    if not Path("/dev/full").exists():
        fault = shop.record("worker disk full", slot.name)
        fault.hit, fault.note, fault.ended = None, "there is no /dev/full", time.time()
        slot.is_busy = False
        return
    slot.output, lives = "/dev/full", len(slot.endings)
    await _kill(shop, slot)
    fault = shop.record("worker disk full", slot.name)
    while len(slot.endings) == lives:
        await asyncio.sleep(0.05)
    is_ready = await slot.ready(30)
    await asyncio.sleep(5)
    fault.hit = True
    fault.note = "it works without a log" if is_ready else f"it ended {len(slot.endings) - lives - 1} times"
    if slot.pid is not None and len(slot.endings) == lives + 1:
        await _kill(shop, slot)
    fault.ended = time.time()
    slot.is_busy = False


async def storm(shop: Shop, dice: random.Random, rounds: int) -> None:
    """A worker is added and removed, every three seconds."""
    await shop.calm.wait()
    fault = shop.record("storm", shop.guest.name)
    for _ in range(rounds):
        shop.guest.start()
        await asyncio.sleep(dice.uniform(3, 5))
        await shop.guest.stop()
        await asyncio.sleep(2)
    fault.hit, fault.ended = True, time.time()
    fault.note = f"{rounds} joins and leaves"


async def mass(shop: Shop, count: int) -> None:
    """So many timers are due within one second. Whether they were is seen in what they led to."""
    await shop.calm.wait()
    async with shop.brokers_free:
        fault = shop.record("mass expiry", f"{count} visitors")
        shop.ask_generator(f"mass {count}")
        await asyncio.sleep(4 + 15 * count / 100_000)
        fault.hit, fault.ended = True, time.time()
