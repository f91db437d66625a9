"""The sections of a rulebook, one for each kind of trigger. What a kind does stands in its detector."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.rules.base import OfACart, RuleBase, WaitingRule
from schemas.rules.words import DurationOrOff


class BrowseAbandonment(WaitingRule):
    """Looked at products, put nothing into the cart, bought nothing; counted from the end of the session."""

    since_visit: ClassVar[bool] = True
    kind: Literal["browse_abandonment"]
    min_views: Annotated[int, Field(ge=1)] = 1


class CartAbandonment(WaitingRule, OfACart):
    """Left something in the cart; counted from the last change of the cart, or the checkout."""

    kind: Literal["cart_abandonment"]


class CheckoutAbandonment(WaitingRule, OfACart):
    """Started a checkout and did not order; counted from the last step of the checkout."""

    kind: Literal["checkout_abandonment"]


class ExitIntent(RuleBase, OfACart):
    """Moves to leave with something in the cart (worth at least `min_cart_value`), or after `min_views` product views;
    at once, once a session."""

    kind: Literal["exit_intent"]
    min_views: Annotated[int, Field(ge=1)] = 3
    expires_after: DurationOrOff = 30_000


class Inactivity(WaitingRule):
    """No click and no order for `wait`; counted from the last activity."""

    since_visit: ClassVar[bool] = True
    kind: Literal["inactivity"]


class Lapse(WaitingRule):
    """No order for `wait`; counted from the last order."""

    kind: Literal["lapse"]


Rule = Annotated[
    BrowseAbandonment | CartAbandonment | CheckoutAbandonment | ExitIntent | Inactivity | Lapse,
    Field(discriminator="kind"),
]
