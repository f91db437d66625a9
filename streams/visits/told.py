"""What a batch, or a step of time, tells of visitors."""

from schemas.facts.profile_facts import Fact

Told = dict[bytes, list[Fact]]
"""Facts in the order in which they came, by the visitor whom they are about."""

AT_A_TIME = 5000
"""Visitors whose visits are over by one step of W, and who are alive at a time because of it: some 20 MB. After a
silence, or when orders had held W back, it is all of a partition."""
