"""Who is who: segments, stages and tiers of a rulebook, and the parameters of the shop's churn."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.rules.base import ConditionText, RuleId, Section
from schemas.rules.timed import WaitingRule
from schemas.rules.words import DAY_MS, Amount, Duration, DurationOrNone, begun, duration_words

GROUPS_MAX = 50
"""Segments of a rulebook; so many stages, so many tiers. Each is judged with every fact of every person."""


class Bgnbd(Section):
    """The parameters of BG/NBD, all above zero; `alpha` in weeks, one purchase a day. `afterclick segments fit`
    estimates them."""

    r: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    alpha: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    a: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    b: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Group(Section):
    """A segment, stage or tier: whoever the condition `if` holds of."""

    id: RuleId
    condition: Annotated[ConditionText, Field(alias="if")]


Groups = Annotated[tuple[Group, ...], Field(max_length=GROUPS_MAX)]


class OfAGroup(WaitingRule):
    """A rule about what a person becomes. It is due `wait` after that, and ended when it is undone."""

    looks: ClassVar[bool] = True
    of: ClassVar[str]
    wait: DurationOrNone = 0

    @property
    def group(self) -> str | None:
        """The one segment, stage or tier that it is about; None for each."""
        said: str | None = getattr(self, self.of)
        return said

    @property
    def named(self) -> str:
        """The group in a sentence."""
        return f"the {self.of} {self.group}" if self.group is not None else f"a {self.of}"


class SegmentEntered(OfAGroup):
    """Has come into a segment; ended by leaving it."""

    of: ClassVar[str] = "segment"
    kind: Literal["segment_entered"]
    segment: RuleId | None = None

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they have come into {self.named}, unless they leave it again"


class SegmentLeft(OfAGroup):
    """Has left a segment; ended by coming back."""

    of: ClassVar[str] = "segment"
    kind: Literal["segment_left"]
    segment: RuleId | None = None

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they have left {self.named}, unless they come back into it"


class StageChanged(OfAGroup):
    """Has come to another stage; ended by the next one."""

    of: ClassVar[str] = "stage"
    kind: Literal["stage_changed"]
    stage: RuleId | None = None

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they have come to {self.named}, unless they go on to another"


class TierEntered(OfAGroup):
    """Has come into a tier; ended by leaving it."""

    of: ClassVar[str] = "tier"
    kind: Literal["tier_entered"]
    tier: RuleId | None = None

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they have come into {self.named}, unless they leave it again"


class TierLeft(OfAGroup):
    """Has left a tier, for another or for none; ended by coming back."""

    of: ClassVar[str] = "tier"
    kind: Literal["tier_left"]
    tier: RuleId | None = None

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they have left {self.named}, unless they come back into it"


class TierExpiring(OfAGroup):
    """Will not be in the tier any more in `lead`, if nothing happens until then; found at a daily look, once until the
    tier lasts again, which ends it."""

    of: ClassVar[str] = "tier"
    kind: Literal["tier_expiring"]
    tier: RuleId | None = None
    lead: Duration = 30 * DAY_MS

    def occasion(self) -> str:
        """In plain language."""
        left = duration_words(self.lead)
        return f"{begun(self.wait)} after it is found that {self.named} ends within {left} if they do not order"


class ChurnRisk(WaitingRule):
    """The probability that they still buy has fallen through `below` at a daily look, with at least `min_value` at
    risk, in the rulebook's currency; ended by a purchase."""

    looks: ClassVar[bool] = True
    kind: Literal["churn_risk"]
    wait: DurationOrNone = 0
    below: Annotated[float, Field(gt=0, lt=1)] = 0.5
    min_value: Annotated[Amount, Field(ge=0)] = Decimal(0)

    def occasion(self) -> str:
        """In plain language."""
        worth = f", with at least {self.min_value} at risk" if self.min_value else ""
        chance = f"the probability that they still buy has fallen below {self.below:.0%}{worth}"
        return f"{begun(self.wait)} after {chance}, unless they order"
