"""The proxy's toxics, on a server that answers what it hears."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from agents.demo.broker.ports import free_ports
from tests.chaos.proxy import Proxy
from tests.waiting import WITHIN_S, until

SOON_S = 0.3


@contextlib.asynccontextmanager
async def proxied() -> AsyncIterator[tuple[Proxy, int, list[bytes]]]:
    """A proxy before an echo; what the echo has heard."""
    heard: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(100):
                heard.append(data)
                writer.write(data)
        writer.close()

    proxy = Proxy()
    target, listen = free_ports(2)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await proxy.connect(target, reader, writer)

    async with (
        await asyncio.start_server(echo, "127.0.0.1", target),
        await asyncio.start_server(connect, "127.0.0.1", listen),
    ):
        yield proxy, listen, heard


async def said(reader: asyncio.StreamReader) -> bytes:
    """What comes; b"" when the connection is gone."""
    try:
        return await asyncio.wait_for(reader.read(100), WITHIN_S)
    except ConnectionError:
        return b""


async def is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether nothing comes for a while."""
    try:
        return not await asyncio.wait_for(reader.read(100), SOON_S)
    except TimeoutError:
        return True


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that stands all the way through."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hi")
    assert await said(reader) == b"hi"
    return reader, writer


@pytest.mark.parametrize(
    ("toxic", "arrives", "answer"),
    [("none", True, b"hello"), ("stall", False, None), ("deaf", False, None), ("mute", True, None)],
)
async def test_toxics_hold_back_what_they_say(toxic: str, arrives: bool, answer: bytes | None) -> None:
    """Stalled: nothing passes. Deaf: the request is lost. Mute: it is carried out, and its answer is lost."""
    async with proxied() as (proxy, port, heard):
        reader, writer = await connected(port)
        proxy.turn(toxic)
        writer.write(b"hello")

        if arrives:
            await until(lambda: b"hello" in heard)
        if answer is None:
            assert await is_silent(reader)
        else:
            assert await said(reader) == answer
        assert (b"hello" in heard) == arrives
        writer.close()


async def test_what_was_stalled_goes_on() -> None:
    """Nothing is lost by a stall."""
    async with proxied() as (proxy, port, heard):
        reader, writer = await connected(port)
        proxy.turn("stall")
        writer.write(b"hello")
        assert await is_silent(reader)
        proxy.turn("none")

        assert await said(reader) == b"hello"
        assert heard == [b"hi", b"hello"]
        writer.close()


async def test_a_connection_that_lost_something_is_cut_in_the_end() -> None:
    """A stream with a hole would be no fault of networks; so is a reset cut at once."""
    async with proxied() as (proxy, port, _):
        for toxic in ("deaf", "reset"):
            reader, writer = await connected(port)
            proxy.turn(toxic)
            proxy.turn("none")

            assert await said(reader) == b""
            writer.close()
