"""Versions of what stands in the changelogs: an older record is lifted step by step, a newer one is refused, and so is
one older than the oldest that is still lifted.

To change a kind of record, add a step to its chain: that is its next version. Bytes of every version that was ever
written stay with the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

FIRST_VERSION = 1
"""The version of a record that does not say any."""

Step = Callable[[Any], Any]
"""Makes of a record, as its JSON says it, the next version of it."""


class UnreadableState(Exception):
    """A record that this program must not fold on from; nothing may be written after this. The text says what to do."""


class NewerState(UnreadableState):
    """A newer program wrote this record."""


class OlderState(UnreadableState):
    """A program wrote this record whose records are not lifted any more."""


@dataclass(slots=True, frozen=True)
class StateFormat:
    """A kind of record: what it is called, and the steps that lift it, the first of version `oldest` to the next."""

    name: str
    steps: tuple[Step, ...] = ()
    oldest: int = FIRST_VERSION

    @property
    def version(self) -> int:
        """The version that this program writes."""
        return self.oldest + len(self.steps)

    def lift(self, version: int, record: Any) -> Any:
        """The record as of today's version. Raises NewerState and OlderState."""
        if version > self.version:
            raise NewerState(
                f"{self.name} of version {version}, and this program reads up to version {self.version}: a newer "
                "Afterclick wrote it; nothing was changed; start that version again, or a later one"
            )
        if version < self.oldest:
            raise OlderState(
                f"{self.name} of version {version}, and this program reads from version {self.oldest} on: an "
                "Afterclick from before the release of version 0.1 wrote it; nothing was changed; what to do is in "
                "deploy/RUNBOOK.md, under 'Topics from before the release'"
            )
        for step in self.steps[version - self.oldest :]:
            record = step(record)
        return record

    def unknown(self, error: ValueError) -> NewerState:
        """The refusal of a record of a version that this program reads, in which is what only a newer one knows."""
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        return NewerState(
            f"{self.name} has what this program does not know ({what}): a newer Afterclick wrote it; nothing was "
            "changed; start that version again, or a later one"
        )
