"""Which field a name is, and what a field says that is there twice.

Only the contract's own name is a field's. Another spelling of it is the platform's, and says what it says there: a name
that we do not know. Equal values are no contradiction. What contradicts itself says nothing: whether the record needs
it is for others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.mending.values import ABSENT, Read, Reader
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.json_text import Said

Odd = dict[Oddity, None]
"""What was odd about a record, each once, in the order in which it was found."""


@dataclass(slots=True, frozen=True)
class Shape:
    """The fields of a kind of record: how each is read, and all names that are ours."""

    readers: Mapping[str, Reader]
    names: Mapping[str, str]

    def fields(self, said: Said, odd: Odd) -> dict[str, Read]:
        """What each field says that is there; names that are not ours are noted."""
        told: dict[str, list[Read]] = {}
        for name, value in said:
            field = self.names.get(name)
            if field is None:
                odd[Oddity.UNKNOWN_FIELD] = None
            else:
                told.setdefault(field, []).append(self.readers[field](value))
        return {field: _agreed(reads) for field, reads in told.items()}


def shape(readers: Mapping[str, Reader], aliases: Mapping[str, str] | None = None) -> Shape:
    """The shape of these fields; `aliases` are other names of ours."""
    return Shape(readers, {**{field: field for field in readers}, **(aliases or {})})


def _agreed(reads: list[Read]) -> Read:
    told = [read for read in reads if read.said is not None]
    if not told:
        return next((read for read in reads if read.wrong is not None), ABSENT)
    first = told[0]
    if any(read.said != first.said and str(read.said) != str(first.said) for read in told):
        return Read(None, Oddity.FIELD_DROPPED, Rejection.DUPLICATE_KEY)
    return first
