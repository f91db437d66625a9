"""The demo's shop: the same seed says the same, and every minute has in it what the demo is there to show."""

from itertools import islice, takewhile

import orjson
import pytest

from agents.demo import shelves
from agents.demo.behaviours import BEHAVIOURS
from agents.demo.dates import moment, rulebook_for
from agents.demo.history import history
from agents.demo.said import Said
from agents.demo.shop import EVERY_KIND_WITHIN_S, GARBAGE, shop
from agents.demo.summary import SOON_S
from schemas.topics import SOURCES, Topic
from streams.replay import Replay
from streams.triggers.kinds import ROWS

OPENED_MS = 1_750_000_000_000
DATES_COME = moment(OPENED_MS + 18_000)
TODAY = DATES_COME.date()
LATENESS_MS = 1000
MINUTE_S = 60


def said_in(seconds: int, seed: int) -> list[Said]:
    """What the shop says in its first seconds."""
    return list(takewhile(lambda said: said.at_ms < seconds * 1000, shop(seed, TODAY)))


def replayed(seconds: int, seed: int) -> dict[tuple[str, ...], int]:
    """What Afterclick counts of it and of the year before, by the code that runs live, once nothing is due soon."""
    replay = Replay(rulebook_for(DATES_COME), LATENESS_MS)
    for order in history(TODAY):
        replay.feed(Topic.ORDERS, order.customer.encode(), order.value, order.at_ms)
    for said in said_in(seconds, seed):
        replay.feed(said.topic, said.key.encode(), said.value(OPENED_MS), OPENED_MS + said.at_ms)
    replay.advance(OPENED_MS + int((seconds + SOON_S) * 1000))
    return replay.take().counts


def test_the_same_seed_says_the_same() -> None:
    """So a run can be repeated."""
    assert list(islice(shop(3, TODAY), 2000)) == list(islice(shop(3, TODAY), 2000))
    assert list(islice(shop(3, TODAY), 2000)) != list(islice(shop(4, TODAY), 2000))


def test_it_is_said_in_the_order_of_time() -> None:
    """Whoever comes later cannot have spoken earlier."""
    times = [said.at_ms for said in said_in(MINUTE_S, seed=1)]
    assert times == sorted(times)


@pytest.mark.parametrize("seed", range(6))
def test_a_minute_has_every_behaviour_and_looks_alive(seed: int) -> None:
    """A steady stream, not a burst."""
    said = said_in(MINUTE_S, seed)
    assert {one.doing for one in said} == {*BEHAVIOURS, "garbage", shelves.DOING}
    assert 30 <= len(said) / MINUTE_S <= 100
    visitors = {one.key for one in said if one.topic is Topic.CLICKSTREAM}
    assert 90 <= len(visitors) <= 170
    for second in range(0, MINUTE_S, 5):
        assert sum(second * 1000 <= one.at_ms < (second + 5) * 1000 for one in said) > 50


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("seconds", [int(EVERY_KIND_WITHIN_S), MINUTE_S])
def test_every_kind_fires_and_every_mishap_is_counted(seconds: int, seed: int) -> None:
    """All kinds that there are, with any seed, and even in a short run."""
    counts = replayed(seconds, seed)
    fired = {name[2] for name in counts if name[:2] == ("decisions", "fired")}
    assert fired == set(ROWS)
    outcomes = {name[2] for name in counts if name[:2] == ("records", Topic.CLICKSTREAM.value)}
    assert outcomes == {"applied", "duplicate", "late", "ignored", "quarantined"}
    assert counts["clock_ahead", Topic.CLICKSTREAM.value] > 1
    reasons = {(name[1], name[3]) for name in counts if name[0] == "decisions"}
    assert reasons >= {
        ("ended", "deeper_stage"),
        ("ended", "payment_pending"),
        ("ended", "order_reversed"),
        ("ended", "happened"),
        ("ended", "ordered"),
        ("ended", "cart_emptied"),
        ("ended", "item_added"),
        ("ended", "returned"),
        ("suppressed", "opted_out"),
        ("suppressed", "asked_for"),
        ("suppressed", "condition"),
        ("suppressed", "below_threshold"),
        ("cancelled", "late_order"),
    }


def test_records_end_in_one_outcome_each() -> None:
    """Produced = applied + duplicate + late + ignored + quarantined."""
    counts = replayed(MINUTE_S, seed=2)
    for topic in SOURCES:
        produced = sum(said.topic is topic for said in said_in(MINUTE_S, seed=2))
        produced += len(history(TODAY)) if topic is Topic.ORDERS else 0
        assert sum(number for name, number in counts.items() if name[:2] == ("records", topic.value)) == produced


def test_a_record_has_the_time_at_which_it_is_said() -> None:
    """Give or take the clock of whoever says it."""
    said = Said(1500, Topic.CLICKSTREAM, "v-1", {"event_id": "e-1"}, "browses", skew_ms=240_000)
    assert orjson.loads(said.value(OPENED_MS))["occurred_at"] == OPENED_MS + 241_500
    again = said.later(100)
    assert again.at_ms == 1600
    assert again.value(OPENED_MS) == said.value(OPENED_MS)


def test_garbage_is_sent_as_it_is() -> None:
    """Half a record has no time."""
    assert Said(0, Topic.CLICKSTREAM, "v-1", GARBAGE, "garbage").value(OPENED_MS) == GARBAGE
