"""The watch: when something is over, when patience is, and what the screen is told; and the worker that ends early."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from prometheus_client import generate_latest

from agents.demo import watch as watching
from agents.demo.failure import DemoFailed
from agents.demo.feed import Feed
from agents.demo.scrape import Scrape
from agents.demo.snapshot import FeedLine, Snapshot
from agents.demo.summary import consumed
from agents.demo.watch import Watch, behind_s
from agents.demo.worker_process import WorkerProcess
from agents.settings.settings import KafkaSettings, Settings
from agents.web.metrics import Metrics
from schemas.topics import Topic
from tests.waiting import WITHIN_S

KINDS = ("exit_intent", "lapse")


def page(**counts: int) -> Scrape:
    """What the worker tells: so many clicks by outcome."""
    metrics = Metrics()
    for outcome, number in counts.items():
        metrics.count("records", Topic.CLICKSTREAM.value, outcome, by=number)
    return Scrape(generate_latest(metrics.registry).decode())


class Worker(WorkerProcess):
    """Answers with these pages, then with the last for ever; None is no answer."""

    def __init__(self, *pages: Scrape | None) -> None:
        self._pages = deque(pages)

    async def scrape(self) -> Scrape | None:
        return self._pages.popleft() if len(self._pages) > 1 else self._pages[0]


class Screen:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Snapshot] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, snapshot: Snapshot, news: Sequence[FeedLine]) -> None:
        self.shown.append(snapshot)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "DRAW_EVERY_S", 0.001)
    monkeypatch.setattr(watching, "SCRAPE_EVERY_S", 0.002)


def watch_of(*pages: Scrape | None, beside: "Sequence[asyncio.Task[Any]]" = ()) -> tuple[Watch, Screen]:
    """A watch over a worker that tells this."""
    screen = Screen()
    feed = Feed(Settings.model_construct(kafka=KafkaSettings()))
    return Watch(Worker(*pages), feed, screen, list(beside), KINDS), screen


async def test_it_is_over_when_several_looks_in_a_row_say_so() -> None:
    """One may fall between two stages."""
    watch, screen = watch_of(page(applied=1), page(applied=5), page(applied=2), None, page(applied=5))
    assert await watch.until(lambda scrape: consumed(scrape) == 5, bound_s=WITHIN_S)
    assert [shown.events for shown in screen.shown if shown.events == 2]
    assert screen.shown[-1].events == 5


async def test_it_gives_up_at_the_bound() -> None:
    """What holds then is the summary's business."""
    watch, _ = watch_of(page(applied=1))
    assert not await watch.until(lambda _: False, bound_s=0.05)


async def test_it_gives_up_when_nothing_happens_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording has no bound, but progress. Each look at this clock takes a millisecond, and nothing else does."""
    looks = count()
    monkeypatch.setattr(watching, "time", SimpleNamespace(monotonic=lambda: next(looks) / 1000, time=lambda: 0.0))
    watch, _ = watch_of(*(page(applied=number) for number in range(50)))
    assert not await watch.until(lambda _: False, bound_s=60, patience_s=0.1)
    assert consumed(watch.scrape) == 49


async def test_what_fails_beside_ends_it() -> None:
    """The player, for example."""

    async def fails() -> None:
        raise OSError("no leader")

    watch, _ = watch_of(page(), beside=[asyncio.create_task(fails())])
    with pytest.raises(OSError, match="no leader"):
        await watch.until(lambda _: False, bound_s=WITHIN_S)


async def test_the_screen_is_told_what_the_numbers_say() -> None:
    """All kinds, also those that have not fired; outcomes over all topics; what stands against a trigger, by number."""
    metrics = Metrics()
    metrics.count("records", Topic.CLICKSTREAM.value, "applied", by=7)
    metrics.count("records", Topic.ORDERS.value, "applied", by=2)
    metrics.count("records", "customer-inbox", "applied", by=99)
    metrics.count("decisions", "fired", "lapse", "due", by=3)
    metrics.count("decisions", "ended", "cart_abandonment", "ordered", by=4)
    metrics.count("decisions", "ended", "browse_abandonment", "ordered", by=1)
    metrics.count("decisions", "suppressed", "lapse", "opted_out", by=2)
    metrics.count("deliveries", "default", "delivered", by=2)
    metrics.count("attempts", "default", "delivered", by=2)
    metrics.count("attempts", "default", "ambiguous", by=1)
    metrics.gauge("open_sessions", "0", value=3)
    metrics.gauge("open_sessions", "1", value=4)
    watch, screen = watch_of(Scrape(generate_latest(metrics.registry).decode()))
    watch.phase = "the shop is open"
    assert await watch.until(lambda _: True, bound_s=WITHIN_S)
    shown = screen.shown[-1]
    assert (shown.events, shown.outcomes, shown.sessions) == (9, {"applied": 9}, 7)
    assert [(line.kind, line.fired) for line in shown.kinds] == [("exit_intent", 0), ("lapse", 3)]
    assert [line.delivered for line in watch.kinds({"lapse": 2})] == [0, 2]
    assert shown.verdicts == (("ended", "ordered", 5), ("suppressed", "opted_out", 2))
    assert shown.deliveries == {"delivered": 2, "under way": 1}
    assert shown.repeated_calls == 1
    assert shown.behind_s is None


def test_a_gate_at_zero_is_unknown() -> None:
    """Nothing has been heard of some partition yet."""
    metrics = Metrics()
    metrics.gauge("gate_timestamp_seconds", "sessions", "0", value=0)
    assert behind_s(Scrape(generate_latest(metrics.registry).decode())) is None


async def test_a_worker_that_ends_early_says_why(tmp_path: Path) -> None:
    """In one sentence, from its log."""
    settings = {"RULEBOOK": str(tmp_path / "none.yaml")}
    async with WorkerProcess(settings, 1, tmp_path / "worker.log") as worker:
        with pytest.raises(DemoFailed, match=r"exit code 78.*none\.yaml"):
            await worker.wait_ready()


async def test_a_worker_that_is_killed_says_so(tmp_path: Path) -> None:
    """It has no last words."""
    async with WorkerProcess({}, 1, tmp_path / "worker.log") as worker:
        worker.kill()
        with pytest.raises(DemoFailed, match="killed by signal 9"):
            await worker.wait_ready()
