"""Twenty destinations in one process, each with a script by seed, and a log of every call that reached them.

`python -m tests.chaos.destinations SEED LOG NAME…` prints its port. The line `calm` on its standard input makes all of
them well-behaved; at its end it ends.

A destination de-duplicates by `webhook-id`, as a real ESP does: the first call that it accepts has an effect, repeats
are answered as a success and have none.
"""

import asyncio
import hashlib
import random
import sys
import time
from pathlib import Path
from typing import IO

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "YWZ0ZXJjbGljay10ZXN0LXNlY3JldC0zMi1ieXRlcyE="
SCENE_S = 8.0
"""How long a destination keeps to one behaviour."""

FINE, SLOW, BROKEN, BUSY, HANGS, DROPS, THROTTLES, RESETS = (
    "fine",
    "slow",
    "broken",
    "busy",
    "hangs",
    "drops",
    "throttles",
    "resets",
)
WEIGHTS = {FINE: 10, SLOW: 2, BROKEN: 1, BUSY: 1, HANGS: 1, DROPS: 1, THROTTLES: 1, RESETS: 1}
ACCEPTING = frozenset({FINE, SLOW, DROPS})
"""Drops: accepts the call, and then cuts the connection without an answer."""


def behaviour(seed: int, name: str, scene: int) -> str:
    """How a destination behaves in that scene."""
    dice = random.Random(f"{seed}/{name}/{scene}")
    # One call of three in a bad scene is answered well, so that nothing stands still for long.
    return dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]


class Destinations:
    """All of them."""

    def __init__(self, seed: int, log: IO[bytes], names: list[str]) -> None:
        self._seed = seed
        self._log = log
        self._names = frozenset(names)
        self._hook = Webhook(SECRET)
        self._accepted: set[tuple[str, str]] = set()
        self._began = time.monotonic()
        self.is_calm = False

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Take one call as the script says."""
        name = request.match_info["name"]
        received = time.time_ns() // 1_000_000
        body = await request.read()
        acts = FINE if self.is_calm else behaviour(self._seed, name, int((time.monotonic() - self._began) / SCENE_S))
        if request.query.get("probe") is not None or name not in self._names:
            return web.Response(status=404)
        id_ = request.headers["webhook-id"]
        effect = acts in ACCEPTING and (name, id_) not in self._accepted
        if effect:
            self._accepted.add((name, id_))
        line = {
            "at": received,
            "to": name,
            "id": id_,
            "body": hashlib.sha256(body).hexdigest()[:16],
            "signed": self._is_signed(body, request),
            "acts": acts,
            "accepted": acts in ACCEPTING,
            "effect": effect,
        }
        try:
            return await self._answer(acts, request)
        finally:
            line["answered"] = time.time_ns() // 1_000_000
            self._log.write(orjson.dumps(line) + b"\n")

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        try:
            self._hook.verify(body, {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError:
            return False
        return True

    async def _answer(self, acts: str, request: web.Request) -> web.StreamResponse:
        match acts:
            case "slow":
                await asyncio.sleep(0.8)
            case "broken":
                return web.Response(status=500)
            case "busy":
                return web.Response(status=503, headers={"Retry-After": "1"})
            case "throttles":
                return web.Response(status=429, headers={"Retry-After": "1"})
            case "hangs":
                await asyncio.sleep(10)
            case "drops" | "resets":
                assert request.transport is not None
                request.transport.abort()
        return web.Response(status=204)


async def serve(seed: int, log: Path, names: list[str]) -> None:
    """Listen on a free port until standard input ends."""
    with log.open("ab") as file:
        destinations = Destinations(seed, file, names)
        app = web.Application()
        app.router.add_post("/{name}", destinations.call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            destinations.is_calm = destinations.is_calm or line.strip() == b"calm"
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
