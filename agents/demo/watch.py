"""Keeps an eye on everything while the demo runs: scrapes the worker, reads the feed, fills the screen."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from math import inf

from agents.demo.feed import Feed
from agents.demo.scrape import Scrape
from agents.demo.screen import Screen
from agents.demo.snapshot import KindLine, Snapshot
from agents.demo.summary import NOT_SENT, consumed, fired, under_way
from agents.demo.worker_process import WorkerProcess
from schemas.topics import SOURCES

DRAW_EVERY_S = 0.25
SCRAPE_EVERY_S = 1.0
CALM_SCRAPES = 3
"""How many scrapes in a row must agree that something is over: what is between two stages shows in neither."""
RATES_KEPT = 200
FEED_LINES = 100


class Watch:
    """`phase`, `title` and `seconds` are what the screen says is going on, and for how long. Tasks in `beside` run
    meanwhile; the error of one is raised here. `kinds` are shown, in this order."""

    def __init__(
        self,
        worker: WorkerProcess,
        feed: Feed,
        screen: Screen,
        beside: list["asyncio.Task[None]"],
        kinds: Sequence[str],
    ) -> None:
        self.phase = ""
        self.title = ""
        self.seconds: float | None = None
        self.scrape = Scrape()
        self.beside = beside
        self._worker = worker
        self._feed = feed
        self._screen = screen
        self._kinds = kinds
        self._began_s = self._changed_s = time.monotonic()
        self._scraped_s = -inf
        self._rates: deque[float] = deque(maxlen=RATES_KEPT)

    @property
    def elapsed_s(self) -> float:
        """Since the watch began."""
        return time.monotonic() - self._began_s

    async def until(self, over: Callable[[Scrape], bool], bound_s: float, patience_s: float = inf) -> bool:
        """Watch until it is over for some scrapes in a row. False if that has not come within the bound, or nothing
        has happened for longer than the patience lasts."""
        now_s = self._changed_s = time.monotonic()
        deadline_s = now_s + bound_s
        calm = 0
        while calm < CALM_SCRAPES and now_s < deadline_s and now_s - self._changed_s < patience_s:
            for task in self.beside:
                if task.done():
                    task.result()
            if now_s - self._scraped_s >= SCRAPE_EVERY_S and await self._look():
                calm = calm + 1 if over(self.scrape) else 0
            self._show()
            await asyncio.sleep(min(DRAW_EVERY_S, max(deadline_s - now_s, 0)))
            now_s = time.monotonic()
        return calm >= CALM_SCRAPES

    async def _look(self) -> bool:
        """Scrape; whether there was an answer."""
        scrape = await self._worker.scrape()
        if scrape is None:
            return False
        now_s = time.monotonic()
        came = consumed(scrape) - consumed(self.scrape)
        self._rates.append(came / (now_s - self._scraped_s))
        if came or scrape.total("deliveries") > self.scrape.total("deliveries"):
            self._changed_s = now_s
        self.scrape, self._scraped_s = scrape, now_s
        return True

    def _show(self) -> None:
        news = list(self._feed.news)
        self._feed.news.clear()
        self._screen.show(self._snapshot(), news)

    def _snapshot(self) -> Snapshot:
        scrape = self.scrape
        outcomes: Counter[str] = Counter()
        for topic in SOURCES:
            outcomes.update(scrape.by("records", "outcome", topic=topic.value))
        return Snapshot(
            phase=self.phase,
            title=self.title,
            elapsed_s=self.elapsed_s,
            seconds=self.seconds,
            events=consumed(scrape),
            events_per_s=tuple(self._rates),
            outcomes=outcomes,
            sessions=scrape.total("open_sessions"),
            episodes=scrape.total("open_episodes"),
            behind_s=behind_s(scrape),
            lag=sum(scrape.total("lag_records", topic=topic.value) for topic in SOURCES),
            kinds=self.kinds({}),
            deliveries={**scrape.by("deliveries", "state"), "under way": max(under_way(scrape), 0)},
            repeated_calls=scrape.total("attempts") - scrape.total("attempts", outcome="delivered"),
            verdicts=_verdicts(scrape),
            feed=self._feed.lines(FEED_LINES),
        )

    def kinds(self, delivered: Mapping[str, int]) -> tuple[KindLine, ...]:
        """Each kind as it stands; how often it was `delivered` is for whoever receives to say."""
        counts = fired(self.scrape)
        return tuple(self._kind(kind, counts.get(kind, 0), delivered.get(kind, 0)) for kind in self._kinds)

    def _kind(self, kind: str, number: int, delivered: int) -> KindLine:
        seconds = sorted(self._feed.seconds[kind])
        if not seconds:
            return KindLine(kind, number, delivered)
        return KindLine(kind, number, delivered, seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100])


def behind_s(scrape: Scrape) -> float | None:
    """How far the time that decides, the least of all gates, is behind the clock; None while it is unknown."""
    gate_s = scrape.least("gate_timestamp_seconds")
    return None if not gate_s else time.time() - gate_s


def _verdicts(scrape: Scrape) -> tuple[tuple[str, str, int], ...]:
    """What became of the occasions that did not lead to a trigger that stands, the most frequent first."""
    counts = [
        (verdict.value, reason, number)
        for verdict in NOT_SENT
        for reason, number in scrape.by("decisions", "reason", verdict=verdict.value).items()
    ]
    return tuple(sorted(counts, key=lambda count: (-count[2], count[1])))
