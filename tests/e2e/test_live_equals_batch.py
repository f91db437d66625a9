"""Live, through Kafka and all agents, equals the independent batch computation."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Opened
from tests.e2e.shop import Json, fired, occasion
from tests.oracle import otto, plain
from tests.oracle.shop_worlds import world

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

HOUR = 3_600_000
PLAIN = (Path(__file__).parents[2] / "agents" / "rulebooks" / "plain.yaml").read_text()
RULES = PLAIN.replace("wait: 30d", "wait: 2d") + (
    "  - {id: checkout_abandonment, kind: checkout_abandonment, wait: 60m, expires_after: never}\n"
)
ORACLE = plain.Rules(
    session_gap_ms=HOUR // 2,
    cart_wait_ms=HOUR,
    browse_wait_ms=HOUR,
    checkout_wait_ms=HOUR,
    inactivity_ms=48 * HOUR,
    lapse_ms=48 * HOUR,
    exit=True,
)


def expected(clicks: list[Json], orders: list[Json]) -> set[tuple[str, str, int, int]]:
    """What the batch computation says, exit intent apart: that depends on what was known when."""
    batch = plain.triggers(clicks, orders, ORACLE)
    return {(kind, person, anchor, due) for kind, person, anchor, due in batch if kind != "exit_intent"}


@pytest.mark.parametrize("what", ["otto", "world-0", "world-5"])
def test_topics_filled_before_the_workers_start_give_the_batch_computation(open_shop: Opened, what: str) -> None:
    """The backlog is folded by its own time; at its end W is now, and every timer of the past has fired."""
    data = otto.sample() if what == "otto" else world(int(what.removeprefix("world-")))
    batch = expected(data.clicks, data.orders)
    shop = open_shop(RULES)
    shop.produce(data.clicks, data.orders)
    worker = shop.start()

    def complete(read: list[Json]) -> bool:
        return batch <= {occasion(trigger) for trigger in fired(read)}

    triggers = fired(shop.triggers(complete))
    live = [trigger for trigger in triggers if trigger["kind"] != "exit_intent"]

    assert {occasion(trigger) for trigger in live} == batch
    assert len({trigger["trigger_id"] for trigger in triggers}) == len(triggers)
    assert worker.stop() == 0
