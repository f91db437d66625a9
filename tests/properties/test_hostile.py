"""One hostile person never makes a record that Kafka refuses. Full size: `python -m tests.properties.hostile`."""

import pytest

from streams.limits import RECORD_BYTES_MAX
from tests.properties.hostile import run

KAFKA_TAKES = 1_048_576
"""`max.message.bytes` of a topic, by default."""

CUTS = {"fresh", "ties", "click_times", "namings", "visits", "journal", "links", "cart_lines", "orders"}
CUTS |= {"event_fields", "answers", "episodes", "order_lines", "order_details"}


@pytest.mark.parametrize("seed", [1, 2], ids="seed{}".format)
def test_no_record_of_a_hostile_person_comes_near_what_kafka_takes(seed: int) -> None:
    """Seven hours of all that could grow, orders held back for most of them: no state, no fact, nobody put aside."""
    shop = run(7, seed=seed, scale=0.15)
    print(dict(shop.largest))
    assert max(shop.largest.values()) <= RECORD_BYTES_MAX < 0.8 * KAFKA_TAKES
    assert shop.put_aside == []
    assert {name[1] for name in shop.counts if name[0] == "cut"} >= CUTS, "the person did not reach the limits"
