"""The small server of a worker: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever supervises it."""

from collections.abc import Callable, Mapping

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.settings.settings import WebSettings
from agents.web.metrics import Metrics

READY = "ready"

log = structlog.get_logger("afterclick.web")


class Web:
    """Serves until it is stopped. `states` tells of each part of the process what it is at: `ready`, or what else."""

    def __init__(self, settings: WebSettings, metrics: Metrics, states: Callable[[], Mapping[str, str]]) -> None:
        self._settings = settings
        self._metrics = metrics
        self._states = states
        self._runner: web.AppRunner | None = None
        self.port = settings.port
        """The port it listens on, once started."""

    async def start(self) -> None:
        """Listen; with port 0 on a free one. Both are logged."""
        app = web.Application()
        app.router.add_get("/metrics", self._show_metrics)
        app.router.add_get("/healthz", self._show_health)
        app.router.add_get("/readyz", self._show_readiness)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.host, self._settings.port).start()
        self.port = self._runner.addresses[0][1]
        log.info("web server listens", url=f"http://{self._settings.host}:{self.port}", port=self.port)

    async def stop(self) -> None:
        """Close the server."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _show_health(self, _request: web.Request) -> web.Response:
        # That the event loop answers is the news; the watchdog ends a process that stands still.
        return web.json_response({"alive": True})

    async def _show_readiness(self, _request: web.Request) -> web.Response:
        states = dict(self._states())
        is_ready = bool(states) and set(states.values()) == {READY}
        return web.json_response(states, status=200 if is_ready else 503)
