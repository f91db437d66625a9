"""The fixture `site`, for every folder whose conftest imports it."""

from pathlib import Path

import pytest_asyncio

from agents.demo.broker import Kafka
from tests.agents.worker.site import Site


@pytest_asyncio.fixture
async def site(kafka: Kafka, tmp_path: Path) -> Site:
    """Topics of the test's own on the session's broker."""
    site = Site(kafka.bootstrap, tmp_path)
    await site.prepare()
    return site
