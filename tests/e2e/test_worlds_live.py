"""Every room of the lifecycle live: a world on Kafka, its worker killed at work, gives the oracle's triggers.

One world of each room is played. As a rule the topics are filled, the worker is killed twice with SIGKILL while it
works through them, and what can be read at the end is compared, up to the world's end: live time goes on until now.
"""

import orjson
import pytest

from tests.e2e.conftest import Opened
from tests.e2e.live_orders import (
    TOGETHER,
    buying_again_played,
    orders_played,
    subscriptions_played,
    together_played,
)
from tests.e2e.live_products import IN_PHASES, products_played
from tests.e2e.live_steps import CALLED, STEPPED, calls_played, steps_played
from tests.e2e.live_worlds import (
    EXITS,
    RATES,
    WELCOMES,
    calendars_played,
    exits_played,
    policy_played,
    policy_rules,
    requests_played,
    searches_played,
    sequences_played,
    standing_played,
    welcomes_played,
)
from tests.e2e.played import FILLED, Live, filled
from tests.e2e.shop import fired
from tests.properties import (
    test_buying_again,
    test_calendars,
    test_orders_equal_batch,
    test_products_equal_batch,
    test_requests,
    test_searches,
    test_sequences,
    test_standing_equals_batch,
    test_subscriptions_equal_batch,
)
from tests.properties.seeds import seeds

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1200)]

SEED = 1009
WORLDS: dict[str, Live] = {
    "sequences": Live(test_sequences.BOOK, filled(sequences_played), FILLED),
    "policy": Live(policy_rules(), filled(policy_played), FILLED),
    "orders": Live(test_orders_equal_batch.book(), filled(orders_played), FILLED),
    "buying again": Live(test_buying_again.book(), filled(buying_again_played), FILLED),
    "bought together": Live(TOGETHER, filled(together_played), FILLED),
    "subscriptions": Live(test_subscriptions_equal_batch.book(), filled(subscriptions_played), FILLED),
    "calendars": Live(test_calendars.BOOK, filled(calendars_played), FILLED),
    "standing": Live(test_standing_equals_batch.book(), filled(standing_played), {**FILLED, **RATES}),
    "searches": Live(test_searches.BOOK, filled(searches_played), FILLED),
    "requests": Live(test_requests.BOOK, filled(requests_played), FILLED),
    "welcomes": Live(WELCOMES, filled(welcomes_played), FILLED),
    "exits": Live(EXITS, filled(exits_played), FILLED),
    "steps": Live(STEPPED, filled(steps_played), FILLED),
    "calls": Live(CALLED, filled(calls_played), FILLED),
    "products": Live(test_products_equal_batch.book(), products_played, IN_PHASES),
}
FEW = 2
PLAYED = [list(WORLDS)[number] for number in seeds(FEW, *range(len(WORLDS)))]
"""A few in `make test`, all in `make worlds`."""


@pytest.mark.parametrize("name", PLAYED)
def test_a_world_on_kafka_gives_the_oracles_triggers_though_its_worker_is_killed(open_shop: Opened, name: str) -> None:
    """Shuffled within the allowed lateness where the topics are filled; each trigger once."""
    live = WORLDS[name]
    text = orjson.dumps(live.book.model_dump(mode="json", by_alias=True, exclude_unset=True)).decode()
    outcome = live.play(open_shop(text, **live.settings), SEED)
    assert outcome.found == outcome.expected
    ids = [trigger["trigger_id"] for trigger in fired(outcome.read)]
    assert len(ids) == len(set(ids))
