"""A product as it stands, for payloads and the last look: the records of the compacted topic `products`."""

from schemas.events.catalog import ProductNow
from schemas.state.product import Product
from streams.person.money import decimal_of
from streams.person.quantities import number_of


def is_gone(said: ProductNow) -> bool:
    """Whether the product cannot be bought: it is taken off the shop, or its stock is 0 or less. Of one of which
    nothing is said of that it is supposed that it can."""
    return said.published is False or (said.stock is not None and said.stock <= 0)


def product_now(product: str, now: Product, also_bought: tuple[str, ...]) -> bytes:
    """The record of the topic, with what others have bought together with it."""
    said = ProductNow(
        product_id=product,
        changed_at=now.changed_at,
        price=None if now.price is None else str(decimal_of(now.price, now.currency)),
        currency=now.currency,
        stock=None if now.stock is None else number_of(now.stock),
        also_bought=also_bought,
        **now.details | {"substitutes": tuple(now.details.get("substitutes", ()))},
    )
    return said.model_dump_json().encode()
