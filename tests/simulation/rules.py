"""What must hold of rulebooks that change while a world lives. Whoever fired did so by a published rule, and in the end
every partition goes by the last rulebook that can be read."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson

from agents.published import read
from schemas.rules.kinds import Rule
from schemas.topics import Topic
from tests.simulation.plan import VERSIONS, Kind
from tests.simulation.told import REMOVABLE, SHADOW, rulebook

RECORD = b"\x00rulebook"
STATE = (Topic.SESSIONS_CHANGELOG, Topic.CUSTOMERS_CHANGELOG)


def loose(world: Any) -> set[str]:
    """The rules of which nobody can say whether they were in force at a given moment."""
    return {REMOVABLE, SHADOW} if world.plan.changes else set()


def wrong_rules(world: Any, fired: list[Any]) -> Iterator[str]:
    """I2, I7: triggers by no published rule, or not as it says; partitions that have not followed."""
    rules = _rules(world)
    for one in fired:
        body = one.body
        rule = rules.get(body["rule_version"])
        if rule is None or rule.id != body["rule_id"]:
            yield f"I2: {body['trigger_id']} was fired by a rule that was never published"
        elif rule.shadow:
            yield f"I2: {body['trigger_id']} was fired by a shadow"
        elif rule.destination != body["destination"]:
            yield f"I2: {body['trigger_id']} goes to {body['destination']}, and its rule says {rule.destination}"
    (log,) = world.broker.of_topic(Topic.RULEBOOKS.value)
    said = [read(entry) for entry in log.committed()]
    newest = [one.rulebook.version for one in said if one is not None and one.rulebook is not None][-1]
    catalogued = (Topic.PRODUCTS_CHANGELOG,) if world.options.kind is Kind.LIFECYCLE else ()
    for changelog in (*STATE, *catalogued):
        for state in world.broker.of_topic(changelog.value):
            kept = [entry.value for entry in state.committed() if entry.key == RECORD]
            versions = [orjson.loads(value)["takeovers"][-1][0] for value in kept]
            if versions[-1:] != [newest]:
                yield f"I7: {state.tp} goes by {versions[-1:]}, and {newest} is in force"
            if any(one == other for one, other in pairwise(versions)):
                yield f"I3: {state.tp} has taken over one rulebook twice in a row: {versions}"


def _rules(world: Any) -> dict[str, Rule]:
    books = [rulebook(world.options, number) for number in range(VERSIONS)]
    return {rule.version: rule for book in books for rule in book.rules}
