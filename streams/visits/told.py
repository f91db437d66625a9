"""What a batch, or a step of time, tells of visitors."""

from schemas.facts.profile_facts import Fact

Told = dict[bytes, list[Fact]]
"""Facts in the order in which they came, by the visitor whom they are about."""
