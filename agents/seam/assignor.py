"""Who in a group gets which partitions: those of topics that are read together go to one member, and stay there."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, ClassVar

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment


def copartitioned_assignor(groups: Sequence[Sequence[str]]) -> type[Any]:
    """An assignor for topics that are read together, by the names they have on the cluster.

    aiokafka keeps what a member has on the class, and sends it along when the member joins again: so each consumer
    group in a process needs a class of its own.
    """
    partners = {group[0]: tuple(group) for group in groups}
    return type("CopartitionedAssignor", (_Copartitioned,), {"partners": partners})


class _Copartitioned(StickyPartitionAssignor):  # type: ignore[misc]  # aiokafka is Any to mypy
    """Deals the first topic of each group as aiokafka does, balanced and sticky; its partners' partitions follow.

    What members say they had may name partners too: that says nothing new.
    """

    name = "afterclick-copartitioned"
    """A member that deals otherwise, as a stock client would, is refused by the brokers."""
    partners: ClassVar[Mapping[str, Sequence[str]]] = {}
    """By the first topic of each group: all its topics."""

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """By member, the partitions that it gets."""
        dealt = super().assign(_Leading(cluster, cls.partners.keys()), members)
        return {member: cls._with_partners(assignment) for member, assignment in dealt.items()}

    @classmethod
    def parse_member_metadata(cls, metadata: Any) -> Any:
        """What a member subscribes and had, of the leading topics."""
        said = super().parse_member_metadata(metadata)
        return said._replace(
            subscription=[topic for topic in said.subscription if topic in cls.partners],
            partitions=[partition for partition in said.partitions if partition.topic in cls.partners],
        )

    @classmethod
    def _with_partners(cls, dealt: Any) -> Any:
        # By number, also where the leader has not heard of a partner's partitions yet: the counts were checked.
        topics = [(topic, numbers) for first, numbers in dealt.assignment for topic in cls.partners[first]]
        return ConsumerProtocolMemberAssignment(cls.version, sorted(topics), b"")


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
