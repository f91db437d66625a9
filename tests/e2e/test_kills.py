"""kill -9, again and again: the triggers are those of a run that nobody killed."""

import random
import time
from functools import partial

import pytest

from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.receiver import SECRET, Receiver
from tests.e2e.shop import Json, Shop, Worker, fired, gate_ms
from tests.e2e.test_live_equals_batch import RULES
from tests.oracle.shop_worlds import world
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(2400)]

KILLS = 10
WORK_S = 900
"""A bound for all the work of a run, in polls of ten records: not for a single state."""
SEED = 20261122
PEOPLE = 250
"""The account that everybody in a world shares then has 207 KB of facts: should all of them wait at once, since the
orders are read last, a customer's journal still holds them, and nothing is folded early."""
STATIC = {"AFTERCLICK_INSTANCE": "worker"}
"""A static member takes its partitions back without waiting for its predecessor's session to end."""

SLOWLY = {"AFTERCLICK_KAFKA__POLL_RECORDS_MAX": "10", **STATIC}
"""Small polls spread the work over the kills."""


def ids(triggers: list[Json]) -> list[str]:
    return sorted(trigger["trigger_id"] for trigger in fired(triggers) if trigger["kind"] != "exit_intent")


def test_ten_kills_change_nothing(open_shop: Opened) -> None:
    """Read committed, the triggers equal an unkilled run's by id, none twice; the receiver has one effect, and one
    body, for each webhook-id."""
    dice = random.Random(SEED)
    print(f"seed {SEED}")
    data = world(SEED, people=PEOPLE)
    calm = open_shop(RULES)
    calm.produce(data.clicks, data.orders)
    wanted = ids(settled(calm, calm.start()))
    calm.close()

    with Receiver() as receiver:
        dispatch = {
            "AFTERCLICK_DISPATCH__MODE": "on",
            "AFTERCLICK_DISPATCH__DESTINATIONS": (
                f'{{"default": {{"url": "{receiver.url}", "secret": "{SECRET}", "retry_base_s": 0.2}}}}'
            ),
        }
        shop = open_shop(RULES, **SLOWLY, **dispatch)
        shop.produce(data.clicks, data.orders)
        behind: list[int] = []
        for _ in range(KILLS):
            worker = shop.start()
            wait_until(partial(has_committed, worker), "the worker commits")
            time.sleep(dice.uniform(0, 1.5))
            worker.kill()
            behind.append(len(wanted) - len(ids(shop.triggers(lambda so_far: True))))
        killed = settled(shop, shop.start())
        wait_until(
            lambda: len(receiver.calls) >= deliverable(killed), "what may be delivered is delivered", within_s=WORK_S
        )

    print(f"triggers still to come at each kill: {behind}")
    assert sum(missing > 0 for missing in behind) >= KILLS // 2, "most kills must hit a worker at work"
    assert ids(killed) == wanted
    assert len(wanted) == len(set(wanted)) > 1000
    assert receiver.forged == 0
    assert all(len(bodies) == 1 for bodies in receiver.bodies.values())
    assert set(receiver.calls) <= {trigger["trigger_id"] for trigger in fired(killed)}


def has_committed(worker: Worker) -> bool:
    metrics = worker.metrics()
    return any(name[0] == "afterclick_commits_total" and value > 3 for name, value in metrics.items())


def deliverable(triggers: list[Json]) -> int:
    """How many triggers were never taken back: those must arrive. Others may have been overtaken."""
    cancelled = {trigger["trigger_id"] for trigger in triggers if trigger["type"] == "cancelled"}
    expired = {trigger["trigger_id"] for trigger in fired(triggers) if trigger["expires_at"] is not None}
    return len({trigger["trigger_id"] for trigger in fired(triggers)} - cancelled - expired)


def settled(shop: Shop, worker: Worker) -> list[Json]:
    """All triggers, once everything is decided: the last timer of the data was due long ago."""
    began = time.time_ns() // 1_000_000
    wait_until(
        lambda: gate_ms(worker, shop.partitions) >= began, "all that is due has fired", every_s=0.2, within_s=WORK_S
    )
    return shop.records(Topic.TRIGGERS)
