"""The general rule: something happened, and something else did not follow."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from schemas.rules.base import Ask, Category, ConditionText, Section
from schemas.rules.events import CUSTOM, PURCHASE, EventName, FieldPath, has_field
from schemas.rules.timed import WaitingRule
from schemas.rules.words import HOUR_MS, DurationOrNone, begun

CLAUSES_MAX = 20
"""Events that one rule may name under `unless`: each is looked at for every event that travels."""


KNOWN_ENDS: Mapping[str, str] = {PURCHASE: "they order", "subscription_renewed": "it is renewed"}
"""Events as a sentence says that they end something; of others it says that they come."""


def one_or_several(said: Any) -> Any:
    """One clause stands for a list of one."""
    return [said] if isinstance(said, dict | str) else () if said is None else said


class Clause(Section):
    """An event by its name, and what has to hold of it. The name alone stands for every such event."""

    event: EventName
    where: ConditionText | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, said: Any) -> Any:
        return {"event": said} if isinstance(said, str) else said


if TYPE_CHECKING:
    Clauses = tuple[Clause, ...]
else:
    Clauses = Annotated[tuple[Clause, ...], BeforeValidator(one_or_several), Field(max_length=CLAUSES_MAX)]


class AfterAnEvent(WaitingRule):
    """`after` an event, `wait` passes, and none of `unless` comes: then it fires, if the condition `if` holds.

    With `same`, only events of the same value of that field end it, and there is one occasion a value. `anchor` says
    which of several events the wait counts from: the `latest` moves it, the `first` keeps it while it waits, `each` has
    an occasion of its own. A wait of 0s fires at once.
    """

    known_as: ClassVar[str] = ""
    """What happened, in plain language, where the kind says it."""

    carries_viewed: ClassVar[bool] = False
    wait: DurationOrNone
    after: Clause
    unless: Clauses = ()
    same: FieldPath | None = None
    anchor: Literal["latest", "first", "each"] = "latest"

    def occasion(self) -> str:
        """In plain language."""
        ends = " or ".join(self._end_in_words(clause) for clause in self.unless)
        if self.known_as:
            what = self.known_as if self.after.where is None else f"{self.known_as} with {self.after.where}"
        elif self.same is None:
            what = f"{'' if self.anchor == 'each' else 'the '}{self.anchor} {_in_words(self.after)}"
        else:  # of one value one waits: each is then the first
            which = "latest" if self.anchor == "latest" else "first"
            what = f"the {which} {_in_words(self.after, f' of each {self.same}')}"
        return f"{begun(self.wait)} after {what}" + (f", unless {ends}" if ends else "")

    def _end_in_words(self, clause: Clause) -> str:
        value = " of the same" if self.tells_apart(clause) and not self.known_as else ""
        known = KNOWN_ENDS.get(clause.event) if clause.where is None else None
        if known is not None:
            return f"{known}{value}"
        return f"{'a' if clause.event == PURCHASE else 'the'} {_in_words(clause, value)} comes"

    @model_validator(mode="after")
    def _same_of_after(self) -> Self:
        if self.same is not None and not self.tells_apart(self.after):
            raise ValueError(f"same is {self.same}, and {self.after.event} has no such field; name one that it has")
        return self

    @cached_property
    def ends_with_a_purchase(self) -> bool:
        """Whether every purchase of the person ends it."""
        return any(is_any_purchase(clause) and not self.tells_apart(clause) for clause in self.unless)

    def tells_apart(self, clause: Clause) -> bool:
        """Whether the clause's event counts only with the same value. One whose records have no such field, as an order
        has no properties, counts with every value."""
        return self.same is not None and has_field(clause.event, self.same)

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """`after`, then `unless` in its order."""
        after = Ask(
            self.after.event, self.after.where, ("after", "where"), self._same_of(self.after), True, self.carries_viewed
        )
        return after, *(
            Ask(clause.event, clause.where, ("unless", index, "where"), self._same_of(clause))
            for index, clause in enumerate(self.unless)
        )

    def _same_of(self, clause: Clause) -> frozenset[str]:
        return frozenset({self.same} if self.same is not None and self.tells_apart(clause) else ())


def _in_words(clause: Clause, value: str = "") -> str:
    name = "purchase" if clause.event == PURCHASE else f"event {clause.event.removeprefix(CUSTOM)}"
    return f"{name}{value}" if clause.where is None else f"{name}{value} with {clause.where}"


class Sequence(AfterAnEvent):
    """The rule with all of it said."""

    kind: Literal["sequence"]


class FormSubmitted(AfterAnEvent):
    """A form was sent: each is answered. `after` may say which, with `where`."""

    known_as: ClassVar[str] = "each form that they send"
    kind: Literal["form_submitted"]
    wait: DurationOrNone = 0
    after: Clause = Clause(event="form_submitted")
    anchor: Literal["latest", "first", "each"] = "each"


class AccountChanged(AfterAnEvent):
    """Something in the account was changed, such as a password or an address: the person is told, whatever they want of
    marketing. `same` is where the event says what; a newer change of the same takes back what is not yet delivered."""

    known_as: ClassVar[str] = "a change of their account; a newer one of the same takes back what is not delivered"
    kind: Literal["account_changed"]
    category: Category = "transactional"
    wait: DurationOrNone = 0
    after: Clause = Clause(event="account_changed")
    same: FieldPath | None = "properties.field"


class VisitSummary(AfterAnEvent):
    """The visitor has asked for what they looked at."""

    carries_viewed: ClassVar[bool] = True
    known_as: ClassVar[str] = "they ask for what they looked at"
    kind: Literal["visit_summary"]
    category: Category = "transactional"
    wait: DurationOrNone = 0
    after: Clause = Clause(event="custom:visit_summary")
    anchor: Literal["latest", "first", "each"] = "each"


class EmailMyCart(AfterAnEvent):
    """The visitor has asked for their cart by mail. Reminders of it would say the same once more: for 25 hours there
    are none."""

    instead_of_reminders: ClassVar[int] = 25 * HOUR_MS
    known_as: ClassVar[str] = "they ask for their cart by mail, and no reminder of it follows for 25 hours"
    kind: Literal["email_my_cart"]
    category: Category = "transactional"
    wait: DurationOrNone = 0
    after: Clause = Clause(event="custom:email_my_cart")
    anchor: Literal["latest", "first", "each"] = "each"


RENEWED = (Clause(event="subscription_renewed"),)


class SubscriptionPaymentFailed(AfterAnEvent):
    """The money for a subscription did not come; it is over once it is renewed."""

    known_as: ClassVar[str] = "a subscription could not be charged"
    kind: Literal["subscription_payment_failed"]
    wait: DurationOrNone = 0
    after: Clause = Clause(event="subscription_payment_failed")
    unless: Clauses = RENEWED


class SubscriptionEnding(AfterAnEvent):
    """A subscription is cancelled; it is over once it is renewed."""

    known_as: ClassVar[str] = "a subscription was cancelled"
    kind: Literal["subscription_ending"]
    wait: DurationOrNone = 0
    after: Clause = Clause(event="subscription_cancelled")
    unless: Clauses = RENEWED


def is_any_purchase(clause: Clause) -> bool:
    """Whether the clause is met by every purchase."""
    return clause.event == PURCHASE and clause.where is None
