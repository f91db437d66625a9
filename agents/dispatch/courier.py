"""Makes one HTTP call, bounded in time and bytes, and says what came of it.

Whether the first byte has left is observed, not guessed from the kind of error: httpx tells when it starts to write a
request. That is also the last moment at which a call can be called off, so the last look is taken there.
"""

import asyncio
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from agents.crash_points import Point, reach
from agents.dispatch.network import ForbiddenAddress, Network
from agents.dispatch.signing import Signer
from agents.seam import http_client, says_more
from agents.settings.addresses import may_be_called
from agents.settings.settings import DestinationSettings
from streams.delivery.delivery import Outcome, Result, outcome_of_status, retry_after_ms

RESPONSE_BYTES_MAX = 64 * 1024
CONNECT_S_MAX = 3.0
REST_S_MAX = 1.0  # how long the rest of an answer may take once its status is known
FIRST_BYTE = "http11.send_request_headers.started"
LAST_BYTE = "http11.send_request_body.complete"
HEADERS = {"content-type": "application/json", "user-agent": "afterclick", "accept-encoding": "identity"}


class WithheldError(Exception):
    """The last look spoke against the call: not one byte of it has left."""


class Courier:
    """The client of one destination, and its network. `clock` is the brokers' clock, ms: attempts are signed by it."""

    def __init__(self, settings: DestinationSettings, connections: int, clock: Callable[[], int]) -> None:
        self.signer = Signer.of(settings)
        self._settings = settings
        self._url = httpx.URL(settings.url)
        self._timeout_s = settings.timeout_s
        self._clock = clock
        self._client = http_client(
            Network(may_be_called(urlsplit(settings.url).hostname or "", private=settings.allow_private)),
            follow_redirects=False,
            timeout=httpx.Timeout(settings.timeout_s, connect=min(settings.timeout_s, CONNECT_S_MAX)),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # each call stands alone
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def renew(self) -> None:
        """Read the secret file again: whoever mended it need not restart us. Raises ValueError or OSError for one that
        is none, and then keeps what was there."""
        self.signer = Signer.of(self._settings)

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
        except ForbiddenAddress:
            return Outcome(Result.FORBIDDEN)
        except (httpx.HTTPError, TimeoutError, OSError):
            return Outcome(Result.AMBIGUOUS if sent else Result.UNSENT)
        reach(Point.CALL_ANSWERED)
        try:
            stream = response.extensions["network_stream"]
            if await _read_rest(response, min(deadline, now() + REST_S_MAX)) and says_more(self._client, stream):
                await stream.aclose()
        finally:
            await response.aclose()
        wait = retry_after_ms(response.headers.get("retry-after"), self._clock())
        return outcome_of_status(response.status_code, wait)


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
