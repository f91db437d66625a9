"""What a batch, or a step of time, tells of visitors."""

from schemas.facts.profile_facts import Fact

Told = dict[bytes, list[Fact]]
"""Facts in the order in which they came, by the visitor whom they are about."""

AT_A_TIME = 5000
"""So many visitors at most hear at once that their visits are over, and are alive because of it: some 20 MB. After a
silence, or when orders had held W back, one step of W ends the visits of a whole partition."""
