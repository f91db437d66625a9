"""What the shop's back office says of orders, keyed by customer, else by visitor (semantics: part 1)."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import LINES_MAX, Currency, Id, Instant, SignedMoney, SignedQuantity, Version, Wire
from schemas.clicks import UNIT_PRICE


class OrderType(StrEnum):
    """What happened to the order. All but the last two show that it was placed."""

    ORDER_PLACED = "order_placed"
    ORDER_UPDATED = "order_updated"
    ORDER_PAID = "order_paid"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"


class PaymentState(StrEnum):
    """How the payment stands; `offline` is a bank transfer, an invoice or cash on delivery."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    OFFLINE = "offline"
    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"


SHOWS_NOTHING = frozenset({OrderType.ORDER_CANCELLED, OrderType.ORDER_REFUNDED})
NOT_PAID = frozenset({PaymentState.PENDING, PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.VOIDED})

STORE_ENDS = "\x1f"
"""Between a store and an order id: no id has it."""


def order_of_store(order_id: str, store: str | None) -> str:
    """What tells an order from all others: an order id is its store's. Where no store is named, the bare id."""
    return order_id if store is None or not store.strip() else store + STORE_ENDS + order_id


class OrderLine(Wire):
    """One product of an order; `unit_price` may also be spelt `price`. Only a refund has less than nothing of it."""

    product_id: Id
    quantity: SignedQuantity = 1
    unit_price: Annotated[SignedMoney | None, UNIT_PRICE] = None
    currency: Currency | None = None


class Order(Wire):
    """One record of an order. Feeds that send a record a line share the `order_id`: the lines add up."""

    event_id: Id
    type: OrderType
    order_id: Id
    occurred_at: Instant
    customer_id: Id | None = None
    visitor_id: Id | None = None
    cart_id: Id | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(strict=False, max_length=LINES_MAX)] = ()
    total: SignedMoney | None = None
    currency: Currency | None = None
    payment_state: PaymentState | None = None
    store: Id | None = None
    schema_version: Version | None = None

    def is_purchase(self) -> bool:
        """Whether the record shows a purchase: the order exists, and its payment is not open or has not failed."""
        return self.type not in SHOWS_NOTHING and self.payment_state not in NOT_PAID

    @model_validator(mode="after")
    def _belongs_to_somebody(self) -> Self:
        if self.customer_id is None and self.visitor_id is None:
            raise PydanticCustomError("missing", "an order needs a customer_id or a visitor_id")
        return self

    @model_validator(mode="after")
    def _only_a_refund_takes_away(self) -> Self:
        if self.type is not OrderType.ORDER_REFUNDED and (
            (self.total is not None and self.total < 0)
            or any(line.quantity < 0 or (line.unit_price is not None and line.unit_price < 0) for line in self.lines)
        ):
            raise PydanticCustomError("negative", "only a refund has a total, a price or a quantity below zero")
        return self
