"""What the product finds of win-back, cross-sell and replenishment, in the words of the oracle."""

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.plain import Trigger
from tests.oracle.worlds import Json
from tests.properties.batch import LATENESS, arrivals


def found(
    rules: Rulebook, clicks: list[Json], orders: list[Json], catalog: list[Json] | None = None
) -> tuple[list[Trigger], list[str]]:
    """All triggers as the oracle says them, and their ids in the order of firing."""
    driver = Replay(rules, LATENESS)
    for arrival in arrivals(clicks, orders, catalog or ()):
        driver.feed(*arrival.fed())
    driver.drain()
    said = [orjson.loads(out.value) for out in driver.take().outputs if out.topic is Topic.TRIGGERS]
    fired = [trigger for trigger in said if trigger["type"] == "fired"]
    return [as_the_oracle_says(trigger) for trigger in fired], [trigger["trigger_id"] for trigger in fired]


def as_the_oracle_says(trigger: Json) -> Trigger:
    """With the product that it is about, if it is about one."""
    person = f"c:{trigger['customer_id']}" if trigger["customer_id"] else f"v:{trigger['visitor_id']}"
    of = f" of {trigger['lines'][0]['product_id']}" if trigger["kind"] == "replenishment" else ""
    return Trigger(trigger["kind"] + of, person, trigger["anchor_ms"], trigger["due_ms"])
