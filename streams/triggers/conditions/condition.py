"""A rulebook's conditions: `if`, `where`, segments, stages and tiers, written in CEL (the language of cel.dev).

The language is CEL's, less maps, messages, bytes and time zones. What it says of the unknown is for marketers:

- **Null.** What a record leaves out, and what is not known of a person, is null. A comparison with null is false,
  `!=` and `in` included; so are `contains` and its like. Arithmetic with null is null. `x == null`, `x != null` and
  `has(x)` ask whether there is a value. Where true or false is needed, null is false. So a negation of what is unknown
  is true: `!(person.spend_in("365d") > 100)` holds for whom nothing is known of, `person.spend_in("365d") <= 100` does
  not.
- **Numbers.** Whole numbers and decimals compare and reckon freely: 5 == 5.0, 0.1 + 0.2 == 0.3, 5 / 2 == 2.5.
- **Faults.** A value of an unexpected kind, a division by zero: the condition does not hold, and says why. A part that
  decides `||` or `&&` does so although another part is a fault.

Nothing here knows the time or draws lots: the same values, the same verdict. How long a condition may be and how much
it may do is limited (`reading`, `terms`), and patterns are those of RE2, so none can stall a partition.
"""

from typing import NamedTuple

from streams.triggers.conditions.compiling import compiled
from streams.triggers.conditions.kinds import Fields, Given
from streams.triggers.conditions.mistakes import Fault, Mistake, Wrong
from streams.triggers.conditions.reading import tree_of
from streams.triggers.conditions.terms import Scope, Test, truth


class Verdict(NamedTuple):
    """What became of a judgement. `failure` is a sentence where a fault is why it does not hold."""

    held: bool
    failure: str | None = None


HELD = Verdict(True)
NOT_HELD = Verdict(False)


class Condition:
    """A condition that can be judged, again and again."""

    def __init__(self, text: str, where: str, run: Test, asked: frozenset[str]) -> None:
        self.text = text
        self.where = where
        self.asked = asked
        self._run = run

    def judge(self, given: Given) -> Verdict:
        """Whether it holds of what is given. Asks only for what it comes to. What `given` raises goes through."""
        try:
            return HELD if self._run(given, None) else NOT_HELD
        except Fault as fault:
            return Verdict(False, str(fault))


def compile_condition(text: str, fields: Fields, where: str) -> Condition | Mistake:
    """The condition, checked against the names that exist; or what is wrong with it, where, and how to mend it.

    `where` is what the caller calls the place, such as `quote_reminder: if`. No text raises.
    """
    scope = Scope(fields)
    try:
        run = truth(compiled(tree_of(text), scope))
    except Wrong as wrong:
        return Mistake(where, wrong.at.line, wrong.at.column, wrong.sentence)
    return Condition(text, where, run, _without_parts({path for path, times in scope.asked.items() if times > 0}))


def asked_of(*conditions: Condition) -> frozenset[str]:
    """The names that they may ask for: `event.name`, `event.properties.plan`, `person.orders_in`. A map that one of
    them uses as a whole, or by a key that is not written out, is there as a whole: `event.properties`."""
    return _without_parts({path for condition in conditions for path in condition.asked})


def _without_parts(paths: set[str]) -> frozenset[str]:
    """A path within another that is asked for whole is not told apart."""

    def is_within_another(path: str) -> bool:
        return any(path.startswith(f"{other}.") for other in paths)

    return frozenset(path for path in paths if not is_within_another(path))
