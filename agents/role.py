"""What a role is: its topics, where its state lives, and who folds a partition."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import Stage


@dataclass(slots=True, frozen=True)
class Role:
    """What a role reads, where its state lives, and who folds a partition.

    Partition p of a source keeps its state in partition p modulo the changelog's count; stages that share a changelog
    partition get each other's records at restore, and ignore them. Watermarks of `ungated` sources are not published.
    """

    name: str
    sources: tuple[Topic, ...]
    changelog: Topic
    make_stage: Callable[[Topic, int, Layout], Stage]
    ungated: frozenset[Topic] = frozenset({Topic.ENGAGEMENTS})
