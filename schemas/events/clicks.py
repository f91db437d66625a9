"""What a shop's pages say: one flat JSON object a click, keyed by visitor (semantics: part 1)."""

from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, Field

from schemas.base import LINES_MAX, Currency, Extras, Id, Instant, Money, Quantity, Text, Version, Wire


class ClickType(StrEnum):
    """What happened on the page."""

    # Looked up a few times a click; an Enum's own hash is a Python function.
    __hash__ = str.__hash__

    PAGE_VIEWED = "page_viewed"
    PRODUCT_VIEWED = "product_viewed"
    PRODUCT_LIST_VIEWED = "product_list_viewed"
    PRODUCT_SEARCHED = "product_searched"
    CART_ITEM_ADDED = "cart_item_added"
    CART_ITEM_REMOVED = "cart_item_removed"
    CART_UPDATED = "cart_updated"
    CART_VIEWED = "cart_viewed"
    CHECKOUT_STARTED = "checkout_started"
    CHECKOUT_PROGRESSED = "checkout_progressed"
    ORDER_COMPLETED = "order_completed"
    IDENTIFIED = "identified"
    SUBSCRIBED = "subscribed"
    REGISTERED = "registered"
    FORM_SUBMITTED = "form_submitted"
    ACCOUNT_CHANGED = "account_changed"
    EXIT_SIGNAL = "exit_signal"
    PAGE_PING = "page_ping"
    BACK_IN_STOCK_REQUESTED = "back_in_stock_requested"
    CUSTOM = "custom"


CART_TYPES = (ClickType.CART_ITEM_ADDED, ClickType.CART_ITEM_REMOVED, ClickType.CART_UPDATED)
"""What needs to name what is in the cart."""


UNIT_PRICE = Field(validation_alias=AliasChoices("unit_price", "price"))


class Line(Wire):
    """One product of a cart or an order; `unit_price` may also be spelt `price`. A record has one currency: a line
    that names its own names the same."""

    product_id: Id
    quantity: Quantity = 1
    unit_price: Annotated[Money | None, UNIT_PRICE] = None
    currency: Currency | None = None


class Click(Wire):
    """One click of one visitor. `event_id` is the de-duplication key; `occurred_at` is in ms, UTC, once read. `context`
    is where it came from: its `timezone` is that of the person, its `user_agent` and `ip` tell known bots.
    `restore_url` is a link that brings the cart back, of a click that tells of one."""

    event_id: Id
    type: ClickType
    occurred_at: Instant
    visitor_id: Id
    customer_id: Id | None = None
    sent_at: Instant | None = None
    session_id: Text | None = None
    url: Text | None = None
    referrer: Text | None = None
    product_id: Id | None = None
    quantity: Quantity = 1
    price: Money | None = None
    currency: Currency | None = None
    category: Text | None = None
    query: Text | None = None
    cart_id: Id | None = None
    checkout_id: Id | None = None
    restore_url: Text | None = None
    order_id: Id | None = None
    store: Id | None = None
    exit_kind: Text | None = None
    name: Text | None = None
    lines: Annotated[tuple[Line, ...] | None, Field(strict=False, max_length=LINES_MAX)] = None
    traits: Extras | None = None
    properties: Extras | None = None
    context: Extras | None = None
    schema_version: Version | None = None
