"""What seeded worlds share: their times, their records, and how these arrive."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.oracle.records import EPOCH, millis

Json = dict[str, Any]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
GAP, WAIT, SILENCE = 30 * MINUTE, HOUR, 2 * DAY
START = (datetime(2025, 6, 2, 8, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
PRODUCTS = [f"sku-{number}" for number in range(6)]


class World(NamedTuple):
    """Native clicks and orders, each sorted by (time, event id)."""

    clicks: list[Json]
    orders: list[Json]


class SmallShop:
    """A seeded shop that keeps what is said in it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.number = 0
        self.clicks: list[Json] = []
        self.orders: list[Json] = []

    def keep(self, records: list[Json], kind: str, now: int, said: Json) -> None:
        """Its id says nothing of the time; at times it is told twice."""
        self.number += 1
        event_id = f"{self.rng.getrandbits(24):06x}-{self.number}"
        record = {"event_id": event_id, "type": kind, "occurred_at": now, **said}
        records += [record] * (2 if self.rng.random() < 0.05 else 1)

    def recorded(self) -> World:
        """All of it, in the order of time."""
        return World(*(sorted(records, key=lambda one: one["occurred_at"]) for records in (self.clicks, self.orders)))


def by_time(records: list[Json]) -> list[Json]:
    """The records by (time, event id)."""
    return sorted(records, key=lambda record: (millis(record["occurred_at"]), record["event_id"]))


def shuffled(records: list[Json], seed: int, lateness_ms: int) -> list[Json]:
    """A permutation in which no record comes after one that is more than `lateness_ms` younger."""
    rng = random.Random(seed)
    arrivals = []
    for record in records:
        arrival = millis(record["occurred_at"]) + rng.randint(0, lateness_ms)
        arrivals.append((arrival, rng.random(), record))
    arrivals.sort(key=lambda arrived: arrived[:2])
    return [record for _, _, record in arrivals]
