"""What the shop's back office says of orders, keyed by customer, else by visitor (semantics: part 1)."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.base import LINES_MAX, Currency, Id, Instant, SignedMoney, SignedQuantity, Text, Version, Wire
from schemas.events.clicks import UNIT_PRICE


class OrderType(StrEnum):
    """What happened to the order. The first five show that it was placed. Records of subscriptions tell of no order:
    their `order_id` is the subscription's, the same in all of them, and what it delivers is an order of its own."""

    ORDER_PLACED = "order_placed"
    ORDER_UPDATED = "order_updated"
    ORDER_PAID = "order_paid"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_RENEWED = "subscription_renewed"
    SUBSCRIPTION_CHARGE_UPCOMING = "subscription_charge_upcoming"
    SUBSCRIPTION_PAYMENT_FAILED = "subscription_payment_failed"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"


class PaymentState(StrEnum):
    """How the payment stands; `offline` is a bank transfer, an invoice or cash on delivery."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    OFFLINE = "offline"
    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"


class Channel(StrEnum):
    """Where the order was placed."""

    WEB = "web"
    POS = "pos"
    PHONE = "phone"
    DRAFT = "draft"
    SUBSCRIPTION = "subscription"
    MARKETPLACE = "marketplace"
    AGENT = "agent"


class Payment(StrEnum):
    """What is known of an order's payment. `assumed`: it was placed, and nobody says that the payment is open."""

    ASSUMED = "assumed"
    OPEN = "open"
    FAILED = "failed"
    SURE = "sure"


SHOWS = frozenset(
    {
        OrderType.ORDER_PLACED,
        OrderType.ORDER_UPDATED,
        OrderType.ORDER_PAID,
        OrderType.ORDER_SHIPPED,
        OrderType.ORDER_DELIVERED,
    }
)
"""Records that show that the order was placed."""

OF_SUBSCRIPTIONS = frozenset(type_ for type_ in OrderType if type_.startswith("subscription_"))
FAILURES = frozenset({PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.VOIDED})
COUNTS_AS_PAID = frozenset({Payment.ASSUMED, Payment.SURE})

PARCELS_MAX = 100
"""Parcels that one record names."""

CODES_MAX = 100
"""Discount codes that one record names."""

STORE_ENDS = "\x1f"
"""Between a store and an order id: no id has it."""


_GLOBAL = re.compile(r"\Agid://[^/]+/Order(?:Identity)?/(?=.)")
"""What Shopify's pages write in front of the id by which its hooks call an order."""


def order_of_store(order_id: str, store: str | None) -> str:
    """What tells an order from all others: an order id is its store's. Where no store is named, the bare id."""
    if order_id.startswith("gid:"):
        order_id = _GLOBAL.sub("", order_id, count=1)
    return order_id if store is None or not store.strip() else store + STORE_ENDS + order_id


def payment_after(before: Payment | None, said: Payment | None, failed_as: str | None = None) -> Payment | None:
    """What is known of a payment after one more record, in the order of events; `failed_as` is the state by which it
    has failed. The latest word counts, but for two: who has paid does not owe again because another record says less,
    or because another try has expired."""
    if before is Payment.SURE and failed_as == PaymentState.EXPIRED:
        return before
    if said is None or (before is Payment.SURE and said is not Payment.FAILED):
        return before
    return said


def is_called_off(before: Payment | None, failed_as: str | None) -> bool:
    """Whether a record whose payment has failed so, after what was known, cancels the order: what was paid, or is taken
    to be, and is voided then has not failed. Nobody is asked to pay for it."""
    return failed_as == PaymentState.VOIDED and before in COUNTS_AS_PAID


class OrderLine(Wire):
    """One product of an order; `unit_price` may also be spelt `price`. Only a refund has less than nothing of it."""

    product_id: Id
    quantity: SignedQuantity = 1
    unit_price: Annotated[SignedMoney | None, UNIT_PRICE] = None
    currency: Currency | None = None


class Order(Wire):
    """One record of an order. Feeds that send a record a line share the `order_id`: the lines add up.

    Where `payment_state` is pending, the payment is waited for until `payment_due_at`. A `test` is nobody's order. A
    `backfill` says what was long ago: it is remembered, and nobody is written to for it. `parcel_id`, or `parcels` for
    several, say which of the order's parcels a record of shipping or delivery is about; without them it is about all.
    """

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
    payment_due_at: Instant | None = None
    channel: Channel | None = None
    store: Id | None = None
    locale: Text | None = None
    test: bool | None = None
    backfill: bool | None = None
    discount_codes: Annotated[tuple[Text, ...], Field(strict=False, max_length=CODES_MAX)] = ()
    subtotal: SignedMoney | None = None
    shipping: SignedMoney | None = None
    tax: SignedMoney | None = None
    checkout_id: Id | None = None
    parcel_id: Id | None = None
    parcels: Annotated[tuple[Id, ...], Field(strict=False, max_length=PARCELS_MAX)] = ()
    schema_version: Version | None = None

    def is_purchase(self) -> bool:
        """Whether the record shows a purchase: the order exists, and its payment is not open or has not failed."""
        return self.type in SHOWS and self.payment() in COUNTS_AS_PAID

    def failed_as(self) -> PaymentState | None:
        """The state by which the payment has failed; None if it has not, or without one."""
        return self.payment_state if self.payment_state in FAILURES else None

    def payment(self) -> Payment | None:
        """What the record says of the payment; None if nothing."""
        if self.type is OrderType.PAYMENT_FAILED:
            return Payment.FAILED
        if self.type not in SHOWS:
            return None
        if self.payment_state in FAILURES:
            return Payment.FAILED
        if self.payment_state is PaymentState.PENDING:
            return Payment.ASSUMED if self.total == 0 else Payment.OPEN  # nothing is owed
        if self.payment_state is not None or self.type is OrderType.ORDER_PAID:
            return Payment.SURE
        return Payment.ASSUMED

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
