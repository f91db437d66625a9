"""A worker as a process of its own, with its log."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from tests.agents.worker.site import Site
from tests.waiting import WITHIN_S, until

REPOSITORY = Path(__file__).parents[3]


class Worker:
    """One toy worker process, killed at the end of the `with` block if it still runs."""

    def __init__(
        self, site: Site, name: str, log_dir: Path, module: str = "tests.agents.worker.toy_worker", **environment: str
    ) -> None:
        self._log = log_dir / f"{name}-{os.urandom(3).hex()}.log"
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=REPOSITORY,
                env={**os.environ, **site.environment(**environment)},
                stderr=output,
                stdout=output,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of its log with that event."""
        lines = (line for line in self._log.read_bytes().splitlines() if line.startswith(b"{"))
        return [line for line in map(orjson.loads, lines) if line["event"] == name]

    def states(self) -> dict[str, str]:
        """What `/readyz` says of its parts; nothing before it listens."""
        listens = self.events("web server listens")
        return dict(httpx.get(f"{listens[0]['url']}/readyz", timeout=WITHIN_S).json()) if listens else {}

    @property
    def assigned(self) -> int:
        """How many partitions it runs, as it last said."""
        said = self.events("partitions run")
        return int(said[-1]["assigned"]) if said else 0

    async def until_it_runs(self, partitions: int) -> None:
        """Wait until it runs that many partitions."""
        await until(lambda: self.assigned == partitions, f"it runs {partitions} partitions")

    async def until_it_ends(self) -> int:
        """Wait for its end; the exit code."""
        await until(lambda: self.process.poll() is not None, "it ends")
        return int(self.process.returncode)
