"""What is wrong with a condition as it is written, or with a value that it meets: a place and a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins in a condition's text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a condition cannot be used. `where` is what the caller said of it, such as `quote_reminder: if`."""

    where: str
    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}, column {self.column}: {self.sentence}"


class Wrong(Exception):
    """Inside the compilation: the text cannot be a condition."""

    def __init__(self, at: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.at = at
        self.sentence = sentence


class Fault(Exception):
    """Inside a judgement: a value is not what the condition takes it for."""

    def __init__(self, at: Place, sentence: str) -> None:
        super().__init__(f"line {at.line}, column {at.column}: {sentence}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The question that names what was most likely meant, or nothing."""
    by_lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""
