"""What sections of a rulebook have in common."""

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from schemas.currencies import DIGITS
from schemas.rules.message import Message
from schemas.rules.words import (
    DAY_MS,
    Amount,
    Currency,
    Duration,
    DurationOrNone,
    DurationOrOff,
    Moment,
    Share,
    duration_brief,
    duration_words,
    moment_text,
    share_text,
)

STEPS_MAX = 20
"""Messages of one run: more are a newsletter."""

Answer = Literal["order", "visit"]
"""What a person does that ends a run of steps."""

ConditionText = Annotated[str, StringConstraints(min_length=1)]
"""A condition in CEL. It is compiled when the rulebook is loaded."""

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Category = Literal["marketing", "transactional"]

CHANNEL = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def channel_name(said: object) -> str:
    """A channel by its name. Raises ValueError with the mend for anything else."""
    if isinstance(said, str) and CHANNEL.match(said):
        return said
    raise ValueError(f"{said!r} is no channel; write a short name in small letters, such as email, sms or push")


if TYPE_CHECKING:
    ChannelName = str
else:
    ChannelName = Annotated[str, BeforeValidator(channel_name)]


class Section(BaseModel):
    """A part of the rulebook: an unknown name is a mistake, and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Ask(NamedTuple):
    """That a rule asks for an event: for those of which the condition `where` holds, which stands at `path` in the
    rule; with these `fields` besides those that conditions ask for. If it `anchors`, the rule's `if` sees it; with
    `viewed` it is told what was looked at in the visit so far."""

    event: str
    where: str | None
    path: tuple[str | int, ...]
    fields: frozenset[str] = frozenset()
    anchors: bool = False
    viewed: bool = False


class Guard(Section):
    """At most `max` triggers of a rule in `per`, of all persons together: more are a mistake of somebody's, and none
    goes out any more. The rule speaks again once an operator has changed a word here, be it that of `released`."""

    max: Annotated[int, Field(ge=1)]
    per: Duration
    released: str = ""

    @property
    def words(self) -> str:
        """As evidence shows it: `1000 per 1h`."""
        return f"{self.max} per {duration_brief(self.per)}"


class RuleBase(Section):
    """What every rule has. `cool_down` is the least time between two triggers of this rule to one person. What counts
    from before `effective_from` never fires; if nothing is said, what counts from before the rule's id first took
    effect. A `shadow` decides as any other and sends nothing. A `canary` is a rule for that share of the persons: for
    the others the version of before goes on. It speaks on the first of its `channels` that the person allows; `channel`
    names the only one, and a rule that names none is concerned only by what is said of all. `holdout: false` speaks
    also to those who are held out. Of several triggers that are due at once that of the highest `priority` goes; where
    a rule names none it is 0."""

    instead_of_reminders: ClassVar[int] = 0
    """For so long, ms, reminders of the cart would say what it has said."""
    looks: ClassVar[bool] = False
    """Whether a kind asks what a person becomes, with every fact and day by day."""

    id: RuleId
    kind: str
    destination: str = "default"
    cool_down: DurationOrOff = None
    expires_after: DurationOrOff = DAY_MS
    effective_from: Moment = None
    shadow: bool = False
    canary: Share = None
    channels: tuple[ChannelName, ...] = ()
    category: Category = "marketing"
    priority: int | None = None
    holdout: bool = True
    guard: Guard | None = None
    message: Message | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_channel(cls, said: Any) -> Any:
        if not isinstance(said, dict) or "channel" not in said:
            return said
        if "channels" in said:
            raise ValueError("a rule has a `channel`, or several `channels`; name them once")
        return {name: value for name, value in said.items() if name != "channel"} | {"channels": (said["channel"],)}

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of the rule's canonical JSON: it changes when the rule does."""
        canonical = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()[:12]

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """The events that the rule asks for by their names; none for most kinds."""
        return ()

    @cached_property
    def traits(self) -> frozenset[str]:
        """What the rule needs to know of what the person has told of themselves, besides what its condition asks."""
        return frozenset()

    def message_of(self, step: int) -> Message | None:
        """The message of that step, counted from 1; None if nothing is asked of it."""
        return self.message

    def occasion(self) -> str:
        """When the rule speaks, and what ends that, as a sentence without its stop. A kind that has better words says
        them in its section; this reads what its section has of its own."""
        own = self.fields.keys() - RuleBase.model_fields.keys()
        said = [f"{name} {value}" for name, value in self.fields.items() if name in own and value is not None]
        return ": ".join([self.kind.replace("_", " ").capitalize(), *filter(None, [", ".join(said)])])

    @property
    def fields(self) -> dict[str, Any]:
        """Its settings by name, as a rulebook writes them."""
        return self.model_dump(mode="json")

    @property
    def reading(self) -> str:
        """The rule in plain language."""
        return ". ".join([self.occasion(), *self.limits()]) + "."

    def limits(self) -> list[str]:
        """What else holds of it, a sentence each without its stop."""
        said = []
        if self.cool_down is not None:
            said.append(f"At most once in {duration_words(self.cool_down)} to one person")
        if self.expires_after is not None:
            said.append(f"Not later than {duration_words(self.expires_after)} after that")
        said += self._among_others()
        if self.message is not None:
            said.append(self.message.reading)
        if self.destination != "default":
            said.append(f"It goes to {self.destination!r}")
        if self.effective_from is not None:
            said.append(f"What counts from before {moment_text(self.effective_from)} never fires")
        if self.canary is not None:
            said.append(f"Only for {share_text(self.canary)} of the persons; for the others the version before goes on")
        if self.shadow:
            said.append("As a shadow: it is decided, and nothing is sent")
        return said

    def _among_others(self) -> Iterator[str]:
        """To whom it goes, on which channel, and beside what else."""
        if self.channels:
            first = "On" if len(self.channels) == 1 else "On the first that is welcome of"
            yield f"{first} {', '.join(self.channels)}"
        if self.category == "transactional":
            yield "It is transactional: marketing's opt-outs do not concern it"
        if self.priority is not None:
            yield f"Its priority is {self.priority} where several are due to a person at once"
        if not self.holdout:
            yield "Also to those who are held out"
        if (guard := self.guard) is not None:
            yield f"After more than {guard.max} in {duration_words(guard.per)} not at all, until it is released"


