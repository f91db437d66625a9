"""One run of the demo on a Kafka that is up: worker, receiver, shop or recording, screen, and the sum at the end."""

import asyncio
import base64
import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agents.demo.broker.ports import free_ports
from agents.demo.closing import close
from agents.demo.dates import dated, moment, rulebook_for
from agents.demo.feed import Feed
from agents.demo.history import history
from agents.demo.receiver import Receiver
from agents.demo.recording import Recording
from agents.demo.scrape import Scrape
from agents.demo.screen import FullScreen, PlainLines
from agents.demo.sending import Sender
from agents.demo.shop import EVERY_KIND_WITHIN_S, shop
from agents.demo.signals import sigterm_cancels
from agents.demo.summary import checks, consumed, fired, is_decided, is_quiet, kinds_of
from agents.demo.watch import Watch, behind_s
from agents.demo.words import clock, short
from agents.demo.worker_process import WorkerProcess
from agents.rulebook_file import load_rulebook
from agents.settings.settings import KafkaSettings, Settings
from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic

PARTITIONS = 2
LATENESS_MS = 1000
FETCH_WAIT_MS = 100
SECRET_BYTES = 32
DATES_COME_AFTER_S = 45.0
"""From when Kafka is up: the worker is ready in some seconds, and whoever tells of a birthday does so in two."""
DECIDED_WITHIN_S = 40.0
DELIVERED_WITHIN_S = 20.0
CAUGHT_UP_S = 10.0
PATIENCE_S = 60.0
FOREVER_S = 365 * 86_400.0
FAILED = 1
INTERRUPTED = 130


@dataclass(slots=True, frozen=True)
class Plan:
    """What is to be played: a recording, or the shop for so many seconds or for ever."""

    recording: Recording | None
    forever: bool
    seconds: float
    seed: int
    plain_output: bool


