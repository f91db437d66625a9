"""How many partitions each topic has, as the broker's metadata show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.topics import Topic


@dataclass(slots=True, frozen=True)
class Layout:
    """Partition counts by topic."""

    counts: Mapping[Topic, int]

    def partitions(self, topic: Topic) -> int:
        """How many partitions the topic has. Raises KeyError for a topic that was not looked up."""
        return self.counts[topic]
