"""What the shop's back office says of orders, keyed by customer, else by visitor (semantics: part 1)."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.base import LINES_MAX, Currency, Id, Instant, Money, Wire
from schemas.clicks import Line


class OrderType(StrEnum):
    """What happened to the order. Only a placed one is a purchase."""

    ORDER_PLACED = "order_placed"
    ORDER_UPDATED = "order_updated"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"


class Order(Wire):
    """One record of an order. Feeds that send a record a line share the `order_id`: the lines add up."""

    event_id: Id
    type: OrderType
    order_id: Id
    occurred_at: Instant
    customer_id: Id | None = None
    visitor_id: Id | None = None
    cart_id: Id | None = None
    lines: Annotated[tuple[Line, ...], Field(strict=False, max_length=LINES_MAX)] = ()
    total: Money | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _belongs_to_somebody(self) -> Self:
        if self.customer_id is None and self.visitor_id is None:
            raise ValueError("an order needs a customer_id or a visitor_id")
        return self
