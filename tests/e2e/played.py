"""How a world is played live, so that what comes of it can be compared with what its oracle says."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from tests.e2e.shop import Json, Shop, Worker, fired
from tests.e2e.test_kills import SLOWLY, has_committed, settled
from tests.oracle.plain import Trigger
from tests.oracle.worlds import World, shuffled
from tests.properties.batch import LATENESS
from tests.properties.buying import as_the_oracle_says
from tests.waiting import wait_until

KILLS = 2
NEVER = 1 << 62


class Outcome(NamedTuple):
    """What has fired, and what should have, in one set of words; and the records of the triggers."""

    found: object
    expected: object
    read: list[Json]


class Live(NamedTuple):
    """A rulebook, how a world of a seed is played by it, and the worker's settings, by the names of the environment."""

    book: Rulebook
    play: Callable[[Shop, int], Outcome]
    settings: Mapping[str, str] = MappingProxyType({})


class Played(NamedTuple):
    """A world: its records, what the oracle says (of each how often, where it counts), and the last due time that it
    speaks of, ms. `said` are the words in which the oracle names a trigger's rule; `shown` is what products say in the
    end of what is bought with them. `engagements` are told before all else: live, nothing waits for them."""

    clicks: list[Json]
    orders: list[Json]
    expected: Counter[Trigger] | set[Trigger]
    end: int = NEVER
    said: Callable[[Json], Trigger] = as_the_oracle_says
    shown: Mapping[str, list[str]] = MappingProxyType({})
    engagements: Sequence[Json] = ()


def by_rule(trigger: Json) -> Trigger:
    """The trigger by its rule's id: several rules of a world are of one kind."""
    return as_the_oracle_says(trigger)._replace(kind=trigger["rule_id"])


def at_times(shop: World, time_of: Callable[[Json], int]) -> World:
    """The same world, at other times."""
    moved = [[one | {"occurred_at": time_of(one)} for one in told] for told in shop]
    return World(*(sorted(told, key=lambda one: int(one["occurred_at"])) for told in moved))


def triggers(said: Iterable[Json], words: Callable[[Json], Trigger], end: int) -> Counter[Trigger]:
    """What has fired and was due by the end, as the oracle says it."""
    return Counter(words(one) for one in fired(said) if one["due_ms"] <= end)


def filled(make: Callable[[int], Played]) -> Callable[[Shop, int], Outcome]:
    """The topics are filled, shuffled within the lateness; the worker is killed while it works through them."""

    def play(shop: Shop, seed: int) -> Outcome:
        played, dice = make(seed), random.Random(seed)
        topics = [played.clicks, played.orders, [], [*played.engagements]]
        shop.produce(*(shuffled(told, seed + number, LATENESS) for number, told in enumerate(topics, 1)))
        if played.engagements:
            worker = shop.start("intake")
            told = len(played.orders) + len(played.engagements)
            wait_until(lambda: taken_in(worker) == told, "what was done with mails is known")
            worker.kill()
        for _ in range(KILLS):
            worker = shop.start()
            wait_until(partial(has_committed, worker), "the worker commits")
            time.sleep(dice.uniform(0, 0.5))  # nothing is waited for: a kill may come at any moment
            worker.kill()
        read = settled(shop, shop.start())
        if played.shown:
            wait_until(lambda: shown(shop) == played.shown, "products say what is bought together", every_s=0.5)
        found = triggers(read, played.said, played.end)
        assert len(played.expected) >= 3, "too little is compared"
        return Outcome(found if isinstance(played.expected, Counter) else set(found), played.expected, read)

    return play


def taken_in(worker: Worker) -> float:
    """How many records it has taken in and committed."""
    return sum(value for name, value in worker.metrics().items() if name[0] == "afterclick_records_total")


def shown(shop: Shop) -> dict[str, list[str]]:
    """What products say last of what is bought with them."""
    last = {said["product_id"]: said["also_bought"] for said in shop.records(Topic.PRODUCTS)}
    return {product: others for product, others in last.items() if others}


FILLED: Mapping[str, str] = {
    **{f"AFTERCLICK_LATENESS__{topic}_MS": str(LATENESS) for topic in ("CLICKSTREAM", "ORDERS")},
    **SLOWLY,
}
"""The worker's settings where topics are filled before it starts."""
