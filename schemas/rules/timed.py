"""Rules that wait for a due time, and those that then speak several times: steps, and what ends a run of them."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from schemas.events.engagements import RESPONSES
from schemas.rules.base import ConditionalRule, ConditionText, Path, Section
from schemas.rules.message import Message
from schemas.rules.words import Duration, DurationOrNone, DurationOrOff, duration_words

STEPS_MAX = 20
"""Messages of one run: more are a newsletter."""

RUN_MIN = 2
"""Steps that make a run: one comes after the first."""

Answer = Literal["order", "visit", "click", "reply", "open"]
"""What a person does that ends a run of steps."""

ANSWERS: Mapping[str, str] = {
    "order": "they order",
    "visit": "they come back",
    "click": "they follow a link in a message",
    "reply": "they reply",
    "open": "they open a message",
}
"""The same in a sentence."""


def _one_or_several(said: Any) -> Any:
    """One word stands for a list of one."""
    return (said,) if isinstance(said, str) else said


if TYPE_CHECKING:
    Answers = tuple[Answer, ...]
else:
    Answers = Annotated[tuple[Answer, ...], BeforeValidator(_one_or_several)]


class Step(Section):
    """One message of several: `wait` after the one before has fired; for the first, after the rule's own wait. It has
    the rule's `message`, or its own. Where its own `if` does not hold when it is due, the run is over."""

    wait: DurationOrNone
    condition: Annotated[ConditionText | None, Field(alias="if")] = None
    message: Message | None = None

    @property
    def reading(self) -> list[str]:
        """What it has of its own, in plain language, each a sentence without its stop."""
        condition = [] if self.condition is None else [f"only if {self.condition.strip()}; else it is over"]
        return [*condition, *([] if self.message is None else [self.message.reading])]


class TimedRule(ConditionalRule):
    """A rule whose occasions wait for a due time.

    With `steps` it speaks several times, for as long as nobody answers: a run of steps ends when its kind says so, at
    what `stop_on` names, and at `deadline` after the anchor, that instant included."""

    steps: Annotated[tuple[Step, ...], Field(max_length=STEPS_MAX)] = ()
    stop_on: Answers = ("order",)
    deadline: DurationOrOff = None

    @model_validator(mode="after")
    def _ends_a_run(self) -> Self:
        ends = (("stop_on", self.stop_on != ("order",)), ("deadline", self.deadline is not None))
        said = next((name for name, is_said in ends if is_said), None)
        if said is not None and len(self.steps) < RUN_MIN:
            raise ValueError(f"{said} ends a run of steps, and this rule speaks once; write steps, or take it out")
        at_once = next((number for number, step in enumerate(self.steps[1:], RUN_MIN) if not step.wait), None)
        if at_once is not None:
            raise ValueError(f"step {at_once} waits for nothing: two messages would go at once; write its wait")
        return self

    @property
    def ifs(self) -> tuple[tuple[Path, str], ...]:
        """The rule's own, which has to hold for every step, and those of steps."""
        steps = enumerate(self.steps)
        own = [(("steps", place, "if"), step.condition) for place, step in steps if step.condition is not None]
        return (*super().ifs, *own)

    @cached_property
    def responses(self) -> frozenset[str]:
        """Those that `stop_on` names."""
        heard = self.stop_on if len(self.steps) >= RUN_MIN else ()
        return frozenset([RESPONSES[answer] for answer in heard if answer in RESPONSES])

    def limits(self) -> list[str]:
        """What else holds of it: how it goes on, too."""
        said = []
        if self.steps:
            waits = ", then after ".join(duration_words(step.wait) for step in self.steps[1:])
            until = " or ".join(ANSWERS[answer] for answer in self.stop_on) or "its occasion ends"
            first = f"The first of its {len(self.steps)} steps comes {duration_words(self.steps[0].wait)} later"
            said = [
                *([first] if self.steps[0].wait else []),
                *([f"Again after {waits}, until {until}"] if waits else []),
            ]
            if self.deadline is not None:
                said.append(f"Nothing of it comes later than {duration_words(self.deadline)} after what it counts from")
            for number, step in enumerate(self.steps, 1):
                said += [f"Step {number}: {one}" for one in step.reading]
        return [*said, *super().limits()]

    @property
    def goes(self) -> str:
        """With steps, of each."""
        return "Each step goes" if len(self.steps) >= RUN_MIN else super().goes

    def message_of(self, step: int) -> Message | None:
        """That of the step, else the rule's."""
        own = self.steps[step - 1].message if step <= len(self.steps) else None
        return self.message if own is None else own

    @property
    def messages(self) -> tuple[Message, ...]:
        """The rule's, and those of its steps."""
        return (*super().messages, *[step.message for step in self.steps if step.message is not None])

    @property
    def own_wait(self) -> int:
        """What the rule itself waits for before its first step, ms."""
        return 0

    @cached_property
    def first_wait(self) -> int:
        """From what the rule counts from to the first due time, ms."""
        return self.own_wait + (self.steps[0].wait if self.steps else 0)

    @property
    def longest_wait(self) -> int:
        """From what the rule counts from to the last due time, ms, if nothing is late."""
        return self._plain_wait

    @property
    def shortest_wait(self) -> int:
        """The same of whom it waits for the shortest, ms."""
        return self._plain_wait

    def run_end(self, anchor: int) -> int | None:
        """When the run of its steps from that anchor, ms, is over whatever waits; None for never."""
        return None if self.deadline is None else anchor + self.deadline

    @property
    def _plain_wait(self) -> int:
        return self.own_wait + sum(step.wait for step in self.steps)


class WaitingRule(TimedRule):
    """A rule about absence: it is due `wait` after its anchor. `since_visit` if the anchor is the last click of a
    visit: that it was the last is not known before the session gap has passed."""

    since_visit: ClassVar[bool] = False
    wait: Duration

    @property
    def own_wait(self) -> int:
        """From the anchor on, ms."""
        return self.wait
