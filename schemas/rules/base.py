"""What sections of a rulebook have in common."""

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from schemas.events.currencies import DIGITS
from schemas.rules.message import ALSO_BOUGHT, Message
from schemas.rules.words import (
    DAY_MS,
    Amount,
    Currency,
    Duration,
    DurationOrOff,
    Moment,
    Share,
    duration_brief,
    duration_words,
    moment_words,
    share_text,
)


def condition_text(said: object) -> object:
    """A condition as a text: YAML reads a bare true as a truth."""
    return str(said).lower() if isinstance(said, bool) else said


if TYPE_CHECKING:
    ConditionText = str
else:
    ConditionText = Annotated[str, BeforeValidator(condition_text), StringConstraints(min_length=1)]
"""A condition in CEL. It is compiled when the rulebook is loaded."""

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Category = Literal["marketing", "transactional"]

CHANNEL = re.compile(r"^[a-z][a-z0-9_]{0,31}$")


def channel_name(said: object) -> str:
    """A channel by its name. Raises ValueError with the mend for anything else."""
    if isinstance(said, str) and CHANNEL.match(said):
        return said
    raise ValueError(f"{said!r} is no channel; write a short name in small letters, such as email, sms or push")


def plain_name(said: str) -> str:
    """A channel or a category as a rulebook would write it, however shops do: `E-Mail` is `email`."""
    name = re.sub(r"[\s-]+", "_", said.strip().lower())
    return "email" if name == "e_mail" else name


if TYPE_CHECKING:
    ChannelName = str
else:
    ChannelName = Annotated[str, BeforeValidator(channel_name)]


class Section(BaseModel):
    """A part of the rulebook: an unknown name is a mistake, and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


Path = tuple[str | int, ...]
"""Where something stands in a rule."""


class Ask(NamedTuple):
    """That a rule asks for an event: for those of which the condition `where` holds, which stands at `path` in the
    rule; with these `fields` besides those that conditions ask for. If it `anchors`, the rule's `if` sees it; with
    `viewed` it is told what was looked at in the visit so far."""

    event: str
    where: str | None
    path: Path
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
    destination: Annotated[str, StringConstraints(min_length=1)] = "default"
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

    @property
    def ifs(self) -> tuple[tuple[Path, str], ...]:
        """The conditions that the rule sets to the person, each with where it stands in the rule."""
        return ()

    @cached_property
    def responses(self) -> frozenset[str]:
        """The engagements that end its runs, by the names of their events."""
        return frozenset()

    @cached_property
    def traits(self) -> frozenset[str]:
        """What the rule needs to know of what the person has told of themselves, besides what its condition asks."""
        return frozenset()

    def message_of(self, step: int) -> Message | None:
        """The message of that step, counted from 1; None if nothing is asked of it."""
        return self.message

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages of the rule, whatever the step."""
        return () if self.message is None else (self.message,)

    @property
    def asks_also_bought(self) -> bool:
        """Whether some message of it shows what others have bought."""
        return any(ALSO_BOUGHT in message.products for message in self.messages)

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
            said.append(f"{self.goes} within {duration_words(self.expires_after)} of when it is due, or not at all")
        said += self._among_others()
        if self.message is not None:
            said.append(self.message.reading)
        if self.destination != "default":
            said.append(f"It goes to {self.destination!r}")
        if self.effective_from is not None:
            said.append(f"What counts from before {moment_words(self.effective_from)} never fires")
        if self.canary is not None:
            said.append(f"Only for {share_text(self.canary)} of the persons; for the others the version before goes on")
        if self.shadow:
            said.append("As a shadow: it is decided, and nothing is sent")
        return said

    @property
    def goes(self) -> str:
        """How a sentence about each of its triggers begins."""
        return "It goes"

    def _among_others(self) -> Iterator[str]:
        """To whom it goes, on which channel, and beside what else."""
        if self.channels:
            named = ", ".join(self.channels)
            yield f"On {named}" if len(self.channels) == 1 else f"On the first of {named} that is welcome"
        if self.category == "transactional":
            yield "It is transactional: marketing's opt-outs do not concern it"
        if self.priority is not None:
            yield f"Its priority is {self.priority} where several are due to a person at once"
        if not self.holdout:
            yield "Also to those who are held out"
        if (guard := self.guard) is not None:
            yield f"After more than {guard.max} in {duration_words(guard.per)} not at all, until it is released"


class ConditionalRule(RuleBase):
    """A rule that fires if the condition `if` holds when it is due."""

    condition: Annotated[ConditionText | None, Field(alias="if")] = None

    @property
    def ifs(self) -> tuple[tuple[Path, str], ...]:
        """The rule's own."""
        return () if self.condition is None else ((("if",), self.condition),)

    def limits(self) -> list[str]:
        """What else holds of it: the condition first."""
        own = [] if self.condition is None else [f"Only if {self.condition.strip()}"]
        return [*own, *super().limits()]


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
        if len(words) != 2:
            return said
        if words[1].upper() not in DIGITS:
            raise ValueError(f"min_cart_value is {worth}, and {words[1]!r} is no currency; write 50 EUR, or 50")
        own = said.get("currency")
        if own is not None and str(own).upper() != words[1].upper():
            raise ValueError(f"min_cart_value is {worth}, and currency is {own}; name the currency once")
        return said | {"min_cart_value": words[0], "currency": words[1]}

    def worth(self) -> str:
        """The threshold as a sentence goes on with it; nothing if there is none."""
        if not self.min_cart_value:
            return ""
        return " ".join(filter(None, [" worth at least", str(self.min_cart_value), self.currency]))
