"""A webhook receiver on loopback that behaves as badly as it is told to, and remembers what it was sent."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FOR_EVER_S = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived, and when (loop time, s)."""

    path: str
    headers: dict[str, str]
    body: str
    at_s: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Answers with `acts` one after another; the last one for ever."""

    def __init__(self, *acts: Act) -> None:
        self.calls: list[Call] = []
        self.acts = list(acts)
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    def effects(self) -> dict[str, set[str]]:
        """What a receiver that goes by webhook-id makes of its calls: the bodies seen under each id."""
        seen: dict[str, set[str]] = {}
        for call in self.calls:
            seen.setdefault(call.id, set()).add(call.body)
        return seen

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self.connections += 1
        try:
            while not reader.at_eof() and not writer.is_closing():
                await self._read(reader)
                act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
                await act(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._running.discard(task)
            with contextlib.suppress(Exception):
                writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        at_s = asyncio.get_running_loop().time()
        self.calls.append(Call(first.split(" ")[1], headers, body.decode(), at_s))


def answers(status: int, *headers: str) -> Act:
    """An ordinary short answer."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (f"HTTP/1.1 {status} Said", "content-length: 2", *headers, "", "ok")
        writer.write("\r\n".join(lines).encode())
        await writer.drain()

    return act


def says(text: str, pause_s: float = 0.0, then: Act | None = None) -> Act:
    """Raw bytes, all at once, or one after another with a pause."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in text if pause_s else (text,):
            writer.write(part.encode())
            await writer.drain()
            await asyncio.sleep(pause_s)
        if then is not None:
            await then(reader, writer)

    return act


async def hangs(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.sleep(FOR_EVER_S)


async def drops(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Has read everything, and closes without a word."""
    writer.close()


async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Has read everything, and resets the connection."""
    writer.transport.abort()


def floods(head: str, chunk: bytes = b"x" * 65536) -> Act:
    """An answer that never ends."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode())
        while True:
            writer.write(chunk)
            await writer.drain()

    return act


def slowly(seconds: float, act: Act) -> Act:
    """That, after a while."""

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await act(reader, writer)

    return late
