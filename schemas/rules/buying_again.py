"""The sections of a rulebook for kinds that go by what somebody has bought, and how often."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from schemas.rules.base import Section
from schemas.rules.timed import TimedRule, WaitingRule
from schemas.rules.words import DAY_MS, Amount, Duration, DurationOrNone, DurationOrOff, begun, duration_words

CYCLE_MS_MAX = 730 * DAY_MS
"""What is bought more seldom than every other year is not reminded of: by then it is another product."""

PRODUCTS_MAX = 1000
"""Products that a rule names: more are a catalogue's matter."""

CYCLES_READ = 3
"""Cycles of products that a sentence can name."""

_PLACES_MAX = 3
"""Decimal places of a factor: it is reckoned in thousandths."""


def product_id(said: object) -> str:
    """A product by its id. Raises ValueError with the mend for anything else."""
    if isinstance(said, str) and said.strip():
        return said
    raise ValueError(f'{said!r} is no product id; write the id in quotes, such as "1042"')


if TYPE_CHECKING:
    ProductId = str
    Products = tuple[str, ...]
else:
    ProductId = Annotated[str, BeforeValidator(product_id)]
    Products = Annotated[tuple[ProductId, ...], Field(min_length=1, max_length=PRODUCTS_MAX)]


class CrossSell(WaitingRule):
    """After each order with one of `bought`, for as long as none of `offer` is bought; counted from the purchase. Both
    name products by their ids, or categories of the catalogue."""

    kind: Literal["cross_sell"]
    bought: Products
    offer: Products

    @model_validator(mode="after")
    def _offers_something_else(self) -> Self:
        both = next((product for product in self.bought if product in self.offer), None)
        if both is not None:
            raise ValueError(f"{both!r} is in `bought` and in `offer`: who buys it has it; take it out of one of them")
        return self

    def occasion(self) -> str:
        """In plain language."""
        return (
            f"{begun(self.wait)} after each order with {_one_of(self.bought)}, unless they buy {_one_of(self.offer)}, "
            "or it is cancelled or refunded"
        )


class Replenishment(TimedRule):
    """What was bought will be used up: counted from the last purchase of each product, `lead` before its cycle is over.
    The cycle is the median of the person's own gaps if they bought it three times, else that of `cycles`, else what the
    catalogue says, else the median gap of all who have bought it again, else `default_cycle`, else there is none."""

    kind: Literal["replenishment"]
    lead: DurationOrNone = 0
    cycles: Annotated[dict[ProductId, Duration], Field(default_factory=dict, max_length=PRODUCTS_MAX)]
    default_cycle: DurationOrOff = None
    substitutes: Annotated[dict[ProductId, Products], Field(default_factory=dict, max_length=PRODUCTS_MAX)]

    @model_validator(mode="after")
    def _leads_into_a_cycle(self) -> Self:
        named = [(f"the cycle of {product!r}", cycle) for product, cycle in self.cycles.items()]
        if self.default_cycle is not None:
            named.append(("default_cycle", self.default_cycle))
        for what, cycle in named:
            if cycle <= self.lead:
                raise ValueError(
                    f"{what} is {duration_words(cycle)}, and lead {duration_words(self.lead)}: it would be due with "
                    "the purchase itself; write a lead that is shorter"
                )
            if cycle > CYCLE_MS_MAX:
                raise ValueError(f"{what} is {duration_words(cycle)}; write {duration_words(CYCLE_MS_MAX)} or less")
        own = next((product for product, others in self.substitutes.items() if product in others), None)
        if own is not None:
            raise ValueError(f"{own!r} is named as its own substitute; take it out: buying it again ends the wait")
        return self

    @property
    def longest_wait(self) -> int:
        """From the purchase to the last due time, ms: cycles of a person's own are as long as any may be."""
        return super().longest_wait + CYCLE_MS_MAX

    @property
    def shortest_wait(self) -> int:
        """The same by the shortest cycle that is named, ms."""
        named = [*self.cycles.values(), *([] if self.default_cycle is None else [self.default_cycle])]
        return super().shortest_wait + (min(named) - self.lead if named else 0)

    def occasion(self) -> str:
        """In plain language."""
        when = f"{begun(self.lead)} before they run out of a product" if self.lead else "When they run out of a product"
        each = [f"{duration_words(cycle)} of {product}" for product, cycle in self.cycles.items()]
        named = " and ".join(each) if len(each) <= CYCLES_READ else f"what is named of each of {len(each)} products"
        else_ = [named] if each else []
        else_ += ["what the catalogue says", "the median of all buyers"]
        if self.default_cycle is not None:
            else_.append(duration_words(self.default_cycle))
        cycle = "by the median of their own gaps from three purchases on"
        end = ", unless they buy it or a substitute, or it is cancelled or refunded"
        return when + end + ": " + ", else ".join([cycle, *else_])


