"""The product as a batch computation: records in the order of their arrival in, triggers out, to compare with the
oracle."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.rules.text import rulebook_from_text
from schemas.topics import Topic
from streams.replay import Replay
from streams.stage import Out
from tests.oracle.plain import Rules, Trigger
from tests.oracle.records import millis

Json = dict[str, Any]

PLAIN = Path("agents/rulebooks/plain.yaml")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
LATENESS = 5 * SECOND


class Arrival(NamedTuple):
    """A record as it reaches the system: on which topic, and when on the broker's clock."""

    at: int
    topic: Topic
    record: Json

    def fed(self) -> tuple[Topic, bytes | None, bytes, int]:
        """As a replay takes it: topic, key, value, time."""
        return self.topic, key_of(self.record, self.topic), orjson.dumps(self.record), self.at


class Outcome(NamedTuple):
    """What came of a replay: the fired triggers as the oracle says them, and their ids in the order of firing."""

    triggers: set[Trigger]
    ids: list[str]

    @classmethod
    def of(cls, outputs: Iterable[Out]) -> Self:
        """What these outputs say."""
        fired = _fired(outputs)
        return cls({_as_the_oracle_says(trigger) for trigger in fired}, [trigger["trigger_id"] for trigger in fired])


def plain_rulebook(silence: str) -> Rulebook:
    """The shipped plain rulebook with another silence, and with checkout abandonment, which it leaves out."""
    text = PLAIN.read_text().replace("wait: 30d", f"wait: {silence}")
    text += "  - {id: checkout_abandonment, kind: checkout_abandonment, wait: 60m, expires_after: never}\n"
    return rulebook_from_text(text, PLAIN.name)


def plain_rules(silence_ms: int) -> Rules:
    """The same rulebook in the oracle's words."""
    return Rules(HOUR // 2, HOUR, HOUR, HOUR, silence_ms, silence_ms, exit=True)


def arrivals(clicks: Iterable[Json], orders: Iterable[Json], catalog: Iterable[Json] = ()) -> list[Arrival]:
    """The topics interleaved by the clock: each keeps its own order, at one time the clicks come first."""
    topics = {Topic.CLICKSTREAM: clicks, Topic.ORDERS: orders, Topic.CATALOG: catalog}
    order = [*topics]
    all_ = [arrival for topic, records in topics.items() for arrival in _clocked(topic, records)]
    return sorted(all_, key=lambda arrival: (arrival.at, order.index(arrival.topic)))


def _clocked(topic: Topic, records: Iterable[Json]) -> list[Arrival]:
    """Each record at the latest time seen so far on its topic: nothing arrives before it has happened."""
    clock, arrived = 0, []
    for record in records:
        clock = max(clock, millis(record["occurred_at"]))
        arrived.append(Arrival(clock, topic, record))
    return arrived


def replay(rulebook: Rulebook, arrived: Iterable[Arrival], *, drain: bool = True, lateness: int = LATENESS) -> Outcome:
    """Everything that fires."""
    driver = Replay(rulebook, lateness)
    for arrival in arrived:
        driver.feed(*arrival.fed())
    if drain:
        driver.drain()
    else:
        driver.end()
    return Outcome.of(driver.take().outputs)


def fired_by_rule(
    rulebook: Rulebook, arrived: Iterable[Arrival], *, until: int | None = None
) -> tuple[Counter[Trigger], list[str]]:
    """What fires until that time, ms, or for as long as anything waits: each by its rule in place of its kind, and as
    often as it does; and the ids."""
    driver = Replay(rulebook, LATENESS)
    for arrival in arrived:
        driver.feed(*arrival.fed())
    if until is None:
        driver.drain()
    else:
        driver.advance(until)
        driver.end()
    fired = _fired(driver.take().outputs)
    return Counter(_as_the_oracle_says(one, "rule_id") for one in fired), [one["trigger_id"] for one in fired]


def key_of(record: Json, topic: Topic) -> bytes | None:
    """The Kafka key that a producer gives a record: the id as it writes it."""
    if topic is Topic.CATALOG:
        return str(record["product_id"]).encode()
    key = record.get("visitor_id") if topic is Topic.CLICKSTREAM else record.get("customer_id") or record["visitor_id"]
    return None if key is None else str(key).encode()


def _fired(outputs: Iterable[Out]) -> list[Json]:
    said = [orjson.loads(out.value) for out in outputs if out.topic is Topic.TRIGGERS]
    return [trigger for trigger in said if trigger["type"] == "fired"]


def _as_the_oracle_says(trigger: Json, name: str = "kind") -> Trigger:
    person = f"c:{trigger['customer_id']}" if trigger["customer_id"] else f"v:{trigger['visitor_id']}"
    return Trigger(trigger[name], person, trigger["anchor_ms"], trigger["due_ms"])
