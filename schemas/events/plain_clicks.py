"""A plain click: flat, plain ASCII, every name known and said once, no value null.

`schemas.reading.plain_reading` reads such a one in half the time that the contract, `Click`, takes. It never has the
last word: whatever it does not take, good or bad, is for the contract to judge; and what it takes, the contract takes
with equal values. A test holds the two against each other.
"""

from decimal import Decimal

from mypy_extensions import mypyc_attr

from schemas.events.clicks import Click, ClickType


@mypyc_attr(acyclic=True, free_list_len=1)
class PlainClick:
    """The fields of `Click` that hold no objects, in its order. It has no lines, traits or context: a click that has
    is not plain. It is a class of the compiled core: each click is asked for ten of its fields, and one of a msgspec
    struct costs thirty times as much."""

    __slots__ = (
        "cart_id",
        "category",
        "checkout_id",
        "context",
        "currency",
        "customer_id",
        "event_id",
        "exit_kind",
        "lines",
        "name",
        "occurred_at",
        "order_id",
        "price",
        "product_id",
        "quantity",
        "query",
        "referrer",
        "restore_url",
        "schema_version",
        "sent_at",
        "session_id",
        "store",
        "traits",
        "type",
        "url",
        "visitor_id",
    )

    def __init__(
        self,
        event_id: str,
        type_: ClickType,
        occurred_at: int,
        visitor_id: str,
        customer_id: str | None,
        sent_at: int | None,
        session_id: str | None,
        url: str | None,
        referrer: str | None,
        product_id: str | None,
        quantity: int,
        price: Decimal | None,
        currency: str | None,
        category: str | None,
        query: str | None,
        cart_id: str | None,
        checkout_id: str | None,
        restore_url: str | None,
        order_id: str | None,
        store: str | None,
        exit_kind: str | None,
        name: str | None,
        schema_version: str | int | None,
    ) -> None:
        self.event_id = event_id
        self.type = type_
        self.occurred_at = occurred_at
        self.visitor_id = visitor_id
        self.customer_id = customer_id
        self.sent_at = sent_at
        self.session_id = session_id
        self.url = url
        self.referrer = referrer
        self.product_id = product_id
        self.quantity = quantity
        self.price = price
        self.currency = currency
        self.category = category
        self.query = query
        self.cart_id = cart_id
        self.checkout_id = checkout_id
        self.restore_url = restore_url
        self.order_id = order_id
        self.store = store
        self.exit_kind = exit_kind
        self.name = name
        self.schema_version = schema_version
        self.lines = None
        self.traits = None
        self.context = None


AnyClick = Click | PlainClick
"""A click as it was read. Both have the same fields, but for properties: what holds objects is of a `Click` alone."""
