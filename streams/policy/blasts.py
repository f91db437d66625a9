"""How many triggers of each guarded rule a partition has let out lately, and which rules are shut.

The limit is the shop's, and each partition that decides has an equal share of it, at least one trigger. A stretch of
`per` begins with the first trigger after the last one has passed, in event time. What is counted is kept in the stage's
mark, so that a restart does not open what was shut. A rule is open again when its `guard` says anything else.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from schemas.rules.base import Guard

Count = tuple[str, int, int, bool]
"""What the guard said, since when, how many, and whether the rule is shut."""


class Blasts:
    """The counts of a partition, of which there are so many."""

    __slots__ = ("_counts", "_partitions")

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._counts: dict[str, Count] = {}

    def share(self, guard: Guard) -> int:
        """How many triggers in `per` are this partition's."""
        return max(1, guard.max // self._partitions)

    def lets_out(self, rule_id: str, guard: Guard, at: int) -> bool:
        """Whether another trigger of the rule may go at that time, ms; it is counted, or the rule is shut."""
        says = guard.model_dump_json()
        known, since, count, is_shut = self._counts.get(rule_id, (says, at, 0, False))
        if known != says or (not is_shut and at >= since + guard.per):
            since, count, is_shut = at, 0, False
        is_shut = is_shut or count >= self.share(guard)
        self._counts[rule_id] = says, since, count + (not is_shut), is_shut
        return not is_shut

    def kept(self) -> dict[str, Count]:
        """What the stage's mark keeps."""
        return self._counts

    def restore(self, kept: Mapping[str, Sequence[Any]]) -> None:
        """Go on from what a mark has kept: JSON has lists for tuples, and machine code takes no list for one."""
        for rule_id, counted in kept.items():
            says, since, count, is_shut = counted
            self._counts[rule_id] = says, since, count, is_shut

    def forget(self, rules: Collection[str]) -> None:
        """Keep what is counted of these rules alone: the rulebook has no others."""
        self._counts = {rule_id: count for rule_id, count in self._counts.items() if rule_id in rules}
