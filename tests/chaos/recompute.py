"""The batch recompute: the very log that the disturbed shop read, folded once more by a fresh app that nobody disturbs.

It has changelogs, an inbox and an app id of its own, and reads the shop's clickstream, orders and engagements.
"""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from agents.settings.settings import KafkaSettings, Settings
from agents.topics.declared import apply, declared_topics
from schemas.topics import Topic
from tests.chaos.cluster import BROKERS
from tests.chaos.generator import PARTITIONS
from tests.chaos.rules import Waits, rulebook
from tests.chaos.scrape import digest
from tests.chaos.supervisor import Slot

AGAIN = "again"
SHARED = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)
WITHIN_S = 300.0
RECORDS = re.compile(r'^afterclick_records_total\{outcome="(\w+)",topic="([\w-]+)"\} ([0-9.e+]+)$', re.MULTILINE)


async def recompute(bootstrap: str, app: str, folder: Path, waits: Waits, horizon_ms: int) -> dict[str, Any]:
    """Fold everything; returns whether it got past the horizon, how it ended, and what it counted."""
    shared = {topic.value: f"{app}-{topic.value}" for topic in SHARED}
    settings = settings_again(bootstrap, app)
    rules = folder / "rules-again.yaml"
    rules.write_text(rulebook(waits, expires=False))
    await apply(settings, declared_topics(folder / "topics.yaml", PARTITIONS, BROKERS))
    environment = {
        "AFTERCLICK_APP": AGAIN,
        "AFTERCLICK_TOPIC_PREFIX": f"{AGAIN}-",
        "AFTERCLICK_TOPICS": orjson.dumps(shared).decode(),
        "AFTERCLICK_KAFKA__BOOTSTRAP": bootstrap,
        "AFTERCLICK_LATENESS__CLICKSTREAM_MS": str(waits.lateness_ms),
        "AFTERCLICK_LATENESS__ORDERS_MS": str(waits.lateness_ms),
        "AFTERCLICK_DISPATCH__MODE": "off",
        "AFTERCLICK_DATA_DIR": str(folder / AGAIN),
    }
    roles = ("--role", "sessions", "--role", "intake", "--role", "customers")
    slot = Slot(AGAIN, ("run", "--rules", str(rules), *roles), environment, folder / "logs", roles=3)
    slot.start()
    text, done = "", False
    deadline = time.monotonic() + WITHIN_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
        while not done and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            try:
                async with client.get(f"http://127.0.0.1:{slot.port}/metrics") as answer:
                    text = await answer.text()
            except (aiohttp.ClientError, TimeoutError, OSError):
                continue
            seen = digest(text)
            gates = [gate * 1000 for gate in seen["gates"].values()]
            done = len(gates) == 2 * PARTITIONS and min(gates) >= horizon_ms and seen["lag"] < 100
    await slot.stop()
    outcomes: dict[str, dict[str, int]] = {}
    for outcome, topic, value in RECORDS.findall(text):
        outcomes.setdefault(topic, {})[outcome] = int(float(value))
    return {"done": done, "codes": [ended.code for ended in slot.endings], "outcomes": outcomes}


def settings_again(bootstrap: str, app: str) -> Settings:
    """The settings of the fresh app."""
    return Settings(
        app=AGAIN,
        topic_prefix=f"{AGAIN}-",
        topics={topic: f"{app}-{topic.value}" for topic in SHARED},
        kafka=KafkaSettings(bootstrap=bootstrap),
    )
