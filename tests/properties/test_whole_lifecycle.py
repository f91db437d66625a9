"""The whole lifecycle at once: the shipped rulebooks, all feeds, and a shop in which everything happens.

Whatever way the records take, the same comes of them: out of order within the lateness, one by one or a minute at a
time, over one partition or five, with stages that are lost and restored on the way, and with each record twice.
What is left out of that, and why, stands in `whole_told`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby, takewhile
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from agents.demo.shop import shop as demo_shop
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import rulebook_from_text
from schemas.topics import Topic
from streams.profiles.profiles import summary_of
from streams.replay import Replay
from tests.oracle.worlds import DAY, SECOND
from tests.properties.batch import LATENESS, Arrival
from tests.properties.prompt import Dispatched, Driver, PromptCluster, PromptReplay, Told
from tests.properties.seeds import seeds
from tests.properties.whole_shop import WholeShop, whole_shop
from tests.properties.whole_told import differences, sum_of

Batches = list[tuple[int, Sequence[Arrival]]]


def _book(name: str) -> Rulebook:
    return rulebook_from_text(Path(f"agents/rulebooks/{name}.yaml").read_text(encoding="utf-8"), name)


LIFECYCLE = _book("lifecycle")
SEEDS = seeds(1, *range(40))
SILENCE = 40 * DAY
"""Longer than any wait of the rulebook but those of half a year."""

ONCE = {
    "cart_abandonment",
    "checkout_abandonment",
    "search_abandonment",
    "inactivity",
    "lapse",
    "winback",
    "exit_intent",
}
"""Kinds of which a person has one occasion at a time."""

DEMO = _book("demo")
DEMO_LATENESS = SECOND
OPENED = 1_748_856_000_000


def one_by_one(arrived: Iterable[Arrival]) -> Batches:
    """Each record is a batch."""
    return [(one.at, [one]) for one in arrived]


def by_minutes(arrived: Iterable[Arrival]) -> Batches:
    """What is busy in a minute comes together, and so does what is quiet of one instant."""
    groups = [list(some) for _, some in groupby(arrived, key=lambda one: one.at // (20 * SECOND))]
    return [(some[-1].at, some) for some in groups]


Way = Callable[[WholeShop, int], tuple[Driver, Batches]]
WAYS: dict[str, Way] = {
    "replayed out of order": lambda shop, seed: (PromptReplay(LIFECYCLE), one_by_one(shop.shuffled(seed))),
    "one partition, lost": lambda shop, seed: (PromptCluster(LIFECYCLE, seed, 1, 3), one_by_one(shop.records)),
    "two partitions, each record twice": lambda shop, seed: (
        PromptCluster(LIFECYCLE, seed, 2, 0),
        by_minutes(shop.doubled(seed)),
    ),
    "five partitions, out of order, lost": lambda shop, seed: (
        PromptCluster(LIFECYCLE, seed, 5, 1),
        by_minutes(shop.shuffled(seed + 1)),
    ),
}


class Base(NamedTuple):
    """The shop of a seed, what the replay makes of it record by record and in order, and the replay after that."""

    shop: WholeShop
    told: Told
    ends: dict[str, str]
    replay: Replay


@cache
def base(seed: int) -> Base:
    """All ways are compared with this one."""
    shop, driver = whole_shop(seed), PromptReplay(LIFECYCLE)
    dispatched = Dispatched(driver)
    told = dispatched.over(one_by_one(shop.records), _end(shop))
    return Base(shop, told, dispatched.ends, driver.replay)


def _end(shop: WholeShop) -> int:
    return shop.records[-1].at + SILENCE


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_whatever_way_the_records_take_the_same_comes_of_them(seed: int, way: str) -> None:
    """The triggers with all that they say, and the verdicts that count."""
    shop, told, _, _ = base(seed)
    driver, batches = WAYS[way](shop, seed)
    assert not differences(sum_of(told), sum_of(Dispatched(driver).over(batches, _end(shop))))


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_every_trigger_has_one_verdict_and_one_end(seed: int) -> None:
    """What is fired is fired once, and delivered, dead, expired or cancelled; nothing else is ever cancelled."""
    shop, told, ends, _ = base(seed)
    fired = [one for one in told.triggers if one["type"] == "fired"]
    cancelled = [one["trigger_id"] for one in told.triggers if one["type"] == "cancelled"]
    verdicts = Counter((one["verdict"], one["trigger_id"]) for one in told.decisions)
    assert {id_ for verdict, id_ in verdicts if verdict == "fired"} == {one["trigger_id"] for one in fired}
    assert all(verdicts["fired", one["trigger_id"]] == 1 for one in fired)
    assert all(verdicts["cancelled", id_] == 1 for id_ in cancelled)
    assert set(cancelled) <= {one["trigger_id"] for one in fired}
    lately = {one["trigger_id"] for one in fired if one["fired_at_ms"] > _end(shop) - DAY}
    assert {one["trigger_id"] for one in fired} - ends.keys() <= lately
    once = Counter((one["kind"], one["profile"], one["anchor_ms"], one["step"]) for one in fired if one["kind"] in ONCE)
    assert [occasion for occasion, times in once.items() if times > 1] == []


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_nobody_hears_anything_after_asking_for_silence(seed: int) -> None:
    """No marketing after an opt-out of all, unless somebody of the household consents again; and nothing of what was
    before after an erasure."""
    shop, told, _, _ = base(seed)
    fired = [one for one in told.triggers if one["type"] == "fired"]
    for wish in shop.of(Topic.ENGAGEMENTS):
        customer, at = wish.get("customer_id"), wish["occurred_at"] + 2 * LATENESS
        heard = [one for one in fired if one["customer_id"] == customer and one["fired_at_ms"] > at]
        if customer is None:
            continue
        if wish["type"] == "erasure_requested":
            assert [one for one in heard if one["anchor_ms"] <= wish["occurred_at"]] == [], wish
        elif wish["type"] == "opted_out" and wish.keys().isdisjoint({"channel", "category"}):
            again = _consents_again(shop, customer, wish["occurred_at"])
            rules = LIFECYCLE.by_id
            marketing = [one for one in heard if rules[one["rule_id"]].category == "marketing"]
            assert [one for one in marketing if one["fired_at_ms"] < again] == [], wish


def _consents_again(shop: WholeShop, customer: str, since: int) -> int:
    """When the customer, or a device that was ever the customer's, next gives a consent or asks to be forgotten."""
    told = [*shop.of(Topic.CLICKSTREAM), *shop.of(Topic.ORDERS), *shop.of(Topic.ENGAGEMENTS)]
    devices = {one.get("visitor_id") for one in told if one.get("customer_id") == customer}
    times = [
        one["occurred_at"]
        for one in shop.of(Topic.ENGAGEMENTS)
        if one["type"] in ("consent_given", "erasure_requested")
        and one["occurred_at"] >= since
        and (one.get("customer_id") == customer or one.get("visitor_id") in devices)
    ]
    return min(times, default=_end(shop))


