"""The rulebook: what marketers own. One YAML file, checked whole before it counts; an invalid one is refused.

Durations are written `90s`, `60m`, `36h`, `30d`; `off` or `never` switches off what can be off. Inside, all are ms.
"""

import hashlib
import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

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


if TYPE_CHECKING:
    Duration = int
    DurationOrOff = int | None
    Amount = Decimal
else:
    Duration = Annotated[int, BeforeValidator(duration_ms), Field(gt=0)]
    DurationOrOff = Annotated[Annotated[int, Field(gt=0)] | None, BeforeValidator(duration_or_off)]
    Amount = Annotated[Decimal, BeforeValidator(lambda value: str(value) if isinstance(value, float) else value)]

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


class CartAbandonment(WaitingRule):
    """Left something in the cart; counted from the last change of the cart, or the checkout."""

    kind: Literal[Kind.CART_ABANDONMENT]
    min_cart_value: Annotated[Amount, Field(ge=0)] = Decimal(0)


class CheckoutAbandonment(WaitingRule):
    """Started a checkout and did not order; counted from the last step of the checkout."""

    kind: Literal[Kind.CHECKOUT_ABANDONMENT]
    min_cart_value: Annotated[Amount, Field(ge=0)] = Decimal(0)


class ExitIntent(RuleBase):
    """Moves to leave with something in the cart (worth at least `min_cart_value`), or after `min_views` product views;
    at once, once a session."""

    kind: Literal[Kind.EXIT_INTENT]
    min_views: Annotated[int, Field(ge=1)] = 3
    min_cart_value: Annotated[Amount, Field(ge=0)] = Decimal(0)
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
    """All rules of a shop, and what governs them together. An unknown visitor is forgotten `retention` after the last
    fact or timer, a customer `customer_retention` after."""

    name: str
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

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by their ids."""
        return {rule.id: rule for rule in self.rules}
