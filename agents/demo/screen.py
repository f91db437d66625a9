"""Where the demo is shown: a terminal that is redrawn, or plain lines for a file, a pipe or a log of CI."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from agents.demo.snapshot import FeedLine, Snapshot
from agents.demo.view import render
from agents.demo.words import clock, short

STATUS_EVERY_S = 5.0
NEWS_MAX = 20


class Screen(AbstractContextManager["Screen"], Protocol):
    """Shows what it is told for the length of a `with` block."""

    def show(self, snapshot: Snapshot, news: Sequence[FeedLine]) -> None:
        """The state of things, and the triggers whose outcome has become known since the last call."""


class FullScreen:
    """The whole terminal, given back at the end as it was."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot, news: Sequence[FeedLine]) -> None:
        """Redraw; the snapshot has the news already."""
        self._live.update(render(snapshot, *self._console.size), refresh=True)


class PlainLines:
    """A line for each trigger, and a status line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, snapshot: Snapshot, news: Sequence[FeedLine]) -> None:
        """Print the news, and the status if it is time."""
        for line in news[:NEWS_MAX]:
            self._print(f"{line.at} {line.kind}  {line.who}  {line.what} → {line.outcome}")
        if len(news) > NEWS_MAX:
            self._print(f"… and {len(news) - NEWS_MAX:,} more")
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + STATUS_EVERY_S
            self._print(status(snapshot))

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


def status(snapshot: Snapshot) -> str:
    """The state of things in one line."""
    rate = snapshot.events_per_s[-1] if snapshot.events_per_s else 0
    age = "unknown" if snapshot.behind_s is None else f"{short(snapshot.behind_s)} ago"
    fired = [kind.fired for kind in snapshot.kinds if kind.fired]
    return (
        f"{clock(snapshot.elapsed_s)} {snapshot.phase}: {snapshot.events:,} events in, {rate:,.0f}/s; "
        f"{snapshot.sessions:,} sessions and {snapshot.episodes:,} episodes open; "
        f"watermark {age}, lag {snapshot.lag:,}; {sum(fired):,} triggers of {len(fired)} kinds fired, "
        f"{snapshot.deliveries.get('delivered', 0):,} delivered"
    )
