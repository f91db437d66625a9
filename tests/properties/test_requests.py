"""What people ask for: the product and the oracle find the same triggers, in order and shuffled."""

from collections import Counter

import pytest

from tests.oracle.plain import Rules
from tests.oracle.request_worlds import request_world
from tests.oracle.requests import ASKED, requests
from tests.oracle.worlds import shuffled
from tests.properties.batch import HOUR, LATENESS, arrivals, fired_by_rule
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

SEEDS = seeds(3, 1009, *range(12))
RULES = Rules(HOUR // 2, cart_wait_ms=HOUR, checkout_wait_ms=HOUR)
REMINDERS = ("cart_abandonment", "checkout_abandonment")
BOOK = rulebook(
    *[{"id": one.id, "kind": one.id, "expires_after": "never"} for one in ASKED],
    *map(rule, REMINDERS),
    session_max="off",
)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_a_world_asks_for_is_the_oracles(seed: int) -> None:
    """Each at once, and no reminder of what was asked for; in the order of events and shuffled within the lateness."""
    clicks, orders = request_world(seed)
    expected = requests(clicks, orders, RULES)
    triggers, ids = fired_by_rule(BOOK, arrivals(clicks, orders))
    assert triggers == expected
    assert len(ids) == len(set(ids)), "two triggers share an id"
    kinds = Counter(one.kind for one in expected.elements())
    assert min(kinds[one.id] for one in BOOK.rules) >= 5, f"too few: {kinds}"
    mixed = arrivals(shuffled(clicks, seed + 1, LATENESS), shuffled(orders, seed + 2, LATENESS))
    mixed_triggers, mixed_ids = fired_by_rule(BOOK, mixed)
    assert mixed_triggers == expected
    assert sorted(mixed_ids) == sorted(ids)
