"""What conditions are judged on in these tests: values by path, and a note of what was asked for."""

from typing import Any

from streams.triggers.conditions.condition import Condition, Verdict, compile_condition
from streams.triggers.conditions.kinds import Value
from streams.triggers.conditions.mistakes import Mistake
from streams.triggers.conditions.names import OF_AN_EPISODE

DAY_MS = 86_400_000


class Told:
    """Knows what it was told; everything else is unknown. `asked` is what was asked for, in order."""

    def __init__(self, values: dict[str, Any] | None = None, answers: dict[tuple[str, str | int], Any] | None = None):
        self._values = values or {}
        self._answers = answers or {}
        self.asked: list[str] = []

    def value(self, path: str) -> Value:
        """The value, or None."""
        self.asked.append(path)
        return self._values.get(path)

    def answer(self, path: str, argument: str | int) -> Value:
        """The answer, or None."""
        self.asked.append(f"{path}({argument})")
        return self._answers.get((path, argument))


def condition(text: str) -> Condition:
    """The condition of an `if`; it must be one."""
    made = compile_condition(text, OF_AN_EPISODE, "rule: if")
    assert isinstance(made, Condition), str(made)
    return made


def mistake(text: str) -> Mistake:
    """What is wrong with it; something must be."""
    made = compile_condition(text, OF_AN_EPISODE, "rule: if")
    assert isinstance(made, Mistake), text
    return made


def judged(
    text: str, values: dict[str, Any] | None = None, answers: dict[tuple[str, str | int], Any] | None = None
) -> Verdict:
    """The verdict on these values."""
    return condition(text).judge(Told(values, answers))


def holds(
    text: str, values: dict[str, Any] | None = None, answers: dict[tuple[str, str | int], Any] | None = None
) -> bool:
    """Whether it holds of these values; it must not be for a fault."""
    verdict = judged(text, values, answers)
    assert verdict.failure is None, verdict.failure
    return verdict.held