class Step(Section):
    """One message of several: `wait` after the one before has fired; for the first, after the rule's own wait. It has
    the rule's `message`, or its own."""

    wait: DurationOrNone
    message: Message | None = None


class TimedRule(RuleBase):
    """A rule whose occasions wait for a due time: it fires if the condition `if` holds then.

    With `steps` it speaks several times, for as long as nobody answers: a run of steps ends when its kind says so, at
    what `stop_on` names, and at `deadline` after the anchor, that instant included."""

    condition: Annotated[ConditionText | None, Field(alias="if")] = None
    steps: Annotated[tuple[Step, ...], Field(max_length=STEPS_MAX)] = ()
    stop_on: tuple[Answer, ...] = ("order",)
    deadline: DurationOrOff = None

    def limits(self) -> list[str]:
        """What else holds of it: its condition, and how it goes on, too."""
        said = [] if self.condition is None else [f"Only if {self.condition}"]
        if self.steps:
            waits = ", then after ".join(duration_words(step.wait) for step in self.steps[1:])
            ends = {"order": "they order", "visit": "they come back"}
            until = " or ".join(ends[answer] for answer in self.stop_on) or "its occasion ends"
            first = f"The first of its {len(self.steps)} steps comes {duration_words(self.steps[0].wait)} later"
            said += [first] if self.steps[0].wait else []
            said += [f"Again after {waits}, until {until}"] if waits else []
            if self.deadline is not None:
                said.append(f"Nothing of it comes later than {duration_words(self.deadline)} after what it counts from")
            own = [(number, step.message) for number, step in enumerate(self.steps, 1) if step.message is not None]
            said += [f"Step {number}: {message.reading}" for number, message in own]
        return [*said, *super().limits()]

    def message_of(self, step: int) -> Message | None:
        """That of the step, else the rule's."""
        own = self.steps[step - 1].message if step <= len(self.steps) else None
        return self.message if own is None else own

    @property
    def own_wait(self) -> int:
        """What the rule itself waits for before its first step, ms."""
        return 0

    @property
    def first_wait(self) -> int:
        """From what the rule counts from to the first due time, ms."""
        return self.own_wait + (self.steps[0].wait if self.steps else 0)

    @property
    def longest_wait(self) -> int:
        """From what the rule counts from to the last due time, ms, if nothing is late."""
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


class OfACart(Section):
    """A rule that asks what the cart is worth: `min_cart_value`, written `50` or `50 EUR`, in `currency`, which is the
    rulebook's where the rule names none. A cart in another currency does not meet it, however many units it is worth;
    an amount of no currency is met by carts of no currency alone."""

    min_cart_value: Annotated[Amount, Field(ge=0)] = Decimal(0)
    currency: Currency = None

    @model_validator(mode="before")
    @classmethod
    def _amount_and_currency(cls, said: Any) -> Any:
        worth = said.get("min_cart_value") if isinstance(said, dict) else None
        words = worth.split() if isinstance(worth, str) else []
        if len(words) != 2 or words[1].upper() not in DIGITS:
            return said
        own = said.get("currency")
        if own is not None and str(own).upper() != words[1].upper():
            raise ValueError(f"min_cart_value is {worth}, and currency is {own}; name the currency once")
        return said | {"min_cart_value": words[0], "currency": words[1]}

    def worth(self) -> str:
        """The threshold as a sentence goes on with it; nothing if there is none."""
        if not self.min_cart_value:
            return ""
        return " ".join(filter(None, [" worth at least", str(self.min_cart_value), self.currency]))
