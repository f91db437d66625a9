"""The products that were looked at in a visit: the last few, each once, in the order of events."""

from typing import Final

from streams.limits import ID_BYTES_MAX

PRODUCTS_MAX: Final = 10

PRODUCTS_BYTES_MAX: Final = PRODUCTS_MAX * ID_BYTES_MAX
"""All of them. The clicks' ids take as much as the products' own: of ids as long as may be half of them stay."""

PRODUCTS_FEW: Final = PRODUCTS_MAX // 2
"""So many never take more than that."""

Seen = tuple[int, str]
"""When a product was looked at last, and the click's id, "" once W has passed it."""

Products = dict[str, Seen]
"""The latest last."""


def view_last(products: Products, product: str, at: int, event_id: str) -> None:
    """A product was looked at after all others, as a rule: it is taken in, in place."""
    # By its hash: to compare it with each of them would be a look into as many places of memory.
    if product in products:
        del products[product]
    elif len(products) >= PRODUCTS_MAX:
        del products[next(iter(products))]
    products[product] = (at, event_id)


def _seen(product: tuple[str, Seen]) -> Seen:
    return product[1]


def both(one: Products, other: Products) -> Products:
    """The last products of two visits that are one, or of a visit and of a click that came late."""
    if not one or not other:
        return one or other
    both = one | other
    for product in one.keys() & other.keys():
        both[product] = max(one[product], other[product])
    return dict(sorted(both.items(), key=_seen)[-PRODUCTS_MAX:])


def settled(products: Products, watermark: int) -> Products:
    """The same without ids that tell nothing any more: no click comes between those that W has passed."""
    if not any(event_id and at < watermark for at, event_id in products.values()):
        return products
    return {product: (at, event_id if at >= watermark else "") for product, (at, event_id) in products.items()}
