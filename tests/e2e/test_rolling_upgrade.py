"""Workers of two versions side by side, in the wrong order of upgrading: nothing is lost, doubled or dead-lettered."""

import time

import orjson
import pytest

from agents.exits import Exit
from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.newer import KIND, MESSAGE
from tests.e2e.receiver import SECRET, Receiver
from tests.e2e.shop import Json, Shop, Worker, fired
from tests.waiting import WITHIN_S, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow]

NEWER = "tests.e2e.newer"
RULES = """
name: upgrade
session_gap: 3s
ladder: false
rules: [{id: cart, kind: cart_abandonment, wait: 3s, expires_after: never}]
"""
PEOPLE = 12


def carts(name: str) -> list[Json]:
    """Customers who put something into their carts now: they are decided by another worker than reads their clicks."""
    now = time.time_ns() // 1_000_000
    put: Json = {"type": "cart_item_added", "product_id": "mug", "occurred_at": now}
    people = [f"{name}{one}" for one in range(PEOPLE)]
    return [{**put, "event_id": who, "visitor_id": who, "customer_id": who} for who in people]


def test_old_and_new_workers_share_a_shop(open_shop: Opened) -> None:
    """Sessions are upgraded first, against the advice. A field more is passed over. At a fact of an unknown kind the
    old customers worker ends with 78, and a sentence; upgraded, it goes on where it was. Its triggers are of a kind
    that the old dispatcher does not know: they are delivered as they were fired."""
    shop = open_shop(RULES)
    with Receiver() as receiver:
        destinations = f'{{"default": {{"url": "{receiver.url}", "secret": "{SECRET}"}}}}'
        shop.start("dispatcher", AFTERCLICK_DISPATCH__MODE="on", AFTERCLICK_DISPATCH__DESTINATIONS=destinations)
        shop.start("intake")
        old = shop.start("customers")
        shop.start("sessions", module=NEWER)
        shop.produce(carts("before"))
        shop.triggers(lambda read: len(fired(read)) == PEOPLE)

        ping: Json = {"event_id": "ping", "type": "page_ping", "visitor_id": "before0"}
        shop.produce([{**ping, "occurred_at": time.time_ns() // 1_000_000}, *carts("after")])
        assert old.process.wait(WITHIN_S) == Exit.MISCONFIGURED
        said = crashed(old)
        assert "a fact 'pinged' of version 1, and this program knows no such fact" in said
        assert "start that version here" in said
        assert "customer-inbox-" in said

        shop.start("customers", module=NEWER)
        triggers = fired(shop.triggers(lambda read: len(fired(read)) >= 2 * PEOPLE))
        wait_until(lambda: len(receiver.calls) >= 2 * PEOPLE, "every trigger is delivered")

    everybody = sorted(f"{name}{one}" for name in ("before", "after") for one in range(PEOPLE))
    assert sorted(trigger["visitor_id"] for trigger in triggers) == everybody
    assert {trigger["kind"] for trigger in triggers if trigger["visitor_id"].startswith("after")} == {KIND}
    assert sorted(receiver.calls) == sorted(trigger["trigger_id"] for trigger in triggers)
    bodies = [orjson.loads(body)["data"] for bodies in receiver.bodies.values() for body in bodies]
    assert {body["trigger_id"]: body for body in bodies} == {said["trigger_id"]: as_fired(said) for said in triggers}
    assert all(body["notice"] == MESSAGE for body in bodies if body["kind"] == KIND)
    assert shop.records(Topic.DEAD_LETTERS) == []
    assert fields_of_carts(shop) == {"by hand"}


def as_fired(trigger: Json) -> Json:
    """The trigger without what the test has noted of its record."""
    return {name: said for name, said in trigger.items() if not name.startswith("_")}


def crashed(worker: Worker) -> str:
    """The sentence that it ended with."""
    (line,) = [line for line in map(orjson.loads, worker.log.read_text().splitlines()) if line["event"] == "crashed"]
    return str(line["error"])


def fields_of_carts(shop: Shop) -> set[str | None]:
    """What the newer sessions worker has said of carts beyond what today's knows."""
    return {fact.get("how") for fact in shop.records(Topic.CUSTOMER_INBOX) if fact.get("fact") == "cart_changed"}
