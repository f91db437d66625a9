"""Who in a group gets which partitions: those of topics that are read together go to one member, and stay there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, ClassVar

import orjson
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import (
    StickyAssignorMemberMetadataV1,
    StickyPartitionAssignor,
)
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


def copartitioned_assignor(together: Sequence[Sequence[str]]) -> type[Any]:
    """An assignor for topics by the names they have on the cluster: each group of them is read together.

    aiokafka keeps what a member has on the class, and sends it along when the member joins again: so each consumer
    group in a process needs a class of its own.
    """
    return type("CopartitionedAssignor", (_Copartitioned,), {"together": together})


class _Copartitioned(StickyPartitionAssignor):  # type: ignore[misc]  # aiokafka is Any to mypy
    """Deals the first topic of each group as aiokafka does, balanced and sticky; its partners' partitions follow.

    Each member says what it reads together and what it had: the leader need not read the same topics.
    """

    name = "afterclick-copartitioned"
    """A member that deals otherwise, as a stock client would, is refused by the brokers."""
    together: ClassVar[Sequence[Sequence[str]]] = ()

    @classmethod
    def metadata(cls, topics: Iterable[str]) -> Any:
        """What this member says when it joins."""
        had: dict[str, list[int]] = defaultdict(list)
        for topic, number in cls.member_assignment or ():
            had[topic].append(number)
        said = orjson.dumps({"together": cls.together, "had": had})
        return ConsumerProtocolMemberMetadata(cls.version, list(topics), said)

    @classmethod
    def parse_member_metadata(cls, metadata: Any) -> Any:
        """What a member reads and had, of the first topics of its groups."""
        firsts = [group[0] for group in _together(metadata)]
        had = orjson.loads(metadata.user_data)["had"]
        partitions = [TopicPartition(topic, number) for topic in firsts for number in had.get(topic, ())]
        return StickyAssignorMemberMetadataV1(firsts, partitions, cls.DEFAULT_GENERATION_ID)

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """By member, the partitions that it gets."""
        together = {member: {group[0]: group for group in _together(said)} for member, said in members.items()}
        dealt = super().assign(_Leading(cluster, {first for own in together.values() for first in own}), members)
        # By number, also where the leader has not heard of a partner's partitions yet: the counts were checked.
        return {
            member: ConsumerProtocolMemberAssignment(
                cls.version,
                sorted((topic, numbers) for first, numbers in own.assignment for topic in together[member][first]),
                b"",
            )
            for member, own in dealt.items()
        }


def _together(metadata: Any) -> list[list[str]]:
    groups: list[list[str]] = orjson.loads(metadata.user_data)["together"]
    return groups


class _Leading:
    """The cluster as if it had no topics but these."""

    def __init__(self, cluster: Any, topics: Set[str]) -> None:
        self._cluster = cluster
        self._topics = topics

    def topics(self) -> set[str]:
        """Those of them that are known."""
        return set(self._topics & self._cluster.topics())

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """The numbers of its partitions; None if they are not known."""
        numbers: set[int] | None = self._cluster.partitions_for_topic(topic)
        return numbers