class Performance:
    """Everything that runs besides Kafka; `folder` is for its files."""

    def __init__(self, plan: Plan, bootstrap: str, folder: Path, console: Console) -> None:
        self._plan = plan
        self._folder = folder
        self._console = console
        # Not from the environment: what is set for a real cluster must not reach the demo.
        self._settings = Settings.model_construct(kafka=KafkaSettings(bootstrap=bootstrap))
        self._secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        self._dates_come = moment(time.time_ns() // 1_000_000 + int(DATES_COME_AFTER_S * 1000))
        is_shop = plan.recording is None
        self._rulebook = rulebook_for(self._dates_come) if is_shop else load_rulebook(Path("plain"))
        self._kinds = kinds_of(self._rulebook)
        self._demanded: frozenset[str] = frozenset()
        self._receiver = Receiver(self._secret, plan.seed)
        self._sender = Sender(self._settings)

    async def run(self) -> int:
        """Play it; the exit code."""
        await apply(self._settings, declared_topics(partitions=PARTITIONS, replication=1))
        async with AsyncExitStack() as stack:
            stack.enter_context(sigterm_cancels())
            await self._receiver.start()
            stack.push_async_callback(self._receiver.stop)
            await stack.enter_async_context(self._sender)
            await self._load()
            worker = await stack.enter_async_context(self._start_worker())
            await self._wait_ready(worker)
            since_ms = time.time_ns() // 1_000_000 if self._plan.recording is None else 0
            feed = await stack.enter_async_context(Feed(self._settings, since_ms))
            watch, was_interrupted = await self._watched(worker, feed)
            code = await worker.stop()
        return self._interrupted(watch, code) if was_interrupted else self._judge(watch, code)

    async def _load(self) -> None:
        recording = self._plan.recording
        began_s = time.monotonic()
        if recording is None:
            orders = history(self._dates_come.date())
            await self._sender.load((Topic.ORDERS, order.customer, order.value) for order in orders)
            await self._sender.flush()
            self._done(f"{len(orders)} orders of the year before are loaded", began_s)
            return
        with self._console.status(f"Loading {len(recording.records):,} records …"):
            await self._sender.load(recording.moved_to_end(time.time_ns() // 1_000_000))
            await self._sender.flush()
        skipped = f"; {recording.skipped:,} lines were not understood" if recording.skipped else ""
        self._done(f"{len(recording.records):,} records of {recording.days:.0f} days are loaded{skipped}", began_s)

    def _start_worker(self) -> WorkerProcess:
        rulebook = self._folder / "rulebook.yaml"
        rulebook.write_bytes(self._rulebook.canonical)
        data_dir = self._folder / "worker"
        data_dir.mkdir()
        (port,) = free_ports(1)
        settings = {
            "APP": "afterclick-demo",
            "RULEBOOK": str(rulebook),
            "DATA_DIR": str(data_dir),
            "WEB__PORT": str(port),
            "KAFKA__BOOTSTRAP": self._settings.kafka.bootstrap,
            "KAFKA__FETCH_MAX_WAIT_MS": str(FETCH_WAIT_MS),
            "LATENESS__CLICKSTREAM_MS": str(LATENESS_MS),
            "LATENESS__ORDERS_MS": str(LATENESS_MS),
            "LATENESS__CATALOG_MS": str(LATENESS_MS),
            "DISPATCH__DESTINATIONS__DEFAULT__URL": self._receiver.url,
            "DISPATCH__DESTINATIONS__DEFAULT__SECRET": self._secret,
            "DISPATCH__DESTINATIONS__DEFAULT__RETRY_BASE_S": "1",
            "DISPATCH__DESTINATIONS__DEFAULT__CONCURRENCY": "32",
        }
        return WorkerProcess(settings, port, self._folder / "worker.log")

    async def _wait_ready(self, worker: WorkerProcess) -> None:
        began_s = time.monotonic()
        with self._console.status("Starting the worker …"):
            await worker.wait_ready()
        self._done(f"the worker is ready, with all roles; {worker.metrics_url}", began_s)

    async def _watched(self, worker: WorkerProcess, feed: Feed) -> tuple[Watch, bool]:
        """Play, and show it; whether Ctrl-C or SIGTERM ended it."""
        plan = self._plan
        reading = asyncio.create_task(feed.read())
        with PlainLines(self._console) if plan.plain_output else FullScreen(self._console) as screen:
            watch = Watch(worker, feed, screen, [reading], self._kinds)
            try:
                await (self._open_shop(watch) if plan.recording is None else self._catch_up(watch, plan.recording))
            except asyncio.CancelledError:
                return watch, True
            finally:
                reading.cancel()
        return watch, False

    async def _open_shop(self, watch: Watch) -> None:
        plan = self._plan
        watch.title = f"seed {plan.seed}"
        watch.phase = "the shop is open"
        if plan.seconds >= EVERY_KIND_WITHIN_S:
            in_time = time.time() + EVERY_KIND_WITHIN_S / 2 < self._dates_come.timestamp()
            self._demanded = frozenset(self._kinds) - (frozenset() if in_time else dated(self._rulebook))
        watch.seconds = None if plan.forever else plan.seconds
        playing = asyncio.create_task(self._sender.play(shop(plan.seed, self._dates_come.date())))
        watch.beside.append(playing)
        try:
            await watch.until(lambda _: False, FOREVER_S if plan.forever else plan.seconds)
        finally:
            watch.beside.remove(playing)
            playing.cancel()
        await self._sender.flush()
        watch.phase = "the shop is closed, finishing up"
        produced = self._sender.acknowledged
        await watch.until(
            lambda scrape: is_decided(scrape, time.time()) and is_quiet(scrape, produced), DECIDED_WITHIN_S
        )
        await watch.until(lambda scrape: is_quiet(scrape, produced), DELIVERED_WITHIN_S)

    async def _catch_up(self, watch: Watch, recording: Recording) -> None:
        watch.phase = f"working through {len(recording.records):,} records of {recording.days:.0f} days"
        produced = self._sender.acknowledged

        def is_over(scrape: Scrape) -> bool:
            behind = behind_s(scrape)
            return behind is not None and behind < CAUGHT_UP_S and is_quiet(scrape, produced)

        await watch.until(is_over, FOREVER_S, patience_s=PATIENCE_S)

    def _judge(self, watch: Watch, code: int) -> int:
        """Print the sum; the exit code."""
        produced, tally = self._sender.acknowledged, self._receiver.tally
        lines = checks(watch.scrape, produced, tally, code, self._kinds, demanded=self._demanded)
        return 0 if close(self._console, watch.kinds(tally.by_kind()), lines) else FAILED

    def _interrupted(self, watch: Watch, code: int) -> int:
        """Print how far it came; the exit code. Without an end of its own, Ctrl-C is the end."""
        scrape = watch.scrape
        total, delivered = sum(fired(scrape).values()), scrape.total("deliveries", state="delivered")
        self._console.print(
            f"Stopped after {clock(watch.elapsed_s)}: {consumed(scrape):,} events in, "
            f"{total:,} triggers fired, {delivered:,} delivered. The worker ended with exit code {code}."
        )
        return code and FAILED if self._plan.forever else INTERRUPTED

    def _done(self, text: str, began_s: float) -> None:
        took = short(time.monotonic() - began_s)
        self._console.print(f"[green]✓[/green] {text} ({took})", soft_wrap=True)
