"""A TCP proxy between one worker and the brokers, with faults of the network that can be switched on.

`python -m tests.chaos.proxy LISTEN:TARGET…`. Each line of its standard input is the toxic from now on: `none`,
`latency` (half a second each way), `stall` (nothing passes), `deaf` (what the worker sends is lost), `mute` (what the
brokers answer is lost: requests are carried out), `reset` (all connections are cut, and each new one soon after).
"""

import asyncio
import sys
from contextlib import suppress

CHUNK = 1 << 16
LATENCY_S = 0.5
RESET_AFTER_S = 1.0
TOXICS = ("latency", "stall", "deaf", "mute", "reset")


class Proxy:
    """All listeners, and the toxic that holds for all of them."""

    def __init__(self) -> None:
        self.toxic = "none"
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()

    def turn(self, toxic: str) -> None:
        """Switch to this toxic. What was swallowed is gone: such connections are cut when the toxic ends."""
        lossy = self.toxic in ("deaf", "mute")
        self.toxic = toxic
        self._changed.set()
        self._changed = asyncio.Event()
        if lossy or toxic == "reset":
            for writer in tuple(self._writers):
                writer.transport.abort()

    async def connect(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_writer}
        ways = [
            asyncio.create_task(self._carry(reader, to_writer, "deaf")),
            asyncio.create_task(self._carry(to_reader, writer, "mute")),
        ]
        if self.toxic == "reset":
            asyncio.get_running_loop().call_later(RESET_AFTER_S, writer.transport.abort)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, to_writer):
            end.transport.abort()
            self._writers.discard(end)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallows: str) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                while self.toxic == "stall":
                    await self._changed.wait()
                if self.toxic == "latency":
                    await asyncio.sleep(LATENCY_S)
                if self.toxic != swallows:
                    writer.write(data)
                    await writer.drain()


async def serve(routes: list[str]) -> None:
    """Listen until standard input ends."""
    proxy = Proxy()
    for route in routes:
        listen, target = (int(port) for port in route.split(":"))

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int = target) -> None:
            await proxy.connect(target, reader, writer)

        await asyncio.start_server(connect, "127.0.0.1", listen)
    print("listens", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        proxy.turn(line.strip().decode())


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