class GapWait(Section):
    """A wait by the person's own pace: `gap_factor` times the mean gap between their purchases, not less than `min` and
    not more than `max`; `default` for those who have not bought three times: 90 days, or as near as `min` and `max`
    allow, where nothing is said."""

    gap_factor: Annotated[Amount, Field(gt=0, le=1000)]
    min: Duration = 30 * DAY_MS
    max: Duration = 365 * DAY_MS
    default: Duration = 90 * DAY_MS

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min is {duration_words(self.min)}, and max {duration_words(self.max)}: turn them round")
        if "default" not in self.model_fields_set:
            self.__dict__["default"] = min(max(self.default, self.min), self.max)  # frozen for all others
        if not self.min <= self.default <= self.max:
            raise ValueError(
                f"default is {duration_words(self.default)}; write one from {duration_words(self.min)} to "
                f"{duration_words(self.max)}, as min and max say"
            )
        if self.gap_factor != round(self.gap_factor, _PLACES_MAX):
            raise ValueError(f"gap_factor {self.gap_factor} is finer than thousandths; write one such as 2.5")
        return self

    @property
    def thousandths(self) -> int:
        """The factor in thousandths."""
        return int(self.gap_factor * Decimal(1000))


WAYS_OF_WAITING = _BY_GAP, _ALWAYS = "by_gap", "always"
"""What tells the two apart, and stands in no rulebook."""


def _way_of_waiting(said: Any) -> str:
    return _BY_GAP if isinstance(said, dict | GapWait) else _ALWAYS


if TYPE_CHECKING:
    OwnWait = GapWait | int
else:
    OwnWait = Annotated[
        Annotated[GapWait, Tag(_BY_GAP)] | Annotated[Duration, Tag(_ALWAYS)], Discriminator(_way_of_waiting)
    ]


class Winback(TimedRule):
    """Bought, and not again for `wait`, which is the same for everybody or goes by the person's own pace; counted from
    the last purchase."""

    kind: Literal["winback"]
    wait: OwnWait

    @property
    def longest_wait(self) -> int:
        """From the purchase to the last due time, ms."""
        return super().longest_wait + (self.wait.max if isinstance(self.wait, GapWait) else self.wait)

    @property
    def shortest_wait(self) -> int:
        """The same of who buys most often, ms."""
        return super().shortest_wait + (self.wait.min if isinstance(self.wait, GapWait) else self.wait)

    def occasion(self) -> str:
        """In plain language."""
        unless = "after their last purchase, unless they buy again"
        wait = self.wait
        if not isinstance(wait, GapWait):
            return f"{begun(wait)} {unless}"
        return (
            f"{wait.gap_factor} times the mean gap between their purchases {unless}: at least "
            f"{duration_words(wait.min)}, at most {duration_words(wait.max)}, and {duration_words(wait.default)} if "
            "they have bought less than three times"
        )


def _one_of(products: tuple[str, ...]) -> str:
    return products[0] if len(products) == 1 else f"one of {', '.join(products)}"
