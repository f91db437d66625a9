"""Never refuse a purchase for a detail: every variation of a good record ends as `variations` says, and counts."""

from typing import NamedTuple

import orjson
import pytest

from schemas.topics import Topic
from streams.replay import Replay
from tests.bad_input.case import NOW
from tests.bad_input.variation import ITEM, ORDER, Json, Variation
from tests.bad_input.variations import VARIED
from tests.world import rule, rulebook

BOOK = rulebook(rule("cart_abandonment"))
EARLIER_MS = 600_000


class Ended(NamedTuple):
    """What came of a replay: the reminders, how the varied record ended, what was odd, why it was put aside."""

    reminders: int
    outcomes: set[str]
    odd: set[str]
    refused: list[str]


def replayed(good: Json, variation: Variation) -> Ended:
    """An item was added ten minutes before; but for the varied record, that cart would be reminded of."""
    topic = Topic.ORDERS if good is ORDER else Topic.CLICKSTREAM
    replay = Replay(BOOK, 5_000)
    if good is not ITEM:
        known = {"customer_id": "c1"} if "visitor_id" in variation.fields else {"customer_id": ...}
        earlier = Variation("", {"event_id": "first", "occurred_at": NOW - EARLIER_MS, **known})
        replay.feed(Topic.CLICKSTREAM, b"v1", earlier.of(ITEM), NOW - EARLIER_MS)
    replay.take()
    replay.feed(topic, key_of(good, variation), variation.of(good), NOW)
    counts = replay.take().counts
    replay.drain()
    fired = [out for out in replay.take().outputs if out.topic is Topic.TRIGGERS]
    return Ended(
        len(fired),
        {name[2] for name in counts if name[:2] == ("records", topic.value)},
        {name[2] for name in counts if name[:2] == ("oddities", topic.value)},
        [name[2] for name in counts if name[:2] == ("quarantined", topic.value)],
    )


def key_of(good: Json, variation: Variation) -> bytes | None:
    """As a producer has it: the id as it writes it."""
    name = "customer_id" if good is ORDER else "visitor_id"
    id_ = variation.fields.get(name, good[name])
    if id_ is ... or id_ is None or id_ == "":
        return b"v1" if good is ORDER else None
    if isinstance(id_, list | dict):
        return b"[object Object]"
    return id_.encode() if isinstance(id_, str) else orjson.dumps(id_)


NAMED = [
    f"{what}: {variation.what} {variation.fields if len(str(variation.fields)) < 60 else ''}"
    for what, _, variation in VARIED
]


@pytest.mark.parametrize(("good", "variation"), [each[1:] for each in VARIED], ids=NAMED)
def test_a_varied_record_counts_and_says_what_was_odd(good: Json, variation: Variation) -> None:
    """A purchase ends the cart, an item added begins one; what is refused does neither."""
    ended = replayed(good, variation)
    if variation.refused is not None:
        assert ended == Ended(good is not ITEM, {"quarantined"}, ended.odd, [variation.refused])
    elif variation.odd == ("unknown_type",):
        assert ended == Ended(good is not ITEM, {"ignored"}, {"unknown_type"}, [])
    else:
        assert ended == Ended(good is ITEM, {"applied"}, ended.odd, [])
        assert ended.odd - {"total_mismatch"} == set(variation.odd) - {"total_mismatch"}
        assert good is not ORDER or "total" not in variation.fields or ended.odd == set(variation.odd)


def test_a_good_record_has_nothing_odd() -> None:
    """And is the same to the reader that mends."""
    assert all(replayed(good, Variation("good")).odd == set() for _, good, _ in VARIED[:1] + VARIED[-1:])
