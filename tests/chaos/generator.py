"""The shop's pages and its back office: plays households in real time, and keeps a ledger of what Kafka acknowledged.

A process of its own: `python -m tests.chaos.generator BOOTSTRAP PREFIX SEED FACTOR LATENESS_MS PER_S LEDGER`. It obeys
lines on its standard input: `mass COUNT` and `stop`.

An event gets its time when it is handed to Kafka. While a partition does not acknowledge, what belongs there waits in
an outbox, as in a tracker that stamps on sending: so an outage makes a burst, and no flood of late records. A record
whose fate is unknown is sent again as it was, with its old time.
"""

import asyncio
import heapq
import itertools
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from tests.chaos.households import CLICKS, Act, Household, households
from tests.chaos.rules import Waits

PARTITIONS = 4
REQUEST_TIMEOUT_MS = 12_000
GIVE_UP_S = 20.0
UNACKNOWLEDGED_MAX = 150
"""Per partition: beyond that, and when one is older than STALLED_S, what comes waits in the outbox."""
STALLED_S = 0.4
PUMP_S = 0.02
AGAIN_S = 1.0
MASS_LEAD_S = 12.0
MASS_BATCH_BYTES = 256 * 1024

Outlet = tuple[str, int]


class Outbox:
    """One partition's records on their way."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Household, Act]] = deque()
        self.unacknowledged: dict[int, float] = {}

    def is_open(self, now: float) -> bool:
        """Whether the partition takes more."""
        if len(self.unacknowledged) >= UNACKNOWLEDGED_MAX:
            return False
        oldest = next(iter(self.unacknowledged.values()), now)
        return now - oldest < STALLED_S


def partition_of(key: bytes) -> int:
    """Where Kafka's producers put the key."""
    return int(murmur2(key) & 0x7FFF_FFFF) % PARTITIONS


def now_ms() -> int:
    """The wall clock, ms."""
    return time.time_ns() // 1_000_000


