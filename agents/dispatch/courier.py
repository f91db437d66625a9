"""Makes one HTTP call, bounded in time and bytes, and says what came of it.

Whether the first byte has left is observed, not guessed from the kind of error: httpx tells when it starts to write a
request. That is also the last moment at which a call can be called off, so the last look is taken there.
"""

import asyncio
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from agents.crash_points import Point, reach
from agents.dispatch.signing import Signer
from agents.settings import DestinationSettings
from streams.delivery import Outcome, Result, outcome_of_status, retry_after_ms

RESPONSE_BYTES_MAX = 64 * 1024
CONNECT_S_MAX = 3.0
REST_S_MAX = 1.0  # how long the rest of an answer may take once its status is known
FIRST_BYTE = "http11.send_request_headers.started"
LAST_BYTE = "http11.send_request_body.complete"
HEADERS = {"content-type": "application/json", "user-agent": "afterclick", "accept-encoding": "identity"}


class WithheldError(Exception):
    """The last look spoke against the call: not one byte of it has left."""


class Courier:
    """The client of one destination. `clock` is the wall clock, ms."""

    def __init__(self, settings: DestinationSettings, connections: int, clock: Callable[[], int]) -> None:
        self.signer = Signer.of(settings)
        self._url = httpx.URL(settings.url)
        self._timeout_s = settings.timeout_s
        self._clock = clock
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(settings.timeout_s, connect=min(settings.timeout_s, CONNECT_S_MAX)),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # each call stands alone
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def call(self, trigger_id: str, body: str, cleared: Callable[[], bool]) -> Outcome:
        """Post the body once. `cleared` is asked right before the first byte leaves.

        Raises WithheldError if the answer was no. A cancelled call may have arrived if `cleared` was asked.
        """
        sent = False

        async def watch(event: str, _info: dict[str, Any]) -> None:
            nonlocal sent
            if event == FIRST_BYTE and not sent:
                if not cleared():
                    raise WithheldError
                sent = True
                reach(Point.CALL_CLEARED)
            elif event == LAST_BYTE:
                reach(Point.CALL_SENT)

        headers = HEADERS | self.signer.headers(trigger_id, body, self._clock())
        request = self._client.build_request(
            "POST", self._url, content=body.encode(), headers=headers, extensions={"trace": watch}
        )
        now = asyncio.get_running_loop().time
        deadline = now() + self._timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, TimeoutError, OSError):
            return Outcome(Result.AMBIGUOUS if sent else Result.UNSENT)
        reach(Point.CALL_ANSWERED)
        try:
            if await _read_rest(response, min(deadline, now() + REST_S_MAX)) and self._says_more(response):
                await response.extensions["network_stream"].aclose()
        finally:
            await response.aclose()
        wait = retry_after_ms(response.headers.get("retry-after"), self._clock())
        return outcome_of_status(response.status_code, wait)

    def _says_more(self, response: httpx.Response) -> bool:
        """Whether bytes have come after the end of the answer. On a connection that is used again the client would
        take them for the answer to the next request, and a delivery for made that nobody has seen."""
        stream = response.extensions["network_stream"]
        transport: Any = self._client._transport
        connections = (connection._connection for connection in transport._pool.connections)
        ours = next((own for own in connections if own is not None and own._network_stream is stream), None)
        return ours is None or bool(ours._h11_state.trailing_data[0])


async def _read_rest(response: httpx.Response, deadline: float) -> bool:
    """Read a short answer to its end, so that its connection can be used again; whether that was reached. The status
    has decided already."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    read = 0
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.stream:
                read += len(chunk)
                if read > RESPONSE_BYTES_MAX:
                    return False
    except (httpx.HTTPError, TimeoutError):
        return False
    return True
