"""Which field a name is, and what a field says that is there twice or in two spellings.

Equal values are no contradiction. What contradicts itself says nothing: whether the record needs it is for others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.dead_letters import Oddity, Rejection
from schemas.json_text import Said
from schemas.mended_values import ABSENT, Read, Reader
from schemas.second_look import plain_name

Odd = dict[Oddity, None]
"""What was odd about a record, each once, in the order in which it was found."""

OF_PLATFORMS = frozenset({"type"})
"""Fields whose other spellings are the platforms' own: a `Type` beside our `type` says something else by nature."""


@dataclass(slots=True, frozen=True)
class Shape:
    """The fields of a kind of record: how each is read, and all names that are ours."""

    readers: Mapping[str, Reader]
    names: Mapping[str, str]
    spellings: Mapping[str, str]

    def fields(self, said: Said, odd: Odd) -> dict[str, Read]:
        """What each field says that is there; names that are not ours are noted."""
        own: dict[str, list[Read]] = {}
        others: dict[str, list[Read]] = {}
        for name, value in said:
            field = self.names.get(name)
            if field is not None:
                own.setdefault(field, []).append(self.readers[field](value))
                continue
            odd[Oddity.UNKNOWN_FIELD] = None
            field = self.spellings.get(plain_name(name))
            if field is not None:
                others.setdefault(field, []).append(self.readers[field](value))
        return {field: _agreed(reads, others.get(field, [])) for field, reads in own.items()}


def shape(readers: Mapping[str, Reader], aliases: Mapping[str, str] | None = None, **spelt: str) -> Shape:
    """The shape of these fields; `aliases` are other names of ours, `spelt` other spellings."""
    names = {**{field: field for field in readers}, **(aliases or {})}
    spellings = {plain_name(name): field for name, field in names.items() if field not in OF_PLATFORMS}
    return Shape(readers, names, {**spellings, **spelt})


def _agreed(own: list[Read], others: list[Read]) -> Read:
    if len(own) == 1 and not others:
        return own[0]
    told = [read for read in own if read.said is not None]
    if not told:
        return next((read for read in own if read.wrong is not None), ABSENT)
    first = told[0]
    if any(read.said != first.said and str(read.said) != str(first.said) for read in told):
        return Read(None, Oddity.FIELD_DROPPED, Rejection.DUPLICATE_KEY)
    if any(read.said not in (None, first.said) for read in others):
        return Read(None, Oddity.FIELD_DROPPED, Rejection.AMBIGUOUS)
    return first
