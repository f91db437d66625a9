"""The same records in one go: what the pure stages make of a world's logs when nothing stops, lags or is repeated."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from schemas.reading.wire import LINE_END
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.replay import Replay
from tests.simulation.logs import EPOCH_MS, Entry
from tests.simulation.shop import LATENESS

Json = dict[str, Any]

FEEDS = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CATALOG)
OF_A_PRODUCT = frozenset({"price_changed", "stock_changed", "released", "product_happened"})
"""What products tell visitors."""


def arrivals(world: Any) -> Iterator[tuple[int, Topic, Entry]]:
    """All committed records of the feeds, in the order of their arrival."""
    found = [
        (entry.timestamp, topic, entry)
        for topic in FEEDS
        for log in world.broker.of_topic(topic.value)
        for entry in log.committed()
    ]
    return iter(sorted(found, key=lambda one: one[0]))


class Listening(Replay):
    """A replay that notes what products tell visitors, by the visitor."""

    told: Counter[tuple[bytes, bytes]]

    def _deliver(self, inbox: Topic, told: list[tuple[bytes, bytes]]) -> None:
        if inbox is Topic.VISITOR_INBOX:
            self.told.update(product_facts(told))
        super()._deliver(inbox, told)


def product_facts(told: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Of records of an inbox the facts about products, each with its key."""
    for key, value in told:
        for line in value.split(LINE_END):
            if orjson.loads(line).get("fact") in OF_A_PRODUCT:
                yield key, line


class Undisturbed(NamedTuple):
    """What came of it: fired triggers and those that were taken back, by their ids; what visitors were told of
    products; the products as last published, and their state as a changelog would hold it."""

    fired: dict[str, Json]
    cancelled: dict[str, Json]
    told: Counter[tuple[bytes, bytes]]
    published: dict[bytes, bytes]
    shelves: dict[bytes, bytes]


def undisturbed(world: Any, books: Sequence[Rulebook]) -> Undisturbed:
    """All records of the world, with these rulebooks taken over one after the other before the first of them."""
    replay = Listening(books[0], LATENESS, [(EPOCH_MS, book) for book in books[1:]])
    replay.told = Counter()
    for at, topic, entry in arrivals(world):
        replay.feed(topic, entry.key, entry.value, at)
    replay.advance(world.broker.now_ms())
    replay.end()
    outputs = replay.take().outputs
    said = [orjson.loads(out.value) for out in outputs if out.topic is Topic.TRIGGERS]
    return Undisturbed(
        {one["trigger_id"]: one for one in said if one["type"] == "fired"},
        {one["trigger_id"]: one for one in said if one["type"] == "cancelled"},
        replay.told,
        {out.key: out.value for out in outputs if out.topic is Topic.PRODUCTS},
        {key: value for key, value in replay.products._products.shelves.entries() if value is not None},
    )
