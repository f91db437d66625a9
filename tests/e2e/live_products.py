"""What is heard of products, live.

Persons do not wait for the catalogue: what they hear of a product they judge when it comes. So this world is not put on
the topics as a whole, but happens now, a phase at a time, each of which ends with what the catalogue says; and what it
comes to is waited for before the next one. The worker is killed in the midst of some.
"""

import random
import time
from collections.abc import Iterator
from functools import partial

from schemas.topics import Topic
from tests.e2e.played import Outcome
from tests.e2e.shop import Shop, Worker, fired
from tests.e2e.test_kills import STATIC
from tests.oracle.products import CATALOG, Batch, Event, in_order
from tests.properties.test_products_equal_batch import KINDS, MINUTE, SHOP, World, as_heard, world
from tests.waiting import wait_until

LATENESS_MS = 500
IN_PHASES = {
    **{f"AFTERCLICK_LATENESS__{topic}_MS": str(LATENESS_MS) for topic in ("CLICKSTREAM", "ORDERS", "CATALOG")},
    **STATIC,
}
MINUTES = 120
"""Of the world, whose minutes are milliseconds here."""

KILLED_EVERY = 12
"""A kill in so many phases."""

STAGES = ("products", "customers")
"""In the order in which they hear of a product. Between them are the sessions, for which customers wait."""


def products_played(shop: Shop, seed: int) -> Outcome:
    """What everybody has heard of products in the end."""
    dice, told, worker = random.Random(seed), World([], [], []), shop.start()
    for number, phase in enumerate(phases(world(seed, MINUTES)), 1):
        happens = as_of_now(phase)
        shop.produce(*happens)
        for records, of in zip(told, happens, strict=True):
            records += of
        if number % KILLED_EVERY == 0:
            time.sleep(dice.uniform(0, 2 * LATENESS_MS / 1000))  # nothing is waited for: a kill may come at any moment
            worker.kill()
            worker = shop.start()
        pass_through(worker, shop.partitions)
    read, expected = shop.records(Topic.TRIGGERS), Batch(in_order(*told), SHOP).heard
    assert {heard.kind for heard in expected} == KINDS, "a world without one of the kinds"
    return Outcome(sorted(map(as_heard, fired(read))), sorted(expected), read)


def phases(whole: World) -> Iterator[list[Event]]:
    """The events in their order; what the catalogue says is the end of each phase."""
    phase: list[Event] = []
    for event in in_order(*whole):
        if event.stream != CATALOG and phase and phase[-1].stream == CATALOG:
            yield phase
            phase = []
        phase.append(event)
    yield phase


def as_of_now(phase: list[Event]) -> World:
    """The records of the phase, of which the last has just happened."""
    now, last = now_ms(), phase[-1].at
    told = World([], [], [])
    for event in phase:
        told[event.stream].append(event.said | {"occurred_at": now - (last - event.at) // MINUTE})
    return told


def pass_through(worker: Worker, partitions: int) -> None:
    """Wait until each stage has taken in all that the one before it has told."""
    for stage in STAGES:
        began = now_ms()
        wait_until(partial(is_at, worker, stage, partitions, began), f"{stage} have passed {began}", every_s=0.02)


def is_at(worker: Worker, stage: str, partitions: int, at: int) -> bool:
    """Whether all partitions of the stage have passed that time, and none has anything left to read."""
    metrics = worker.metrics()
    gates = [value for name, value in metrics.items() if name[0] == GATE and name[2] == stage]
    lags = [value for name, value in metrics.items() if name[0] == LAG]
    return len(gates) == partitions and min(gates) * 1000 >= at and not any(lags)


GATE, LAG = "afterclick_gate_timestamp_seconds", "afterclick_lag_records"


def now_ms() -> int:
    """The time of day."""
    return time.time_ns() // 1_000_000
