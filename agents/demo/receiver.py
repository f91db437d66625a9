"""A webhook receiver as an ESP would run one: it checks signatures, and does each thing once, whatever is repeated.

It also has its bad moments: a few calls are answered with 503, so that the dispatcher's repeats can be seen.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

import orjson
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

REFUSED_SHARE = 0.06
"""How many first calls get a 503."""
REFUSED_FOR_CERTAIN = 4
"""This one does, so that every run shows it."""


@dataclass(slots=True)
class Tally:
    """What has been received. `effects` are distinct webhook ids, `repeats` further calls of an id that had its effect
    already, `changed` those of them with another body."""

    effects: dict[str, bytes] = field(default_factory=dict)
    repeats: int = 0
    changed: int = 0
    refused: int = 0
    bad_signatures: int = 0

    def by_kind(self) -> Counter[str]:
        """How many effects there were of each kind of trigger, as the bodies say."""
        return Counter(orjson.loads(body)["data"]["kind"] for body in self.effects.values())


class Receiver:
    """Listens on a free port of loopback between `start` and `stop`."""

    def __init__(self, secret: str, seed: int) -> None:
        self.tally = Tally()
        self.url = ""
        self._webhook = Webhook(secret)
        self._rng = Random(seed)
        self._refused: set[str] = set()
        self._firsts = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; `url` says where."""
        app = web.Application()
        app.router.add_post("/hooks", self._receive)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hooks"

    async def stop(self) -> None:
        """Close the server."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            self._webhook.verify(body, {name.lower(): value for name, value in request.headers.items()})
        except (WebhookVerificationError, ValueError):
            self.tally.bad_signatures += 1
            return web.Response(status=401)
        return web.Response(status=self._answer(request.headers["webhook-id"], body))

    def _answer(self, webhook_id: str, body: bytes) -> int:
        tally = self.tally
        known = tally.effects.get(webhook_id)
        if known is not None:
            tally.repeats += 1
            tally.changed += known != body
            return 200
        if webhook_id not in self._refused:
            self._firsts += 1
            if self._firsts == REFUSED_FOR_CERTAIN or self._rng.random() < REFUSED_SHARE:
                self._refused.add(webhook_id)
                tally.refused += 1
                return 503
        tally.effects[webhook_id] = body
        return 202
