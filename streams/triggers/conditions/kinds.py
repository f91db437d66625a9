"""What a condition can speak of: kinds of values, and the tables of names that exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """What a value is, by the name that CEL gives it; a RECORD has fields of its own kinds."""

    TEXT = "string"
    WHOLE = "int"
    NUMBER = "double"
    TRUTH = "bool"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST = "list"
    MAP = "map"
    RECORD = "record"
    ANY = "dyn"
    NULL = "null"


Value = Any
"""None is unknown. Else, by kind: str; int; int or Decimal; bool; int (ms UTC); int (ms); a list or tuple; a dict with
str keys; for ANY what JSON has, floats included. Of these types themselves, no subclass: an enum gives its value.
Amounts are decimals in the unit that people say (12.50)."""


@dataclass(frozen=True, slots=True)
class Type:
    """What stands behind a name. `of` is what a list holds. A RECORD is told apart by `name`, the path by which its
    values are asked for; one without a name is an element of a list, and a mapping with `fields`. Of a text that can
    only be one of some, these are its `words`."""

    kind: Kind
    of: "Type | None" = None
    name: str = ""
    fields: Mapping[str, "Type | Question"] = field(default_factory=dict)
    words: tuple[str, ...] | None = None
    meant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked with one argument, such as `orders_in("365d")`. DURATION takes a literal as the rulebook writes
    them, and hands on ms; TEXT takes any string, but one of `words` where they are named."""

    takes: Kind
    gives: Type
    words: tuple[str, ...] = ()


Fields = Mapping[str, Type]
"""The first names of a condition, each a RECORD."""


class Given(Protocol):
    """What a condition is judged on. Only what the condition comes to is asked for, when it does; the same question
    has the same answer as long as one judgement takes."""

    def value(self, path: str) -> Value:
        """What is behind `event.name`, `person.orders`; a whole map for `event.properties`. None is unknown."""

    def answer(self, path: str, argument: str | int) -> Value:
        """The answer to a question such as `person.orders_in`, with ms for a duration. None is unknown."""
