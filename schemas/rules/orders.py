"""The sections of a rulebook for kinds that count from an order."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.rules.timed import WaitingRule
from schemas.rules.words import DurationOrNone, begun


class PaymentFailed(WaitingRule):
    """An order was not paid; counted from the record that says so, or from when its payment was waited for in vain."""

    kind: Literal["payment_failed"]
    wait: DurationOrNone = 0

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after the payment of their order has failed, unless they pay or order again"


class FirstPurchase(WaitingRule):
    """Bought for the first time; counted from that purchase."""

    kind: Literal["first_purchase"]

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after their first purchase, unless it is cancelled or refunded"


class SecondPurchasePush(WaitingRule):
    """Bought for the first time, and not again for `wait`; counted from the first purchase."""

    kind: Literal["second_purchase_push"]

    def occasion(self) -> str:
        """In plain language."""
        return f"{begun(self.wait)} after their first purchase, unless they order again or it is cancelled or refunded"


class PostPurchase(WaitingRule):
    """After each order; counted from the purchase, or `from` when the last of its parcels was delivered."""

    model_config = ConfigDict(serialize_by_alias=True)
    kind: Literal["post_purchase"]
    since: Literal["purchase", "delivered"] = Field(default="purchase", alias="from")

    def occasion(self) -> str:
        """In plain language."""
        after = "each purchase" if self.since == "purchase" else "each order has been delivered"
        return f"{begun(self.wait)} after {after}, unless it is cancelled or refunded"