class Generator:
    """Plays until it is told to stop."""

    def __init__(self, bootstrap: str, prefix: str, seed: int, waits: Waits, per_s: float, ledger: Path) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._waits = waits
        self._per_s = per_s
        self._households = households(seed, waits)
        self._ledger = ledger.open("wb")
        self._producer: AIOKafkaProducer | None = None
        self._renewing = asyncio.Lock()
        self._outboxes: dict[Outlet, Outbox] = {}
        self._numbers = itertools.count()
        self._agenda: list[tuple[float, int, Household, Act, bool]] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self.made = 0

    async def run(self) -> None:
        """Play, obey, flush, end."""
        self._producer = await self._start_producer()
        reader = asyncio.create_task(self._obey())
        born = time.monotonic()
        told = 0.0
        while not self._stopped.is_set():
            now = time.monotonic()
            while born <= now:
                self._begin(next(self._households), born)
                born += 1 / self._per_s
            self._act(now)
            self._pump(now)
            if now - told >= 1:
                told = now
                self._tell()
            await asyncio.sleep(PUMP_S)
        while any(outbox.waiting for outbox in self._outboxes.values()) or self._sending:
            self._pump(time.monotonic())
            await asyncio.sleep(PUMP_S)
        reader.cancel()
        await self._started().stop()
        self._tell()
        self._ledger.close()

    def _begin(self, household: Household, at: float) -> None:
        for act in household.acts:
            heapq.heappush(self._agenda, (at + act.at_s, next(self._numbers), household, act, False))

    def _act(self, now: float) -> None:
        agenda = self._agenda
        while agenda and agenda[0][0] <= now:
            _, _, household, act, is_stamped = heapq.heappop(agenda)
            if act.held_s and not is_stamped:
                said = Act(act.at_s, act.topic, act.key, {**act.body, "occurred_at": now_ms()}, raw=act.raw)
                heapq.heappush(agenda, (now + act.held_s, next(self._numbers), household, said, True))
            else:
                outlet = act.topic, partition_of(act.key.encode())
                outbox = self._outboxes.setdefault(outlet, Outbox())
                outbox.waiting.append((household, act))

    def _pump(self, now: float) -> None:
        for outlet, outbox in self._outboxes.items():
            while outbox.waiting and outbox.is_open(now):
                household, act = outbox.waiting.popleft()
                said = act.body if "occurred_at" in act.body else {**act.body, "occurred_at": now_ms()}
                value = act.raw if act.raw is not None else orjson.dumps(said)
                self._hand(outlet, outbox, household, act, said, value)
                if act.again:
                    repeat = Act(act.at_s, act.topic, act.key, said)
                    heapq.heappush(self._agenda, (now + AGAIN_S, next(self._numbers), household, repeat, True))

    def _hand(
        self, outlet: Outlet, outbox: Outbox, household: Household, act: Act, said: dict[str, object], value: bytes
    ) -> None:
        self.made += 1
        number = next(self._numbers)
        outbox.unacknowledged[number] = time.monotonic()
        line = {"id": said.get("event_id"), "topic": act.topic, "group": household.number, "plot": household.plot}
        task = asyncio.create_task(self._deliver(outlet, outbox, number, act.key.encode(), value, line))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(
        self, outlet: Outlet, outbox: Outbox, number: int, key: bytes, value: bytes, line: dict[str, object]
    ) -> None:
        topic, partition = outlet
        handed, tries = now_ms(), 0
        while True:
            producer, tries = self._started(), tries + 1
            try:
                async with asyncio.timeout(GIVE_UP_S):
                    sent = await producer.send(self._prefix + topic, value, key, partition=partition)
                    written = await sent
                break
            # A producer that is stopped may cancel what it still had, or leave it for ever.
            except (KafkaError, RuntimeError, AssertionError, TimeoutError, asyncio.CancelledError):
                await self._renew(producer)
        del outbox.unacknowledged[number]
        line |= {"handed": handed, "acked": now_ms(), "partition": partition, "offset": written.offset, "tries": tries}
        self._ledger.write(orjson.dumps(line) + b"\n")

    async def _renew(self, failed: Any) -> None:
        """An idempotent producer that gave a batch up is of no more use."""
        async with self._renewing:
            is_in_use = self._producer is failed
            if is_in_use:
                stopping = asyncio.create_task(failed.stop())
                await asyncio.wait([stopping], timeout=2)
                self._producer = await self._start_producer()

    async def _start_producer(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                enable_idempotence=True,
                acks="all",
                linger_ms=5,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                metadata_max_age_ms=5000,
            )
            try:
                await producer.start()
            except (KafkaError, OSError):
                await producer.stop()
                await asyncio.sleep(0.5)
            else:
                return producer

    async def _obey(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).split():
            if line[0] == b"mass":
                await self._mass(int(line[1]))
            elif line[0] == b"stop":
                break
        self._stopped.set()

    async def _mass(self, count: int) -> None:
        """So many visitors look at a page within one second, which is prepared ahead of time."""
        start = (now_ms() // 1000 + 2 + int(MASS_LEAD_S) * count // 100_000) * 1000
        producer = self._started()
        batches = await asyncio.to_thread(self._mass_batches, producer, count, start)
        await asyncio.sleep(max(0.0, (start + 1000 - now_ms()) / 1000))
        handed = now_ms()
        acked = await asyncio.gather(*(self._send_mass(producer, *own) for own in batches.items()))
        line = {"id": "mass", "mass": count, "start": start, "handed": handed, "acked": dict(acked)}
        self._ledger.write(orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS) + b"\n")

    async def _send_mass(
        self, producer: AIOKafkaProducer, partition: int, batches: list[Any]
    ) -> tuple[int, int | None]:
        """When the last of a partition's batches was acknowledged, ms; None if one failed."""
        try:
            for batch in batches:
                batch.close()
                sent = await producer.send_batch(batch, self._prefix + CLICKS, partition=partition)
                await sent
        except KafkaError:
            return partition, None
        return partition, now_ms()

    def _mass_batches(self, producer: AIOKafkaProducer, count: int, start: int) -> dict[int, list[Any]]:
        batches: dict[int, list[Any]] = {}
        for number in range(count):
            visitor = f"m{start}-{number}"
            key = visitor.encode()
            value = b'{"event_id":"x%s","type":"page_viewed","visitor_id":"%s","occurred_at":%d}' % (
                key,
                key,
                start + number * 1000 // count,
            )
            own = batches.setdefault(partition_of(key), [])
            if not own or own[-1].append(key=key, value=value, timestamp=start) is None:
                own.append(producer.create_batch())
                own[-1].append(key=key, value=value, timestamp=start)
        return batches

    def _started(self) -> AIOKafkaProducer:
        assert self._producer is not None
        return self._producer

    def _tell(self) -> None:
        waiting = sum(len(outbox.waiting) for outbox in self._outboxes.values())
        self._ledger.flush()
        told = {"at": now_ms(), "made": self.made, "outbox": waiting, "unacknowledged": len(self._sending)}
        print(orjson.dumps(told).decode(), flush=True)


def main() -> None:
    """Play as the command line says."""
    bootstrap, prefix, seed, factor, lateness_ms, per_s, ledger = sys.argv[1:]
    waits = Waits(int(factor), int(lateness_ms))
    asyncio.run(_run(bootstrap, prefix, int(seed), waits, float(per_s), Path(ledger)))


async def _run(bootstrap: str, prefix: str, seed: int, waits: Waits, per_s: float, ledger: Path) -> None:
    await Generator(bootstrap, prefix, seed, waits, per_s, ledger).run()


if __name__ == "__main__":
    main()
