"""The server of a worker."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from agents.settings.settings import WebSettings
from agents.web.metrics import Metrics
from agents.web.server import Web


class Served:
    """A server on a free port, and a client for it."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.metrics = Metrics()
        self.web = Web(WebSettings(port=0), self.metrics, lambda: self.parts)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{self.web.port}{path}")


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    await served.web.start()
    yield served
    await served.web.stop()


async def test_metrics_are_in_prometheus_format(served: Served) -> None:
    """Under the prefix, with the content type that scrapers expect."""
    served.metrics.count("commits", "sessions")
    answer = await served.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'afterclick_commits_total{stage="sessions"} 1.0' in answer.text


async def test_it_is_ready_when_all_parts_are(served: Served) -> None:
    """None at all is not ready."""
    assert (await served.get("/readyz")).status_code == 503
    served.parts = {"sessions": "ready", "customers": "restoring, 7 changelog offsets left"}
    answer = await served.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, served.parts)
    served.parts["customers"] = "ready"
    assert (await served.get("/readyz")).status_code == 200


async def test_it_is_alive_while_it_answers(served: Served) -> None:
    """Restoring is being alive, too."""
    assert (await served.get("/healthz")).status_code == 200
