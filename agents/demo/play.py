"""`afterclick demo`: Apache Kafka in a temporary folder, and on it the whole job, live or from a recording."""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka.errors import KafkaError
from rich.console import Console
from rich.markup import escape

from agents.demo.broker import Kafka, KafkaUnavailable
from agents.demo.failure import DemoFailed
from agents.demo.performance import FAILED, INTERRUPTED, Performance, Plan
from agents.demo.recording import Recording, read_recording
from agents.demo.signals import sigterm_interrupts
from agents.demo.words import short

LOG_COLUMNS = 200


def demo(data: Path | None, forever: bool, seconds: float, seed: int, plain_output: bool = False) -> int:
    """Run it; the exit code: 0 if everything adds up, 1 if not or if it could not run, 130 after Ctrl-C
    or SIGTERM.

    To be called in the main thread. Whatever it has started is gone when it returns.
    """
    is_terminal = sys.stdout.isatty() and not Console().is_dumb_terminal  # FORCE_COLOR does not make it one
    console = Console(highlight=False, force_terminal=is_terminal, width=None if is_terminal else LOG_COLUMNS)
    try:
        with sigterm_interrupts(), _folder() as folder, _logs(folder / "demo.log", console):
            plan = Plan(_read(data, console), forever, seconds, seed, plain_output or not is_terminal)
            with _kafka(folder, console) as kafka:
                return asyncio.run(Performance(plan, kafka.bootstrap, folder, console).run())
    except (DemoFailed, KafkaUnavailable, KafkaError, OSError) as failure:
        console.print(f"[red]✗[/red] {escape(str(failure) or type(failure).__name__)}", soft_wrap=True)
        return FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("Stopped before it had begun.")
        return INTERRUPTED


def _read(data: Path | None, console: Console) -> Recording | None:
    if data is None:
        return None
    with console.status(f"Reading {escape(data.name)} …"):
        return read_recording(data)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="afterclick-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _kafka(folder: Path, console: Console) -> Iterator[Kafka]:
    started_s = time.monotonic()
    with console.status("Starting Apache Kafka …"):
        kafka = Kafka.start(folder / "kafka", message_timestamp_type="LogAppendTime")
    try:
        took = short(time.monotonic() - started_s)
        console.print(f"[green]✓[/green] Apache Kafka is up on {kafka.bootstrap} ({took})")
        yield kafka
    finally:
        with console.status("Stopping Apache Kafka …"):
            kafka.stop()


class _Aloud(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(escape(record.getMessage()), soft_wrap=True)


@contextmanager
def _logs(file: Path, console: Console) -> Iterator[None]:
    """Libraries' warnings would tear the screen: they go into a file. What the broker fetches is said aloud."""
    quiet = logging.FileHandler(file, encoding="utf-8")
    aloud = _Aloud(console)
    root, broker = logging.getLogger(), logging.getLogger("agents.demo.broker")
    root.addHandler(quiet)
    broker.addHandler(aloud)
    broker.setLevel(logging.INFO)
    try:
        yield
    finally:
        broker.removeHandler(aloud)
        root.removeHandler(quiet)
        quiet.close()
