"""Two carts meet: whatever becomes of them, the triggers are the oracle's."""

from dataclasses import replace as with_

import pytest

from tests.oracle.meeting_worlds import meeting_world
from tests.oracle.plain import triggers
from tests.oracle.worlds import shuffled
from tests.properties.batch import DAY, LATENESS, arrivals, plain_rulebook, plain_rules, replay
from tests.properties.seeds import seeds

RULEBOOK, RULES = plain_rulebook("2d"), plain_rules(2 * DAY)
SEEDS = seeds(2, 0, 2, 3, 4, 5, 6, 7, 9, 10, 11)
MERGES = {"add", "max", "replace"}


@pytest.mark.parametrize("cart_merge", sorted(MERGES))
@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_gives_the_oracles_triggers(seed: int, cart_merge: str) -> None:
    """In the order of events, and shuffled within the lateness; exit intents, which say what is known, in order
    only."""
    book = RULEBOOK.model_copy(update={"cart_merge": cart_merge})
    rules = with_(RULES, cart_merge=cart_merge)
    shop = meeting_world(seed)
    expected = triggers(shop.clicks, shop.orders, rules)
    others = [triggers(shop.clicks, shop.orders, with_(RULES, cart_merge=other)) for other in MERGES - {cart_merge}]
    assert expected not in others, "a world in which it does not matter"
    assert replay(book, arrivals(shop.clicks, shop.orders)).triggers == expected
    quiet = book.model_copy(update={"rules": tuple(rule for rule in book.rules if rule.kind != "exit_intent")})
    mixed = arrivals(shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS))
    assert replay(quiet, mixed).triggers == {one for one in expected if one.kind != "exit_intent"}
