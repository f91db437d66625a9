"""What a role is: its topics, where its state lives, and who folds a partition."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.published import Rules
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Stage

Group = tuple[Topic, ...]
"""Source topics that are read together, all with as many partitions: one stage folds partition p of each."""


@dataclass(slots=True, frozen=True)
class Source:
    """What one stage reads: that partition of each topic of the group."""

    group: Group
    partition: int


@dataclass(slots=True, frozen=True)
class Role:
    """What a role reads, where its state lives, who folds a partition, which inboxes are told of its watermarks, and
    by which `rules` it goes.

    Partition p of a source keeps its state in partition p modulo the changelog's count; stages that share a changelog
    partition get each other's records at restore, and ignore them.
    """

    name: str
    sources: tuple[Group, ...]
    changelog: Topic
    make_stage: Callable[[Group, int, Layout], Stage]
    tells: tuple[Topic, ...] = ()
    rules: Rules | None = None

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All source topics."""
        return tuple(topic for group in self.sources for topic in group)
