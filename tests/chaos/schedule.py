"""When which fault comes: several tracks side by side, each paced over the time there is, all by one seed."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle, islice

from agents.crash_points import Point
from tests.chaos import faults
from tests.chaos.faults import Shop
from tests.chaos.plan import DISPATCHER_POINTS, WORKER_POINTS, Form
from tests.chaos.supervisor import Slot

OUTAGE_AT, MASS_AT = 0.5, 0.1
"""Shares of the input's time."""
TRIES_MAX = 6
CHAIN = 2
"""So many points are hit one after another, by a process and its successor."""
Step = Callable[[], Awaitable[object]]


def points_of(choices: Sequence[Point], count: int, dice: random.Random) -> list[Point]:
    """So many hits, spread evenly over all points, in a random order."""
    shuffled = dice.sample(list(choices), len(choices))
    hits = list(islice(cycle(shuffled), count))
    dice.shuffle(hits)
    return hits


async def run(shop: Shop, form: Form, seed: int) -> None:
    """Throw all that the form plans; returns when all tracks are through."""
    shop.calm.set()
    began = time.monotonic()

    def dice(name: str) -> random.Random:
        return random.Random(f"{seed}/{name}")

    async def paced(name: str, steps: Sequence[Step], first: float = 0.04, last: float = 0.95) -> None:
        own = dice(f"pace {name}")
        share = (last - first) / max(1, len(steps))
        for number, step in enumerate(steps):
            at = began + form.input_s * (first + share * (number + own.uniform(0, 0.6)))
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await step()

    everybody = [*shop.workers, *shop.dispatchers]
    async with asyncio.TaskGroup() as tracks:
        for name, slots, choices, hits in (
            ("workers", shop.workers, WORKER_POINTS, form.worker_points),
            ("dispatchers", shop.dispatchers, DISPATCHER_POINTS, form.dispatcher_points),
        ):
            own = dice(name)
            wanted = points_of(choices, hits, own)
            chains = [wanted[place : place + CHAIN] for place in range(0, len(wanted), CHAIN)]
            tracks.create_task(paced(name, [_hit(shop, own, slots, chain) for chain in chains]))
        tracks.create_task(_outage(shop, form, began))
        tracks.create_task(paced("mass", [lambda: faults.mass(shop, form.mass)] * (form.mass > 0), MASS_AT, MASS_AT))
        own_kill, own_zombie, own_bounce = dice("kill"), dice("zombie"), dice("bounce")
        tracks.create_task(paced("kill", [lambda: faults.kill(shop, own_kill, everybody)] * form.random_kills))
        tracks.create_task(paced("zombie", [lambda: faults.zombie(shop, own_zombie, everybody)] * form.zombies))
        tracks.create_task(paced("bounce", [lambda: faults.bounce(shop, own_bounce)] * form.bounces))
        tracks.create_task(paced("odd", _odd(shop, form, dice("odd"))))


def _hit(shop: Shop, dice: random.Random, slots: list[Slot], wheres: Sequence[Point]) -> Step:
    async def hit() -> None:
        left = list(wheres)
        for _ in range(TRIES_MAX):
            left = await faults.points(shop, dice, slots, left)
            if not left:
                return

    return hit


def _odd(shop: Shop, form: Form, dice: random.Random) -> list[Step]:
    """The rarer faults, one after another in a random order."""
    steps: list[Step] = [
        *(lambda turn=turn: faults.toxic(shop, dice, turn) for turn in range(form.toxics)),
        *(lambda turn=turn: faults.clock(shop, dice, turn) for turn in range(form.clock_jumps)),
        *[lambda: faults.broker_disk(shop, dice)] * form.broker_disks,
        *[lambda: faults.worker_disk(shop, dice, shop.workers)] * form.worker_disks,
        *[lambda: faults.storm(shop, dice, form.storm_rounds)] * form.storms,
    ]
    dice.shuffle(steps)
    return steps


async def _outage(shop: Shop, form: Form, began: float) -> None:
    if form.outage_s:
        await asyncio.sleep(max(0.0, began + form.input_s * OUTAGE_AT - time.monotonic()))
        await faults.outage(shop, form.outage_s)
