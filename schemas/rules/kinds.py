"""The sections of a rulebook, one for each kind of trigger. What a kind does stands in its detector."""

from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.rules.base import Ask, ConditionalRule, ConditionText, OfACart
from schemas.rules.buying_again import CrossSell, Replenishment, Winback
from schemas.rules.calendar import SIGNUPS, Anniversary, Birthday, Calendar
from schemas.rules.groups import (
    ChurnRisk,
    SegmentEntered,
    SegmentLeft,
    StageChanged,
    TierEntered,
    TierExpiring,
    TierLeft,
)
from schemas.rules.orders import FirstPurchase, PaymentFailed, PostPurchase, SecondPurchasePush
from schemas.rules.products import BackInStock, LowStock, PriceDrop
from schemas.rules.sequence import (
    AccountChanged,
    EmailMyCart,
    FormSubmitted,
    Sequence,
    SubscriptionEnding,
    SubscriptionPaymentFailed,
    VisitSummary,
)
from schemas.rules.timed import WaitingRule
from schemas.rules.words import DurationOrNone, DurationOrOff, begun


class BrowseAbandonment(WaitingRule):
    """Looked at products, put nothing into the cart, bought nothing; counted from the end of the session."""

    since_visit: ClassVar[bool] = True
    kind: Literal["browse_abandonment"]
    min_views: Annotated[int, Field(ge=1)] = 1

    def occasion(self) -> str:
        """In plain language."""
        looked = "a product" if self.min_views == 1 else f"at least {self.min_views} products"
        return (
            f"{begun(self.wait)} after the end of a visit in which they viewed {looked}, unless they put something "
            "into the cart or order"
        )


class SearchAbandonment(WaitingRule):
    """Searched, or looked at lists of products, and at no product; counted from the end of the session."""

    since_visit: ClassVar[bool] = True
    kind: Literal["search_abandonment"]
    min_searches: Annotated[int, Field(ge=1)] = 1

    def occasion(self) -> str:
        """In plain language."""
        often = "" if self.min_searches == 1 else f" at least {self.min_searches} times"
        return (
            f"{begun(self.wait)} after the end of a visit in which they searched or looked at a list{often}, and at "
            "no product, unless they put something into the cart or order"
        )


class CartAbandonment(WaitingRule, OfACart):
    """Left something in the cart; counted from the last change of the cart, or the checkout."""

    kind: Literal["cart_abandonment"]

    def occasion(self) -> str:
        """In plain language."""
        last = f"the last change of a cart{self.worth()}, or the last step of its checkout"
        return f"{begun(self.wait)} after {last}, unless they order or empty it"


class CheckoutAbandonment(WaitingRule, OfACart):
    """Started a checkout and did not order; counted from the last step of the checkout."""

    kind: Literal["checkout_abandonment"]

    def occasion(self) -> str:
        """In plain language."""
        cart = f" of a cart{self.worth()}" if self.min_cart_value else ""
        return f"{begun(self.wait)} after the last step of a checkout{cart}, unless they order or empty the cart"


class ExitIntent(ConditionalRule, OfACart):
    """Moves to leave with something in the cart (worth at least `min_cart_value`), or after `min_views` product views;
    at once, once a session."""

    kind: Literal["exit_intent"]
    min_views: Annotated[int, Field(ge=1)] = 3
    expires_after: DurationOrOff = 30_000

    def occasion(self) -> str:
        """In plain language."""
        views = "a product view" if self.min_views == 1 else f"{self.min_views} product views"
        return (
            f"At once when they move to leave with a cart{self.worth()}, or after {views}, once a visit, unless they "
            "have ordered in it"
        )


class Inactivity(WaitingRule):
    """No click and no order for `wait`; counted from the last activity."""

    since_visit: ClassVar[bool] = True
    kind: Literal["inactivity"]

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after their last click or order, unless they come back"


class Lapse(WaitingRule):
    """No order for `wait`; counted from the last order."""

    kind: Literal["lapse"]

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after their last order, unless they order again"


class Welcome(WaitingRule):
    """The first sign of somebody who wants to be known: they subscribed, registered or gave consent. Nobody who has
    ordered before, unless `if` says otherwise. Carries what was looked at before."""

    kind: Literal["welcome"]
    wait: DurationOrNone = 0
    condition: Annotated[ConditionText | None, Field(alias="if")] = "person.orders == 0"

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """What may be a sign-up."""
        return tuple(Ask(event, None, ("kind",), viewed=True) for event in SIGNUPS)

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after they first subscribed, registered or gave consent"


Rule = Annotated[
    SearchAbandonment
    | BrowseAbandonment
    | CartAbandonment
    | CheckoutAbandonment
    | PaymentFailed
    | ExitIntent
    | Inactivity
    | Lapse
    | FirstPurchase
    | SecondPurchasePush
    | PostPurchase
    | CrossSell
    | Replenishment
    | Winback
    | SegmentEntered
    | SegmentLeft
    | StageChanged
    | TierEntered
    | TierLeft
    | TierExpiring
    | ChurnRisk
    | Sequence
    | Calendar
    | Birthday
    | Anniversary
    | FormSubmitted
    | AccountChanged
    | VisitSummary
    | EmailMyCart
    | SubscriptionPaymentFailed
    | SubscriptionEnding
    | Welcome
    | BackInStock
    | PriceDrop
    | LowStock,
    Field(discriminator="kind"),
]
