"""Rulebooks are applied while clicks flow: on a real broker, with real workers, one of which dies in a takeover."""

import asyncio
import signal
import time

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.exits import Exit
from schemas.rules.text import rulebook_from_text
from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.live import Shoppers
from tests.e2e.shop import Json, Shop, Worker, fired, occasion
from tests.e2e.supervised import Supervised
from tests.e2e.test_cluster import late_people
from tests.oracle import plain
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.timeout(600)]

SEED = 20261127
LATENESS_MS = "10000"
RULES = """
name: NAME
session_gap: 3s
ladder: false
rules:
  - {id: browse, kind: browse_abandonment, wait: 4s, expires_after: never, destination: NAME}
  - {id: cart, kind: cart_abandonment, wait: 4s, expires_after: never, destination: NAME}
  - {id: checkout, kind: checkout_abandonment, wait: 4s, expires_after: never, destination: NAME}
"""
RULE_IDS = {"browse", "cart", "checkout"}
ORACLE = plain.Rules(session_gap_ms=3000, cart_wait_ms=4000, browse_wait_ms=4000, checkout_wait_ms=4000)


def rules(shop: Shop, *words: str) -> Result:
    """`afterclick rules` on that shop."""
    settings = {
        "AFTERCLICK_APP": shop.name,
        "AFTERCLICK_TOPIC_PREFIX": shop.settings.topic_prefix,
        "AFTERCLICK_KAFKA__BOOTSTRAP": shop.bootstrap,
    }
    return CliRunner().invoke(app, ["rules", *words], env=settings)


async def write(shop: Shop, value: bytes) -> None:
    """Somebody else's hand on the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(shop.settings.topic(Topic.RULEBOOKS), value, b"hand", 0)
    finally:
        await producer.stop()


def goes_by(worker: Worker, version: str) -> bool:
    """Whether all stages of the worker have taken that rulebook over, as far as it says so."""
    metrics = worker.metrics()
    behind = [value for name, value in metrics.items() if name[0] == "afterclick_rulebooks_behind"]
    lines = [line for line in worker.log.read_text().splitlines() if '"rulebook taken over"' in line]
    return bool(behind) and not any(behind) and any(orjson.loads(line)["version"] == version for line in lines)


def heard_under(destination: str, triggers: list[Json]) -> set[str]:
    """The rules that have spoken by the rulebook of that destination."""
    return {trigger["rule_id"] for trigger in triggers if trigger["destination"] == destination}


def started(shop: Shop) -> Worker:
    """A worker that does its work."""
    worker = shop.start()
    wait_until(lambda: worker.metrics().get(("afterclick_ready", "customers")) == 1, "it is ready")
    return worker


def test_no_trigger_is_lost_or_doubled_when_rulebooks_change_under_load(open_shop: Opened) -> None:
    """Applied, refused, and taken back: each occasion of the batch fires once, as its own version says."""
    print(f"seed {SEED}")
    lateness = {f"AFTERCLICK_LATENESS__{topic}_MS": LATENESS_MS for topic in ("CLICKSTREAM", "ORDERS")}
    shop = open_shop(RULES.replace("NAME", "one"), **lateness)
    second = shop.folder / "second.yaml"
    second.write_text(RULES.replace("NAME", "two"))
    versions = {name: rulebook_from_text(RULES.replace("NAME", name), name).version for name in ("one", "two")}
    workers = Supervised(shop)
    steady = workers.start("a")
    workers.start("b", AFTERCLICK_CRASH_AT="taken_over:3")
    workers.until_ready()
    with Shoppers(shop, SEED, arrivals_per_s=12) as shoppers:
        time.sleep(6)
        assert rules(shop, "diff", str(second)).stdout.count("destination: one becomes two") == 3
        assert rules(shop, "apply", str(second)).exit_code == 0
        wait_until(lambda: goes_by(steady, versions["two"]), "the second rulebook is in force")
        wait_until(lambda: workers.partitions("b") >= 0 and workers.ends == [-signal.SIGKILL], "one dies in it")
        workers.until_ready()
        time.sleep(3)
        asyncio.run(write(shop, b'{"name": "three", "version": "3", "text": "rules: none"}'))
        wait_until(lambda: steady.metrics().get(("afterclick_rulebook_refused",)) == 1, "the bad one is refused")
        wait_until(
            lambda: heard_under("two", fired(shop.records(Topic.TRIGGERS))) == RULE_IDS, "it speaks in all rules"
        )
        assert "in force already" in rules(shop, "apply", str(second)).stdout
        assert rules(shop, "apply", str(shop.rules)).exit_code == 0
        wait_until(lambda: goes_by(steady, versions["one"]), "the first one is in force again")
        time.sleep(4)
    batch = plain.triggers(shoppers.clicks, shoppers.orders, ORACLE)
    late = late_people(shop.records(Topic.CLICKSTREAM) + shop.records(Topic.ORDERS))
    expected = {tuple(trigger) for trigger in batch if trigger.person not in late}
    shop.triggers(lambda read: expected <= {occasion(trigger) for trigger in fired(read)})
    assert workers.stop_all() == [Exit.OK, Exit.OK]
    triggers = fired(shop.records(Topic.TRIGGERS))

    assert {found for trigger in triggers if (found := occasion(trigger))[1] not in late} == expected
    assert len({trigger["trigger_id"] for trigger in triggers}) == len(triggers) > 100
    assert {trigger["destination"] for trigger in triggers} == {"one", "two"}
    assert len({(one["rule_id"], one["destination"]) for one in triggers}) == 6
    assert len({(one["rule_id"], one["rule_version"], one["destination"]) for one in triggers}) == 6
    listed = orjson.loads(rules(shop, "list", "--json").stdout)
    assert [(row["name"], row["in_force"]) for row in listed][-1] == ("one", True)
    assert [row["name"] for row in listed if row["refused"]] == ["three"]
    assert {row["version"] for row in listed} == {*versions.values(), "3"}


def test_a_worker_that_is_started_again_with_an_old_file_takes_nothing_back(open_shop: Opened) -> None:
    """It was applied meanwhile; without a file a worker goes by the last one, too."""
    shop = open_shop(RULES.replace("NAME", "one"))
    second = shop.folder / "second.yaml"
    second.write_text(RULES.replace("NAME", "two"))
    version = rulebook_from_text(second.read_text(), "two").version
    first = started(shop)
    assert rules(shop, "apply", str(second)).exit_code == 0
    wait_until(lambda: goes_by(first, version), "it follows")
    assert first.stop() == Exit.OK
    worker = started(shop)
    assert worker.stop() == Exit.OK
    assert f'"version": "{version}"' in worker.log.read_text().replace('":"', '": "')
    rows = orjson.loads(rules(shop, "list", "--json").stdout)
    assert [(row["name"], row["in_force"]) for row in rows] == [("one", False), ("two", True)]
