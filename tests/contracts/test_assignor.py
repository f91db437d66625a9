"""How a group's partitions are dealt: what is read together goes to one member, evenly, and stays where it was.

The assignor is asked as aiokafka's coordinator asks it: by its bytes, a class a member, the leader deals for all.
"""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any

import pytest
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocol

from agents.seam import copartitioned_assignor

SESSIONS = [["shop.clickstream", "shop.visitor-inbox"]]
INTAKE = [["shop.orders"], ["shop.engagements"]]
MIXED = [["a", "a-too", "a-as-well"], ["b"], ["c", "c-too"]]

Share = dict[str, frozenset[int]]
"""What a member has: by topic the numbers."""


class Cluster:
    """As much of the cluster's metadata as assignors look at."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def topics(self) -> set[str]:
        return set(self._counts)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._counts[topic])) if topic in self._counts else None


class ConsumerGroup:
    """Members that come and go."""

    def __init__(self, groups: list[list[str]], counts: Mapping[str, int]) -> None:
        self.groups = groups
        self.counts = counts
        self.cluster = Cluster({topic: counts[group[0]] for group in groups for topic in group} | {"another": 3})
        self.members: dict[str, Any] = {}
        self.shares: dict[str, Share] = {}

    def join(self, *names: str, groups: list[list[str]] | None = None) -> None:
        for name in names:
            self.members[name] = copartitioned_assignor(groups or self.groups)

    def leave(self, *names: str) -> None:
        for name in names:
            del self.members[name]

    def deal(self) -> dict[str, Share]:
        """A rebalance; what each member has afterwards."""
        said = {
            name: ConsumerProtocol.METADATA.decode(assignor.metadata(list(chain(*assignor.together))).encode())
            for name, assignor in self.members.items()
        }
        leader = next(iter(self.members.values()))
        dealt = leader.assign(self.cluster, said)
        self.shares = {}
        for name, assignor in self.members.items():
            assignment = ConsumerProtocol.ASSIGNMENT.decode(dealt[name].encode())
            assignor.on_assignment(assignment)
            self.shares[name] = {topic: frozenset(numbers) for topic, numbers in assignment.assignment}
        return self.shares

    def units(self, name: str) -> set[tuple[str, int]]:
        """By the first topic, the partitions of a member."""
        firsts = [group[0] for group in self.groups]
        return {(first, number) for first in firsts for number in self.shares[name].get(first, ())}

    def check(self) -> None:
        """Together, everything, once, evenly."""
        for share in self.shares.values():
            for group in self.groups:
                assert len({share.get(topic) for topic in group}) == 1, f"dealt apart: {share}"
        dealt = Counter(unit for name in self.shares for unit in self.units(name))
        firsts = [group[0] for group in self.groups]
        assert dealt == Counter((first, number) for first in firsts for number in range(self.counts[first]))
        sizes = [len(self.units(name)) for name in self.shares]
        assert max(sizes) - min(sizes) <= 1, f"uneven: {sizes}"


def test_the_seam_knows_what_it_derives_from() -> None:
    """aiokafka has no promise for these; what it keeps on the class is why each group needs its own."""
    assert StickyPartitionAssignor.member_assignment is None
    for name in ("assign", "parse_member_metadata", "metadata", "on_assignment", "version", "DEFAULT_GENERATION_ID"):
        assert hasattr(StickyPartitionAssignor, name)


@pytest.mark.parametrize("members", range(1, 9))
@pytest.mark.parametrize(
    ("groups", "counts"),
    [
        (SESSIONS, {"shop.clickstream": 12}),
        (INTAKE, {"shop.orders": 4, "shop.engagements": 3}),
        (MIXED, {"a": 7, "b": 5, "c": 1}),
        (SESSIONS, {"shop.clickstream": 1}),
    ],
)
def test_topics_that_are_read_together_are_dealt_together(
    groups: list[list[str]], counts: dict[str, int], members: int
) -> None:
    """And evenly, also where there are more members than partitions."""
    group = ConsumerGroup(groups, counts)
    group.join(*(f"m{number}" for number in range(members)))
    group.deal()
    group.check()


@pytest.mark.parametrize("seed", range(40))
def test_members_come_and_go_and_no_more_moves_than_has_to(seed: int) -> None:
    """Whoever comes gets their share, and nobody else gets anything; of whoever goes the others take over what they
    had, and keep their own."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    groups, counts = rng.choice(
        [
            (SESSIONS, {"shop.clickstream": rng.choice([1, 2, 12, 30])}),
            (MIXED, {"a": rng.randint(1, 12), "b": 5, "c": 3}),
        ]
    )
    group = ConsumerGroup(groups, counts)
    group.join("m0")
    group.deal()
    for number in range(1, 25):
        before = {name: group.units(name) for name in group.members}
        gone: set[str] = set()
        if len(group.members) > 1 and rng.random() < 0.45:
            gone = set(rng.sample(sorted(group.members), rng.randint(1, len(group.members) - 1)))
            group.leave(*gone)
        else:
            group.join(f"m{number}")
        group.deal()
        group.check()
        for name in before.keys() - gone:
            now = group.units(name)
            assert now >= before[name] if gone else now <= before[name], f"{name}: {before[name]} -> {now}"


def test_a_rebalance_for_nothing_moves_nothing() -> None:
    """A member that is late, or comes again, costs no restore."""
    group = ConsumerGroup(SESSIONS, {"shop.clickstream": 11})
    group.join("m0", "m1", "m2")
    before = group.deal()
    assert group.deal() == before


def test_what_a_member_had_is_known_by_the_first_topic_alone() -> None:
    """One that had only a partner is dealt it with its first topic all the same: they never part."""
    group = ConsumerGroup(SESSIONS, {"shop.clickstream": 4})
    group.join("m0", "m1")
    group.deal()
    for assignor in group.members.values():
        assignor.member_assignment = [tp for tp in assignor.member_assignment if tp.topic == "shop.visitor-inbox"]
    group.deal()
    group.check()


def test_partners_that_the_leader_has_not_heard_of_yet_are_dealt_all_the_same() -> None:
    """By number, as many as the first topic has: a worker has checked that before it joined."""
    group = ConsumerGroup(SESSIONS, {"shop.clickstream": 4})
    group.cluster = Cluster({"shop.clickstream": 4})
    group.join("m0", "m1")
    group.deal()
    group.check()


def test_whoever_leads_deals_also_what_it_does_not_read_itself() -> None:
    """Two shops that share an app id by mistake share a group: each member gets partitions of what it reads."""
    shop, other = SESSIONS, [["other.clickstream", "other.visitor-inbox"]]
    group = ConsumerGroup([*shop, *other], {"shop.clickstream": 4, "other.clickstream": 6})
    group.join("m0", "m1", groups=shop)
    group.join("n0", "n1", groups=other)
    for _ in range(2):
        shares = group.deal()
        assert [sorted(shares[name]) for name in ("m0", "n0")] == [sorted(shop[0]), sorted(other[0])]
        assert [len(group.units(name)) for name in ("m0", "m1", "n0", "n1")] == [2, 2, 3, 3]
        for share in shares.values():
            assert len(set(share.values())) == 1


def test_groups_in_one_process_do_not_hear_of_each_other() -> None:
    """aiokafka keeps what a member has on the class: with one class, the second group would be told the first's."""
    sessions, intake = copartitioned_assignor(SESSIONS), copartitioned_assignor(SESSIONS)
    group = ConsumerGroup(SESSIONS, {"shop.clickstream": 2})
    group.members["m0"] = sessions
    group.deal()
    assert len(sessions.member_assignment) == 4
    assert intake.member_assignment is None
