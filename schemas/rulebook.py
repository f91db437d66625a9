"""The rulebook: what marketers own. One YAML file, checked whole before it counts; an invalid one is refused.

Durations are written `90s`, `60m`, `36h`, `30d`; `off` or `never` switches off what can be off. Inside, all are ms.
"""

import hashlib
import re
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from schemas.currencies import DIGITS
from schemas.triggers import Kind

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
UNITS_MS = {"ms": 1, "s": 1000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
DURATION = re.compile(r"^(\d+)(ms|s|m|h|d)$")


def duration_ms(text: object) -> int:
    """Milliseconds of `90s`, `60m`, `36h`, `30d`. Raises ValueError with the mend for anything else."""
    match = DURATION.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and a unit, such as 90s, 60m, 36h or 30d")
    return int(match[1]) * UNITS_MS[match[2]]


def duration_or_off(text: object) -> int | None:
    """As `duration_ms`; `off`, `never` and YAML's false are None."""
    return None if text in ("off", "never", False, None) else duration_ms(text)


def duration_text(ms: int | None) -> str | None:
    """As `duration_or_off` reads it."""
    return None if ms is None else f"{ms}ms"


def amount(said: object) -> Decimal:
    """The number that is meant. Raises ValueError with the mend for anything else."""
    try:
        number = Decimal(str(said)) if isinstance(said, int | float | str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(said, bool) or not number.is_finite():
        raise ValueError(f"{said!r} is no amount; write a number, or a number and a currency, such as 50 EUR")
    return number


def currency_code(text: object) -> str | None:
    """The currency of three letters, in any case; None for none. Raises ValueError with the mend for anything else."""
    code = text.strip().upper() if isinstance(text, str) else text
    if code is not None and code not in DIGITS:
        raise ValueError(f"{text!r} is no currency; write its three letters, such as EUR")
    return code


if TYPE_CHECKING:
    Duration = int
    DurationOrOff = int | None
    Amount = Decimal
    Currency = str | None
else:
    Duration = Annotated[
        int, BeforeValidator(duration_ms), Field(gt=0), PlainSerializer(duration_text, when_used="json")
    ]
    DurationOrOff = Annotated[
        Annotated[int, Field(gt=0)] | None,
        BeforeValidator(duration_or_off),
        PlainSerializer(duration_text, when_used="json"),
    ]
    Currency = Annotated[str | None, BeforeValidator(currency_code)]
    Amount = Annotated[Decimal, BeforeValidator(amount)]

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Section(BaseModel):
    """A part of the rulebook: an unknown name is a mistake, and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleBase(Section):
    """What every rule has. `cool_down` is the least time between two triggers of this rule to one person."""

    id: RuleId
    destination: str = "default"
    cool_down: DurationOrOff = None
    expires_after: DurationOrOff = DAY_MS

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of the rule's canonical JSON: it changes when the rule does."""
        canonical = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()[:12]


class WaitingRule(RuleBase):
    """A rule about absence: it is due `wait` after its anchor."""

    wait: Duration


class BrowseAbandonment(WaitingRule):
    """Looked at products, put nothing into the cart, bought nothing; counted from the end of the session."""

    kind: Literal[Kind.BROWSE_ABANDONMENT]
    min_views: Annotated[int, Field(ge=1)] = 1


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


class CartAbandonment(WaitingRule, OfACart):
    """Left something in the cart; counted from the last change of the cart, or the checkout."""

    kind: Literal[Kind.CART_ABANDONMENT]


class CheckoutAbandonment(WaitingRule, OfACart):
    """Started a checkout and did not order; counted from the last step of the checkout."""

    kind: Literal[Kind.CHECKOUT_ABANDONMENT]


class ExitIntent(RuleBase, OfACart):
    """Moves to leave with something in the cart (worth at least `min_cart_value`), or after `min_views` product views;
    at once, once a session."""

    kind: Literal[Kind.EXIT_INTENT]
    min_views: Annotated[int, Field(ge=1)] = 3
    expires_after: DurationOrOff = 30_000


class Inactivity(WaitingRule):
    """No click and no order for `wait`; counted from the last activity."""

    kind: Literal[Kind.INACTIVITY]


class Lapse(WaitingRule):
    """No order for `wait`; counted from the last order."""

    kind: Literal[Kind.LAPSE]


Rule = Annotated[
    BrowseAbandonment | CartAbandonment | CheckoutAbandonment | ExitIntent | Inactivity | Lapse,
    Field(discriminator="kind"),
]


class Rulebook(Section):
    """All rules of a shop, and what governs them together. `currency` is that of the amounts which name none. An
    unknown visitor is forgotten `retention` after the last fact or timer, a customer `customer_retention` after."""

    name: str
    currency: Currency = None
    session_gap: Duration = 30 * MINUTE_MS
    session_max: DurationOrOff = DAY_MS
    ladder: bool = True
    consent: Literal["opt_out", "ignore"] = "opt_out"
    already_converted: bool = True
    retention: Duration = 30 * DAY_MS
    customer_retention: Duration = 1825 * DAY_MS
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rules_fit_together(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = next((id_ for place, id_ in enumerate(ids) if id_ in ids[:place]), None)
        if twice is not None:
            raise ValueError(f"two rules have the id {twice!r}; ids are part of trigger ids and must differ")
        for rule in self.rules:
            if isinstance(rule, BrowseAbandonment | Inactivity) and rule.wait < self.session_gap:
                raise ValueError(
                    f"rule {rule.id!r} waits less than the session gap; "
                    "a session is not known to be over before, so wait at least as long"
                )
        if self.session_max is not None and self.session_max < self.session_gap:
            raise ValueError("session_max is shorter than session_gap")
        return self

    @model_validator(mode="after")
    def _amounts_are_in_a_currency(self) -> Self:
        def of_the_shop(rule: Rule) -> Rule:
            bare = isinstance(rule, OfACart) and rule.currency is None and rule.min_cart_value > 0
            return rule.model_copy(update={"currency": self.currency}) if bare else rule

        self.__dict__["rules"] = tuple(of_the_shop(rule) for rule in self.rules)  # frozen for all others
        return self

    @cached_property
    def cautions(self) -> tuple[str, ...]:
        """What is allowed, and most likely not meant: a sentence each, with its mend."""
        return tuple(
            f"rule {rule.id!r}: min_cart_value {rule.min_cart_value} names no currency, so no cart that names one "
            f"meets it; write {rule.min_cart_value} EUR, or `currency: EUR` at the top of the rulebook"
            for rule in self.rules
            if isinstance(rule, OfACart) and rule.currency is None and rule.min_cart_value > 0
        )

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by their ids."""
        return {rule.id: rule for rule in self.rules}
