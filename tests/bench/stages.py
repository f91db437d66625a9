"""The stages of the whole path in one process, without a broker: where the CPU time goes, and what each of them writes.

Four partitions of each topic in turn, a batch each. CPU time is told by role and phase: `clicks` is the reading of
clicks, their visits and what their facts do on arrival, `orders` the reading of orders, `facts` what an inbox says,
`time` what W lets pass (folds, timers), `take` the state as bytes, `batches` those and the outputs as Kafka's record
batches. What a worker does besides (fetches, compression, the event loop) is not in it.

So that the phases part, a visitor hears of the orders' W after its clicks, and only as far as they have come; its state
is written once after both, as it would be had it known before. Bytes are those of a backlog, in which a visitor is
written once for many clicks: live it is written more often.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from agents.core import core
from agents.garbage import collect_rarely
from agents.rulebook_file import SHIPPED, load_rulebook
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.layout import Layout
from streams.partitions import partition_of
from streams.profiles.customer_stage import CustomerStage
from streams.replay import Given
from streams.stage import Batch, Effects, Stage
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from tests.bench.expected import Occasion, expected
from tests.bench.shop_day import Event, day, said
from tests.e2e.shop import fired, occasion

PARTITIONS = 4
LATENESS_MS = 5000
AGE_MS = 65 * 60_000
"""How old the latest event is: every cart and browse abandonment of the day is due."""
RECORDS_MAX = 20_000
"""How many clicks of a partition are folded at once."""
BATCH_BYTES = 1 << 18
ROUNDS_MAX = 10
"""So often the inboxes are read after the last click: what a stage says to another is carried on as often at most."""

Pair = tuple[bytes, bytes]
Json = dict[str, Any]
INBOXES = (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX)
ROLES = ("sessions", "intake", "customers")


class Site:
    """Four partitions of everything. `seconds` are by role and phase, `numbers` and `sizes` of records by what they
    are."""

    def __init__(self, now_ms: int, rules: str = "plain") -> None:
        rulebook = load_rulebook(SHIPPED / f"{rules}.yaml")
        layout = Layout(dict.fromkeys(Topic, PARTITIONS))
        self.now = now_ms
        self.sessions = [SessionStage(number, rulebook, layout, LATENESS_MS) for number in range(PARTITIONS)]
        self.intake = [
            IntakeStage(Topic.ORDERS, number, LATENESS_MS, rulebook=rulebook) for number in range(PARTITIONS)
        ]
        self.customers = [CustomerStage(number, rulebook, layout) for number in range(PARTITIONS)]
        self.inboxes: dict[Topic, list[list[Pair]]] = {topic: [[] for _ in range(PARTITIONS)] for topic in INBOXES}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.numbers: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.triggers: list[Json] = []

    def run(self, clicks: Sequence[Sequence[Pair]], orders: Sequence[Sequence[Pair]]) -> None:
        """Fold all of it, orders first, and let the time of now pass."""
        for intake, records in zip(self.intake, orders, strict=True):
            self._fold("intake", "orders", intake, Topic.ORDERS, records, asked_ms=self.now)
            self._take("intake", intake)
        for begin in range(0, max(map(len, clicks)), RECORDS_MAX):
            for stage, records in zip(self.sessions, clicks, strict=True):
                asked = self.now if begin + RECORDS_MAX >= len(records) else None
                some = records[begin : begin + RECORDS_MAX]
                self._fold("sessions", "clicks", stage, Topic.CLICKSTREAM, some, asked_ms=asked)
            self._read_inboxes()
        for _ in range(ROUNDS_MAX):
            self._read_inboxes()
        assert not any(any(waiting) for waiting in self.inboxes.values()), "what is said to each other never ends"

    def _read_inboxes(self) -> None:
        """Each stage takes what it was told, then hears how far time has come."""
        known = {name: at for stage in self.intake for name, at in stage.watermarks.items() if at}
        for number, visitors in enumerate(self.sessions):
            clicks_w = visitors.gauges()["watermark_timestamp_seconds", Topic.CLICKSTREAM.value, str(number)]
            heard = {name: min(at, round(clicks_w * 1000)) for name, at in known.items()}
            self._read("sessions", visitors, Topic.VISITOR_INBOX, number, heard)
        known |= {name: at for stage in self.sessions for name, at in stage.watermarks.items() if at}
        for number, customers in enumerate(self.customers):
            self._read("customers", customers, Topic.CUSTOMER_INBOX, number, known)

    def _read(self, role: str, stage: Stage, inbox: Topic, number: int, known: Mapping[str, int]) -> None:
        waiting, self.inboxes[inbox][number] = self.inboxes[inbox][number], []
        if waiting:
            self._fold(role, "facts", stage, inbox, waiting)
        self._fold(role, "time", stage, inbox, [(WATERMARKS_KEY, orjson.dumps(known))])
        self._take(role, stage)

    def _fold(
        self, role: str, phase: str, stage: Stage, topic: Topic, pairs: Sequence[Pair], asked_ms: int | None = None
    ) -> None:
        position = stage.positions[topic]
        records = [Given(key, value, position + place, self.now, 1) for place, (key, value) in enumerate(pairs)]
        batch = Batch(topic, records, position + len(records), asked_ms, self.now)
        began = time.process_time()
        stage.fold(batch)
        self.seconds[f"{role} {phase}"] += time.process_time() - began

    def _take(self, role: str, stage: Stage) -> None:
        began = time.process_time()
        effects = stage.take()
        self.seconds[f"{role} take"] += time.process_time() - began
        self._send(role, effects)

    def _send(self, role: str, effects: Effects) -> None:
        """Write the effects as record batches, then count them and put facts into their inboxes."""
        began = time.process_time()
        by: defaultdict[tuple[str, int], list[tuple[bytes, bytes | None, Any]]] = defaultdict(list)
        for out in effects.outputs:
            by[out.topic.value, partition_of(out.key, PARTITIONS)].append((out.key, out.value, out.headers))
        by["changelog", 0] = [(key, value, ()) for key, value in effects.changelog]
        for records in by.values():
            write(records, self.now)
        self.seconds[f"{role} batches"] += time.process_time() - began
        for (name, number), records in by.items():
            self.numbers[f"{role} {name}"] += len(records)
            self.sizes[f"{role} {name}"] += sum(len(key) + len(value or b"") for key, value, _ in records)
            self._deliver(name, number, [(key, value) for key, value, _ in records if value is not None])

    def _deliver(self, name: str, number: int, pairs: Sequence[Pair]) -> None:
        if name in INBOXES:
            self.inboxes[Topic(name)][number] += pairs
            for line in b"\n".join(value for _, value in pairs).splitlines():
                self.numbers[f"{name} {orjson.loads(line)['fact']}"] += 1
        elif name == Topic.TRIGGERS:
            self.triggers += [orjson.loads(value) for _, value in pairs]


def write(records: Sequence[tuple[bytes, bytes | None, Any]], now_ms: int) -> None:
    """The records as Kafka's record batches, which nobody sends."""
    batch, place = None, 0
    for key, value, headers in records:
        if batch is None or batch.append(place, now_ms, key, value, list(headers)) is None:
            batch, place = DefaultRecordBatchBuilder(2, 0, 1, -1, -1, -1, BATCH_BYTES), 0
            batch.append(place, now_ms, key, value, list(headers))
        place += 1
    if batch is not None:
        batch.build()


