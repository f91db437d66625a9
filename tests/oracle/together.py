"""What is bought together, in batch, from the text of the lifecycle (section 7, also_bought): over all orders.

What the page leaves open is read so: it is counted at midnight, UTC, and what happened at that very instant counts; an
order of exactly 180 days before it does not. Of one order a product counts once.
"""

from collections.abc import Collection
from fractions import Fraction

from tests.oracle.purchases import DAY, Bought


def also_bought(orders: Collection[Bought], midnight: int) -> dict[str, list[str]]:
    """The ten of each product that has any."""
    counted = [order.products for order in orders if midnight - 180 * DAY < order.at.time <= midnight]
    products = {product for order in counted for product in order}
    shown = {}
    for product in products:
        lifts = {other: lift(counted, product, other) for other in products - {product}}
        ranked = sorted((-by, other) for other, by in lifts.items() if by is not None)
        if ranked:
            shown[product] = [other for _, other in ranked][:10]
    return shown


def lift(orders: list[frozenset[str]], one: str, other: str) -> Fraction | None:
    """How much more often than chance would have it both are in one order; None if too seldom."""
    both = sum({one, other} <= order for order in orders)
    if both < 5:
        return None
    return Fraction(both * len(orders), sum(one in order for order in orders) * sum(other in order for order in orders))
