"""Versions of what stands in the changelogs: an older record is lifted step by step, a newer one is refused.

To change a kind of record, add a step to its chain: that is its next version. Bytes of every version that was ever
written stay with the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FIRST_VERSION = 1
"""The version of a record that does not say any."""

WHAT_TO_DO = "version 0.1 is unreleased and lifts no state of before; delete its topics and run `topics apply`"

Step = Callable[[Any], Any]
"""Makes of a record, as its JSON says it, the next version of it."""


class OtherState(Exception):
    """A program of another version wrote this record, and it cannot be read. Nothing may be written after this."""


class NewerState(OtherState):
    """A newer program wrote this record. Folding on would damage it."""


class OlderState(OtherState):
    """This record is older than any that can be lifted."""


@dataclass(slots=True, frozen=True)
class StateFormat:
    """A kind of record: what it is called, the oldest version that is still read, and the steps that lift that and
    those after it, one version each."""

    name: str
    steps: tuple[Step, ...] = ()
    oldest: int = FIRST_VERSION

    @property
    def version(self) -> int:
        """The version that this program writes."""
        return self.oldest + len(self.steps)

    def lift(self, version: int, record: Any) -> Any:
        """The record as of today's version. Raises NewerState for one that is newer, OlderState for one that is older
        than the oldest."""
        if version > self.version:
            raise NewerState(
                f"{self.name} of version {version}, and this program reads up to version {self.version}: a newer "
                "Afterclick wrote it; nothing was changed; start that version again, or a later one"
            )
        if version < self.oldest:
            raise OlderState(f"{self.name} of version {version}, and {self.oldest} is the oldest read: {WHAT_TO_DO}")
        for step in self.steps[version - self.oldest :]:
            record = step(record)
        return record
