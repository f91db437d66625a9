"""What stands on the topics of a world, as committed."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from tests.simulation.logs import Entry

Json = dict[str, Any]

TERMINAL = {"delivered", "cancelled", "expired", "suppressed", "unavailable", "dead"}


class Said(NamedTuple):
    """A record and when the broker took it."""

    entry: Entry
    body: Json

    @property
    def at_ms(self) -> int:
        return self.entry.timestamp


def said(world: Any, topic: str) -> Iterator[Said]:
    """All that stands on a topic, as committed: a JSON record, or one of several facts a line each."""
    for log in world.broker.of_topic(topic):
        for entry in log.committed():
            for line in (entry.value or b"").splitlines():
                yield Said(entry, orjson.loads(line))
