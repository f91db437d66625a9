"""Versions of what stands in the changelogs: an older record is lifted step by step, a newer one is refused.

To change a kind of record, add a step to its chain: that is its next version. Bytes of every version that was ever
written stay with the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FIRST_VERSION = 1
"""The version of a record that does not say any."""

Step = Callable[[Any], Any]
"""Makes of a record, as its JSON says it, the next version of it."""


class NewerState(Exception):
    """A newer program wrote this record. Folding on would damage it, so nothing may be written after this."""


@dataclass(slots=True, frozen=True)
class StateFormat:
    """A kind of record: what it is called, and the steps that lift it, the first of version 1 to 2."""

    name: str
    steps: tuple[Step, ...] = ()

    @property
    def version(self) -> int:
        """The version that this program writes."""
        return FIRST_VERSION + len(self.steps)

    def lift(self, version: int, record: Any) -> Any:
        """The record as of today's version. Raises NewerState for one that is newer."""
        if version > self.version:
            raise NewerState(
                f"{self.name} of version {version}, and this program reads up to version {self.version}: a newer "
                "Afterclick wrote it; nothing was changed; start that version again, or a later one"
            )
        for step in self.steps[version - FIRST_VERSION :]:
            record = step(record)
        return record
