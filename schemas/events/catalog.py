"""What a shop says of its products, keyed by product; and a product as it stands, on the compacted topic `products`.

A record of the catalogue need not be whole: a feed of stock sends the stock, a feed of prices the price. What a record
does not name stays as it is known.
"""

from typing import Annotated

from pydantic import Field

from schemas.base import Currency, Id, Instant, Money, SignedQuantity, Text, Version, Wire

SUBSTITUTES_MAX = 50
"""Products that do as well. The first count: a product has to fit into a record."""

CYCLE_DAYS_MAX = 3650
"""What is bought less than once in ten years is not bought again."""


class CatalogRecord(Wire):
    """One record of one product. Only `product_id` is needed. Without `occurred_at` it counts at the broker's time; of
    two records of one instant the one with the larger `event_id` counts last. `stock` below zero is oversold;
    `cycle_days` is how long one lasts; `published` false takes it off the shop."""

    product_id: Id
    event_id: Id | None = None
    occurred_at: Instant | None = None
    parent_id: Id | None = None
    name: Text | None = None
    url: Text | None = None
    image_url: Text | None = None
    category: Text | None = None
    price: Money | None = None
    currency: Currency | None = None
    stock: SignedQuantity | None = None
    published: bool | None = None
    cycle_days: Annotated[int | None, Field(gt=0, le=CYCLE_DAYS_MAX)] = None
    substitutes: Annotated[tuple[Id, ...] | None, Field(strict=False, max_length=SUBSTITUTES_MAX)] = None
    store: Id | None = None
    schema_version: Version | None = None


class ProductNow(Wire, extra="allow"):
    """A product as it stands since `changed_at` (ms, UTC): what every record has said of it so far. `price` is a
    decimal; null is what nobody has told. `also_bought` are up to ten products that are bought with it more often than
    chance would have it, the most telling first. Fields that a newer version has added are kept."""

    product_id: str
    changed_at: int
    parent_id: str | None = None
    name: str | None = None
    url: str | None = None
    image_url: str | None = None
    category: str | None = None
    price: str | None = None
    currency: str | None = None
    stock: int | float | None = None
    published: bool | None = None
    cycle_days: int | None = None
    substitutes: tuple[str, ...] = ()
    store: str | None = None
    also_bought: tuple[str, ...] = ()


DETAILS = ("parent_id", "name", "url", "image_url", "category", "published", "cycle_days", "substitutes", "store")
"""What of a record is only passed on: all but money and stock."""
