"""A click as msgspec decodes it, if it is flat: what `schemas.reading.plain_reading` looks at.

The types of the fields are those of `schemas.base`, said again, since msgspec cannot read pydantic's.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct
from msgspec.json import Decoder

from schemas.base import ID_CHARS_MAX, INSTANT_MS_MAX, QUANTITY_MAX, TEXT_CHARS_MAX
from schemas.events.clicks import ClickType
from schemas.events.currencies import DIGITS

if TYPE_CHECKING:
    # A field of one of these types *is* the plain type once read; mypy need not know how it was spelt.
    Instant = int
    Currency = str
    Version = str | int
else:
    Version = Literal[(1, "1", *(f"1.{minor}" for minor in range(10)))]
    Instant = Annotated[int, Meta(gt=0, le=INSTANT_MS_MAX)] | str
    Currency = Literal[tuple(sorted(DIGITS))]

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARS_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_CHARS_MAX)]
Quantity = Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


class FlatClick(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The fields of `Click` that hold no objects, in its order; of `PlainClick`, too."""

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
    price: Decimal | None = None
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
    schema_version: Version | None = None


decode_flat: Callable[[bytes], FlatClick] = Decoder(FlatClick).decode
"""What the bytes say, but for texts that stand for times, and amounts of any size. Raises msgspec's DecodeError."""
