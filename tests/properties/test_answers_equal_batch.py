"""Answers to runs of steps: the product and the oracle find the same triggers, in order and shuffled."""

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.answered_runs import Names, Rule, triggers
from tests.oracle.answered_worlds import AnsweredShop, AnsweredWorld
from tests.oracle.plain import Trigger
from tests.oracle.worlds import DAY, HOUR, shuffled
from tests.properties.batch import LATENESS, Arrival, arrivals
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

Json = dict[str, Any]
SEEDS = seeds(3, 1009, *range(12))

STOPS = [["click"], ["reply"], ["open"], ["visit"], ["order"], ["click", "reply", "open"], []]
RULES = [Rule("-".join(stop) or "never", frozenset(stop), HOUR, (3 * HOUR, DAY)) for stop in STOPS]
RULES.append(Rule("newcomers", frozenset({"reply"}), HOUR, (3 * HOUR, DAY), buyers=False))


def book(rules: Iterable[Rule] = RULES) -> Rulebook:
    """The same rules in the product's words."""
    return rulebook(*[_as_said(one) for one in rules], session_max="off")


def _as_said(one: Rule) -> Json:
    steps: list[Json] = [{"wait": "0s"}, *({"wait": f"{wait}ms"} for wait in one.waits)]
    if not one.buyers:
        steps[-1]["if"] = "person.orders == 0"
    after = {"event": "custom:called"}
    return rule("sequence", id=one.id, wait=f"{one.wait}ms", after=after, steps=steps, stop_on=sorted(one.stop_on))


BOOK = book()


def fired(arrived: Iterable[Arrival], rules: Rulebook = BOOK) -> list[Json]:
    """What fires."""
    driver = Replay(rules, LATENESS)
    for arrival in arrived:
        driver.feed(*arrival.fed())
    driver.drain()
    said = [orjson.loads(out.value) for out in driver.take().outputs if out.topic is Topic.TRIGGERS]
    return [one for one in said if one["type"] == "fired"]


def said_of(one: Json) -> tuple[Trigger, int]:
    """As the oracle says it."""
    return Trigger(one["rule_id"], one["profile"], one["anchor_ms"], one["due_ms"]), one["step"]


def all_of(world: AnsweredWorld) -> list[Arrival]:
    """The records of all topics, each as it happens."""
    both = arrivals(world.clicks, world.orders)
    told = [Arrival(one["occurred_at"], Topic.ENGAGEMENTS, one) for one in world.engagements]
    return sorted([*both, *told], key=lambda arrival: arrival.at)


def named(world: AnsweredWorld, seed: int, rules: Rulebook = BOOK) -> Names:
    """Let mails that name a trigger name one of the customer's that was fired by then; what each is of."""
    rng, ids = random.Random(seed), fired(arrivals(world.clicks, world.orders), rules)
    for one in world.engagements:
        if one.get("trigger_id") == "?":
            own = [
                id_ for id_ in ids if id_["customer_id"] == one["customer_id"] and id_["due_ms"] < one["occurred_at"]
            ]
            one["trigger_id"] = rng.choice(own[-len(RULES) * 3 :])["trigger_id"] if own else "of another"
    return {one["trigger_id"]: (one["rule_id"], one["anchor_ms"]) for one in ids}


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_the_answers_of_a_world_are_the_oracles(seed: int) -> None:
    """Each answer by itself and together; in the order of events, and shuffled within the allowed lateness."""
    world = AnsweredShop(seed, [one.id for one in RULES]).world()
    names = named(world, seed)
    expected = triggers(RULES, *world, names)
    ordered = fired(all_of(world))
    assert Counter(map(said_of, ordered)) == Counter(expected.items())
    later = Counter(one.kind for one, step in expected.items() if step > 1)
    assert all(later[one.id] < later["never"] for one in RULES if one.id != "never"), "answers that end nothing"
    assert all(later[one.id] for one in RULES), "runs that all end at once"
    mixed = AnsweredWorld(*(shuffled(records, seed + number, LATENESS) for number, records in enumerate(world, 1)))
    told = [*arrivals(mixed.clicks, mixed.orders), *_clocked(mixed.engagements)]
    shuffled_ids = [one["trigger_id"] for one in fired(sorted(told, key=lambda arrival: arrival.at))]
    assert sorted(shuffled_ids) == sorted(one["trigger_id"] for one in ordered)


def _clocked(records: Iterable[Json]) -> list[Arrival]:
    """Each at the latest time seen so far: nothing arrives before it has happened."""
    clock, told = 0, []
    for record in records:
        clock = max(clock, record["occurred_at"])
        told.append(Arrival(clock, Topic.ENGAGEMENTS, record))
    return told