@pytest.mark.parametrize("seed", SEEDS[:3], ids="seed{}".format)
def test_at_the_end_of_retention_nothing_is_left(seed: int) -> None:
    """By a rulebook that keeps people for a day, a year and a month later: no visit, no occasion, no fact that waits,
    and nobody but of whom a wish or a link is known."""
    replay = base(seed).replay
    base.cache_clear()
    replay.take_over(LIFECYCLE.model_copy(update={"retention": DAY, "customer_retention": DAY}))
    replay.advance(replay.now + 401 * DAY)
    replay.end()
    stages = replay.sessions, replay.customers
    assert [(stage.open_episodes, stage.waiting_facts) for stage in stages] == [(0, 0)] * 2
    assert replay.sessions.open_visits == 0
    kept = [seen for _, seen in replay.customers._profiles.summaries()]
    kept += [summary_of(visitor.profile) for _, visitor in replay.sessions._visits.visitors.items()]
    assert kept
    assert all(seen.noted for seen in kept)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_the_demo_is_the_same_over_three_partitions(seed: int) -> None:
    """The demo's own shop and rulebook, in which minutes are seconds: in order, and with stages that are lost."""
    arrived, end = _demo(seed), OPENED + 90 * SECOND
    alone = PromptReplay(DEMO, DEMO_LATENESS)
    expected = Dispatched(alone, delivers=False, lateness=DEMO_LATENESS).over(one_by_one(arrived), end)
    cluster = PromptCluster(DEMO, seed, 3, 2, DEMO_LATENESS)
    found = Dispatched(cluster, delivers=False, lateness=DEMO_LATENESS).over(one_by_one(arrived), end)
    assert not differences(sum_of(expected), sum_of(found))


def _demo(seed: int) -> list[Arrival]:
    """Its first half minute, without what is garbage, late or ahead."""
    half = takewhile(lambda said: said.at_ms < 30 * SECOND, demo_shop(seed, date(2025, 6, 2)))
    return [
        Arrival(OPENED + said.at_ms, said.topic, orjson.loads(said.value(OPENED)))
        for said in half
        if isinstance(said.body, Mapping) and not said.skew_ms
    ]
