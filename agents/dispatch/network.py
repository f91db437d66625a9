"""The way to a destination's host: its name is looked up, every address is judged, and one of those is connected to.

What was judged is what is called: nobody resolves the name a second time. TLS and `Host` keep the name.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from agents.settings.addresses import Address, address_of

ADDRESSES_MAX = 4
"""How many addresses of a name are tried, each for an equal part of the time that connecting may take."""

Found = Sequence[Address]


class ForbiddenAddress(Exception):
    """The destination's name leads to where nothing may be posted; no connection was made."""


class Network(httpcore.AsyncNetworkBackend):
    """The network of one destination, which shares nothing with those of others.

    A name is looked up in a thread, at most one at a time: a name server that does not answer holds up this
    destination's calls and nobody else's. (The event loop's own few threads are everybody's, Kafka's connections among
    them.)
    """

    def __init__(
        self, may_be_called: Callable[[Address], bool], look_up: Callable[[str, int], Found] | None = None
    ) -> None:
        self._may_be_called = may_be_called
        self._look_up = look_up or _look_up
        self._looking: asyncio.Future[Found] | None = None
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers. Raises ForbiddenAddress if any of them may not be called."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        try:
            async with asyncio.timeout_at(deadline):
                found = await self._addresses(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not found in time") from error
        except OSError as error:
            raise httpcore.ConnectError(f"{host} was not found") from error
        if not all(self._may_be_called(address) for address in found):
            raise ForbiddenAddress
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        addresses = found[:ADDRESSES_MAX]
        for number, address in enumerate(addresses):
            part_s = None if deadline is None else max(deadline - loop.time(), 0) / (len(addresses) - number)
            try:
                return await self._tcp.connect_tcp(str(address), port, part_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _addresses(self, host: str, port: int) -> Found:
        written = address_of(host)
        if written is not None:
            return (written,)
        if self._looking is None:
            self._looking = self._begin_looking(host, port)
        # Whoever waits may give up; the others go on, and so does the name server.
        return await asyncio.shield(self._looking)

    def _begin_looking(self, host: str, port: int) -> "asyncio.Future[Found]":
        loop = asyncio.get_running_loop()
        looking: asyncio.Future[Found] = loop.create_future()
        looking.add_done_callback(self._looked)

        def look() -> None:
            found: Found = ()
            failed: OSError | None = None
            try:
                found = self._look_up(host, port)
            except (OSError, UnicodeError) as error:
                failed = error if isinstance(error, OSError) else OSError(str(error))
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, looking, found, failed)

        try:
            # Nobody waits for it at the end of the process.
            threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
        except RuntimeError as error:  # the machine has no more threads to give
            looking.set_exception(OSError(str(error)))
        return looking

    def _looked(self, looking: "asyncio.Future[Found]") -> None:
        self._looking = None
        if not looking.cancelled():
            looking.exception()  # everybody may have given up: that is no error of ours


def _settle(looking: "asyncio.Future[Found]", found: Found, failed: OSError | None) -> None:
    if looking.done():
        return
    if failed is not None:
        looking.set_exception(failed)
    else:
        looking.set_result(found)


def _look_up(host: str, port: int) -> Found:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (address_of(str(sockaddr[0])) for *_, sockaddr in answers)
    return tuple(dict.fromkeys(address for address in addresses if address is not None))