def sources(events: Sequence[Event], signed_in: float) -> dict[Topic, list[list[Pair]]]:
    """The events as records by topic and partition."""
    by: dict[Topic, list[list[Pair]]] = {
        topic: [[] for _ in range(PARTITIONS)] for topic in (Topic.CLICKSTREAM, Topic.ORDERS)
    }
    for topic, key, value, _ in said(events, signed_in):
        by[topic][partition_of(key, PARTITIONS)].append((key, value))
    return by


def measure(count: int, signed_in: float, rules: str = "plain") -> dict[str, object]:
    """So many events, that share of the visitors signed in, those of the shipped rules: µs, facts and bytes a click.
    Fails if the triggers of the plain rules are not those of the batch computation."""
    now = time.time_ns() // 1_000_000
    events = day(count, now - AGE_MS)
    by = sources(events, signed_in)
    clicks = sum(map(len, by[Topic.CLICKSTREAM]))
    site = Site(now, rules)
    collect_rarely()
    site.run(by[Topic.CLICKSTREAM], by[Topic.ORDERS])
    got: list[Occasion] = [occasion(trigger) for trigger in fired(site.triggers)]
    assert len(got) == len(set(got))
    assert rules != "plain" or set(got) == expected(events, signed_in), "other triggers than the batch computation's"
    told = sum(number for what, number in site.numbers.items() if what.startswith(Topic.CUSTOMER_INBOX.value + " "))
    customers_s = sum(spent for what, spent in site.seconds.items() if what.startswith("customers "))
    whole = sum(site.seconds.values())
    return {
        "core": core(),
        "rules": rules,
        "signed_in": signed_in,
        "events": count,
        "triggers": len(got),
        "events_per_cpu_s": round(count / whole),
        "customers_facts_per_cpu_s": round(told / customers_s),
        "us_per_click": round(whole / clicks * 1e6, 2),
        "us_per_click_by_phase": _each(site.seconds, clicks / 1e6, 2),
        "click_bytes": round(sum(len(value) for part in by[Topic.CLICKSTREAM] for _, value in part) / clicks),
        "facts_per_click": round(
            sum(number for what, number in site.numbers.items() if what.partition(" ")[0] in INBOXES) / clicks, 4
        ),
        "records_per_click": _each(site.numbers, clicks, 4),
        "bytes_per_click": _each(site.sizes, clicks, 1),
    }


def _each(counted: Mapping[str, float], by: float, digits: int) -> dict[str, float]:
    return {name: round(number / by, digits) for name, number in sorted(counted.items()) if number}
