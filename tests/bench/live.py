"""The whole path on real Kafka: a worker with all roles that decide, against bare `getmany` + validation.

Both read the same clicks from the same broker, one after the other, so that a round's ratio is of one moment of the
machine. The topics are filled before the worker starts: it meets a day that is over, all occasions of which are due.
Its CPU seconds, all threads, count from its start until all records are committed, every fact told is folded and all
triggers are out, less those of a start on empty topics. The triggers are then read back: a run in which they are not
exactly those of the batch computation is void, and its figures count for nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas.topics import Topic
from streams.partitions import partition_of
from tests.bench.expected import Occasion, expected
from tests.bench.processes import cpu_seconds
from tests.bench.sessions_path import run_bare
from tests.bench.shop_day import Said, day, said
from tests.e2e.shop import Shop, Worker, fired, occasion
from tests.waiting import wait_until

EVENTS = 300_000
SHORT_EVENTS = 150_000
ROUNDS = 3
ROLES = ("sessions", "intake", "customers")
INBOXES = (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX)
LATENESS = {f"AFTERCLICK_LATENESS__{topic}_MS": "5000" for topic in ("CLICKSTREAM", "ORDERS")}
AGE_MS = 65 * 60_000
"""How old the latest event is: every cart and browse abandonment of the day is due at the start."""
RUN_S_MAX = 600
BATCH_BYTES = 512 * 1024
SHARES = {"unknown": 0.0, "known": 1.0}
"""Which share of the visitors is signed in, by what the figures are called."""

Shown = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Run:
    """What one run found. `missing` and `surplus` are triggers by the batch computation: none of either is exact."""

    events_per_cpu_s: float
    bare_per_cpu_s: float
    facts_per_click: float
    missing: int
    surplus: int

    @property
    def is_exact(self) -> bool:
        """Whether the triggers were those of the batch computation, each once."""
        return not self.missing and not self.surplus

    @property
    def ratio(self) -> float:
        """Ours in CPU time, of bare reading."""
        return self.events_per_cpu_s / self.bare_per_cpu_s


def measure(open_shop: Callable[[], Shop], events: int = EVENTS, rounds: int = ROUNDS) -> dict[str, float]:
    """For nobody and for everybody signed in: the ratio to bare reading, the median of the exact runs, and the rates.
    Without an exact run the figures are missing; how many were void is always said."""
    runs: dict[str, list[Run]] = {name: [] for name in SHARES}
    for number in range(1, rounds + 1):
        for name, signed_in in SHARES.items():
            runs[name].append(run(open_shop, events, signed_in))
            _tell(number, name, runs[name][-1])
    results: dict[str, float] = {
        "whole_path_void_runs": sum(not one.is_exact for told in runs.values() for one in told)
    }
    for name, told in runs.items():
        exact = sorted((one for one in told if one.is_exact), key=lambda one: one.ratio)
        if exact:
            median = exact[len(exact) // 2]
            results |= {
                f"whole_path_{name}_ratio": round(median.ratio, 3),
                f"whole_path_{name}_events_per_cpu_s": round(median.events_per_cpu_s),
                f"whole_path_{name}_facts_per_click": round(median.facts_per_click, 4),
            }
    return results


def _tell(number: int, name: str, one: Run) -> None:
    verdict = "exact" if one.is_exact else f"VOID: {one.missing} triggers missing, {one.surplus} too many"
    print(
        f"  round {number}, {name}: ours {one.events_per_cpu_s:,.0f}, bare {one.bare_per_cpu_s:,.0f} events/CPU-s,",
        f"ratio {one.ratio:.2f}, {one.facts_per_click:.2f} facts a click; {verdict}",
        flush=True,
    )


def run(open_shop: Callable[[], Shop], events: int, signed_in: float) -> Run:
    """A day on new topics, folded by a worker, then read barely."""
    start_s = cpu_of_start(open_shop())
    shop = open_shop()
    told = day(events, time.time_ns() // 1_000_000 - AGE_MS)
    wanted = expected(told, signed_in)
    records = asyncio.run(fill(shop, said(told, signed_in)))
    worker = shop.start(*ROLES, **LATENESS)
    done = partial(is_done, worker, records, len(wanted))
    wait_until(done, "all triggers are committed", every_s=0.5, within_s=RUN_S_MAX)
    spent_s, facts = cpu_seconds(worker.process.pid) - start_s, total(worker.metrics(), "facts")
    worker.stop()
    got: list[Occasion] = [occasion(trigger) for trigger in fired(shop.records(Topic.TRIGGERS))]
    yardstick = run_bare(shop)
    return Run(
        events_per_cpu_s=events / spent_s,
        bare_per_cpu_s=yardstick["events"] / yardstick["cpu_s"],
        facts_per_click=facts / records[Topic.CLICKSTREAM],
        missing=len(wanted - set(got)),
        surplus=len(got) - len(wanted & set(got)),
    )


def cpu_of_start(shop: Shop) -> float:
    """What a worker spends until it reads its partitions, which are empty, CPU s."""
    worker = shop.start(*ROLES, **LATENESS)
    wait_until(partial(is_ready, worker), "the worker is ready", every_s=0.25)
    spent_s = cpu_seconds(worker.process.pid)
    worker.stop()
    return spent_s


def is_ready(worker: Worker) -> bool:
    """Whether all roles read their partitions."""
    shown = worker.metrics()
    return all(shown.get(("afterclick_ready", role)) == 1 for role in ROLES)


def is_done(worker: Worker, records: Mapping[Topic, int], triggers: int) -> bool:
    """Whether all records and all facts told have been folded, and so many triggers are committed."""
    assert worker.process.poll() is None, worker.log.read_text()[-3000:]
    shown = worker.metrics()
    read = all(total(shown, "records", topic) >= number for topic, number in records.items())
    folded = sum(total(shown, "records", inbox, outcome) for inbox in INBOXES for outcome in ("applied", "late"))
    # What is withdrawn from somebody of whom nothing is known is ignored, as are mere watermarks.
    facts = total(shown, "facts") - total(shown, "facts", "withdrawn")
    return read and folded >= facts and total(shown, "decisions", "fired") >= triggers


def total(shown: Shown, name: str, *labels: str) -> float:
    """The sum of a counter's series that have these labels."""
    return sum(
        value
        for (series, *has), value in shown.items()
        if series == f"afterclick_{name}_total" and all(label in has for label in labels)
    )


async def fill(shop: Shop, records: Iterable[Said]) -> Counter[Topic]:
    """Put the records on their topics in that order; how many each topic has got."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap, max_batch_size=BATCH_BYTES)
    await producer.start()
    told: Counter[Topic] = Counter()
    batches: dict[tuple[Topic, int], Any] = {}
    for topic, key, value, at in records:
        place = topic, partition_of(key, shop.partitions)
        batch = batches.get(place) or batches.setdefault(place, producer.create_batch())
        if batch.append(key=key, value=value, timestamp=at) is None:
            await producer.send_batch(batch, shop.settings.topic(topic), partition=place[1])
            batches[place] = producer.create_batch()
            batches[place].append(key=key, value=value, timestamp=at)
        told[topic] += 1
    for (topic, number), batch in batches.items():
        await producer.send_batch(batch, shop.settings.topic(topic), partition=number)
    await producer.stop()
    return told
