"""The products that were looked at in a visit: the last few, each once, in the order of events."""

from typing import Final

from mypy_extensions import mypyc_attr

from streams.limits import ID_BYTES_MAX

PRODUCTS_MAX: Final = 10

PRODUCTS_BYTES_MAX: Final = PRODUCTS_MAX * ID_BYTES_MAX
"""All of them. The clicks' ids take as much as the products' own: of ids as long as may be half of them stay."""

PRODUCTS_FEW: Final = PRODUCTS_MAX // 2
"""So many never take more than that."""


@mypyc_attr(acyclic=True)
class Seen:
    """When a product was looked at last, ms, and the click's id, "" once W has passed it."""

    __slots__ = ("at", "event_id")

    def __init__(self, at: int, event_id: str) -> None:
        self.at = at
        self.event_id = event_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and _place(self) == _place(other)


def _place(seen: Seen) -> tuple[int, str]:
    return seen.at, seen.event_id


Products = dict[str, Seen]
"""The latest last."""


def view_last(products: Products, product: str, at: int, event_id: str) -> None:
    """A product was looked at after all others, as a rule: it is taken in, in place."""
    # By its hash: to compare it with each of them would be a look into as many places of memory.
    if product in products:
        del products[product]
    elif len(products) >= PRODUCTS_MAX:
        del products[next(iter(products))]
    products[product] = Seen(at, event_id)


def _place_of(product: tuple[str, Seen]) -> tuple[int, str]:
    return _place(product[1])


def both(one: Products, other: Products) -> Products:
    """The last products of two visits that are one, or of a visit and of a click that came late."""
    if not one or not other:
        return one or other
    both = one | other
    for product in one.keys() & other.keys():
        both[product] = max(one[product], other[product], key=_place)
    return dict(sorted(both.items(), key=_place_of)[-PRODUCTS_MAX:])


def settle(products: Products, watermark: int) -> None:
    """Drop the ids that tell nothing any more: no click comes between those that W has passed."""
    for seen in products.values():
        if seen.at < watermark:
            seen.event_id = ""
