"""The run's own processes, the generator, the destinations and the proxy: lines in, lines out."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from agents.demo.broker.leash import leash
from tests.chaos.supervisor import PYTHON_PATH


class Child:
    """One of them. What it says last is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, log: Path, module: str, *arguments: str) -> "Child":
        """Start `python -m module arguments…`, its errors in the log; returns when it has said its first line."""
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                *leash(),
                sys.executable,
                "-m",
                module,
                *arguments,
                env={**os.environ, "PYTHONPATH": PYTHON_PATH},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
            )
        child = cls(process)
        assert process.stdout is not None
        child.said = (await process.stdout.readline()).decode().strip()
        child._reading = asyncio.create_task(child._read(process.stdout))
        return child

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.returncode is None

    def tell(self, line: str) -> None:
        """Write it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def end(self, within_s: float, line: str | None = None) -> int:
        """Tell it to end and wait; what does not is killed. The exit code."""
        assert self._process.stdin is not None
        if self.is_alive:
            if line is not None:
                self.tell(line)
            else:
                self._process.stdin.close()
        try:
            async with asyncio.timeout(within_s):
                return await self._process.wait()
        except TimeoutError:
            self._process.send_signal(signal.SIGKILL)
            return await self._process.wait()

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        while line := await stdout.readline():
            self.said = line.decode().strip()
