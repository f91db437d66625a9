"""Three brokers, workers that come, go, stall and die, shoppers all the while: the triggers are the batch's."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.demo.broker import Kafka
from agents.exits import Exit
from agents.topics.declared import declared_topics, plan
from schemas.topics import Topic
from tests.e2e.live import Shoppers
from tests.e2e.shop import Json, Shop, Worker, fired, occasion
from tests.e2e.supervised import ROLES, Supervised
from tests.oracle import plain
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1200)]

SEED = 20261122
LATENESS_MS = 10_000
RULES = """
name: short
session_gap: 3s
ladder: false
rules:
  - {id: browse, kind: browse_abandonment, wait: 4s, expires_after: never}
  - {id: cart, kind: cart_abandonment, wait: 4s, expires_after: never}
  - {id: checkout, kind: checkout_abandonment, wait: 4s, expires_after: never}
"""
ORACLE = plain.Rules(session_gap_ms=3000, cart_wait_ms=4000, browse_wait_ms=4000, checkout_wait_ms=4000)


@pytest.fixture(scope="module")
def cluster(kafka_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Three brokers."""
    with Kafka.start(tmp_path_factory.mktemp("cluster"), brokers=3) as kafka:
        yield kafka


def test_what_befalls_a_cluster_in_a_minute_changes_no_trigger(cluster: Kafka, tmp_path: Path) -> None:
    """1 → 3 → 2 workers, a zombie, a broker killed and back, a rolling restart: each occasion of the batch fires once,
    at or after its due time, and nothing else does.
    """
    print(f"seed {SEED}")
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    environment = {
        "AFTERCLICK_LATENESS__CLICKSTREAM_MS": str(LATENESS_MS),
        "AFTERCLICK_LATENESS__ORDERS_MS": str(LATENESS_MS),
    }
    shop = Shop("cluster", cluster.bootstrap, tmp_path, rules, replication=3, environment=environment)
    declared = declared_topics(None, shop.partitions, 3)
    # Whichever broker is asked has heard of the new topics only some moments later.
    wait_until(lambda: asyncio.run(plan(shop.settings, declared)) == [], "all brokers know the topics")
    workers = Supervised(shop)
    try:
        workers.start("a")
        workers.until_ready()
        with Shoppers(shop, SEED, arrivals_per_s=12) as shoppers:
            join_and_share(workers)
            stall_and_come_back_as_a_zombie(workers)
            lose_a_broker(cluster, workers)
            stop_and_start_one_after_another(workers)
        batch = plain.triggers(shoppers.clicks, shoppers.orders, ORACLE)
        late = late_people(shop.records(Topic.CLICKSTREAM) + shop.records(Topic.ORDERS))
        expected = {tuple(trigger) for trigger in batch if trigger.person not in late}
        shop.triggers(lambda read: expected <= {occasion(trigger) for trigger in fired(read)})
        assert workers.stop_all() == [Exit.OK, Exit.OK]
    finally:
        shop.close()
    triggers = fired(shop.records(Topic.TRIGGERS))

    print(f"{len(shoppers.clicks)} clicks, {len(triggers)} triggers, ends {workers.ends}, {len(late)} people late")
    assert {found for trigger in triggers if (found := occasion(trigger))[1] not in late} == expected
    assert len({trigger["trigger_id"] for trigger in triggers}) == len(triggers) > 100
    assert all(trigger["_at"] >= trigger["due_ms"] for trigger in triggers)
    assert set(workers.ends) <= {Exit.OK, Exit.COMMIT_FAILED}


def join_and_share(workers: Supervised) -> None:
    """Two more join, under load, with timers pending."""
    workers.start("b")
    workers.start("c")
    workers.until_ready()
    assert all(workers.partitions(name) > 0 for name in "abc")


def stall_and_come_back_as_a_zombie(workers: Supervised) -> None:
    """Stopped past its session and resumed, it finds itself fenced, and ends by itself; the others go on. If it stood
    still when nothing was under way, it joins again, and keeps nothing of what it held; then it is killed."""
    zombie = workers.give_up("c")
    zombie.pause()
    wait_until(lambda: workers.partitions("a") + workers.partitions("b") == workers.all_partitions, "taken over")
    run_before = len(runs_of(zombie))
    zombie.resume()

    def has_ended() -> bool:
        return zombie.process.poll() is not None

    def shares_again() -> bool:
        return len(runs_of(zombie)) >= run_before + len(ROLES)

    wait_until(lambda: has_ended() or shares_again(), "the zombie ends, or joins again")
    if has_ended():
        assert zombie.process.returncode == Exit.COMMIT_FAILED
    else:
        print("the zombie had nothing under way")
        first = {run["role"]: run["kept"] for run in reversed(runs_of(zombie)[run_before:])}
        assert first == dict.fromkeys(ROLES, 0)
        zombie.kill()
    workers.until_ready()


def runs_of(worker: Worker) -> list[dict[str, Any]]:
    """What the worker has said of its assignments, each time that their partitions ran."""
    return [orjson.loads(line) for line in worker.log.read_text().splitlines() if "partitions run" in line]


def lose_a_broker(cluster: Kafka, workers: Supervised) -> None:
    """kill -9, and back some seconds later: leaders, coordinators and transactions move twice."""
    cluster.kill(2)
    time.sleep(6)
    cluster.restart(2)
    time.sleep(2)
    workers.until_ready()


def stop_and_start_one_after_another(workers: Supervised) -> None:
    """A rolling restart: each ends with 0 within ten seconds, and takes its own partitions back."""
    for name in "ab":
        assert workers.stop(name) == Exit.OK
        workers.start(name)
        workers.until_ready()


def late_people(records: list[Json]) -> set[str]:
    """The visitors, and the customers behind them, of whom a record was on its way for longer than is allowed: the
    machine was that busy. What is right for them depends on when it came."""
    late: set[str] = set()
    before = -1
    while len(late) > before:
        before = len(late)
        for record in records:
            ids = {f"v:{record['visitor_id']}"} | ({f"c:{record['customer_id']}"} if "customer_id" in record else set())
            if ids & late or record["_at"] - record["occurred_at"] >= LATENESS_MS:
                late |= ids
    return late
