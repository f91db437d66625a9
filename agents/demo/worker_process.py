"""The worker of the demo: a process of its own, exactly as `afterclick run` starts it, all roles in it."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import orjson

import agents
from agents.demo.broker import leash
from agents.demo.failure import DemoFailed
from agents.demo.scrape import Scrape

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
LOOK_EVERY_S = 0.1
PREFIX = "AFTERCLICK_"


class WorkerProcess:
    """Runs for the length of a `with` block; it is killed at its end, should it still be there."""

    def __init__(self, settings: Mapping[str, str], web_port: int, log: Path) -> None:
        """`settings` are its variables without their prefix; what is set for another cluster does not reach it."""
        foreign = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        own = {PREFIX + name: value for name, value in settings.items()}
        command = [sys.executable, "-m", "agents.cli", "run"]
        if sys.platform == "linux":
            # It must not outlive us, however we end.
            command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *command]
        self._log = log
        self._web = f"http://127.0.0.1:{web_port}"
        self._client = httpx.AsyncClient(base_url=self._web, trust_env=False)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=Path(agents.__file__).parents[1],  # where `-m` finds it, installed or not
                env={**foreign, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; the worker is stopped in order
            )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await self._client.aclose()

    @property
    def metrics_url(self) -> str:
        """Where Prometheus would look."""
        return f"{self._web}/metrics"

    async def wait_ready(self) -> None:
        """Return once every role reads. Raises DemoFailed if that does not come."""
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if await self._is_ready():
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise DemoFailed(f"The worker was not ready within {READY_TIMEOUT_S:.0f} s{self._last_words()}")

    async def scrape(self) -> Scrape | None:
        """Its metrics now; None if it does not answer in time. Raises DemoFailed if it has ended."""
        self._check_running()
        try:
            response = await self._client.get("/metrics")
        except httpx.HTTPError:
            return None
        return Scrape(response.text)

    async def stop(self) -> int:
        """Ask it to end as a supervisor would; its exit code. Raises DemoFailed if it does not end."""
        self._process.terminate()
        try:
            return await asyncio.to_thread(self._process.wait, STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise DemoFailed(f"The worker did not end within {STOP_TIMEOUT_S:.0f} s{self._last_words()}") from None

    def kill(self) -> None:
        """SIGKILL; no effect when it has ended."""
        self._process.kill()
        self._process.wait()

    async def _is_ready(self) -> bool:
        self._check_running()
        try:
            return (await self._client.get("/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _check_running(self) -> None:
        code = self._process.poll()
        if code is not None and code < 0:
            raise DemoFailed(f"The worker was killed by signal {-code}.")
        if code is not None:
            raise DemoFailed(f"The worker ended by itself with exit code {code}{self._last_words()}")

    def _last_words(self) -> str:
        """Why it ended, from its log; else the log's last line."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in reversed(lines):
            with contextlib.suppress(orjson.JSONDecodeError):
                said = orjson.loads(line)
                if said.get("level") == "critical":
                    return f": {said.get('event')} {said.get('error', '')}".rstrip() + "."
        return f": {lines[-1]}" if lines else "; it said nothing."
