"""The products of an order, and what is left of them when some were given back."""

from schemas.state.cart import Cart, Held
from schemas.state.order import BoughtLine, GivenBack, KeptOrder
from streams.person.quantities import THOUSAND

LINES_MAX = 50
"""Products of an order that are kept: enough to say what was in it. What comes on top is left out."""


def more(lines: tuple[BoughtLine, ...], others: tuple[BoughtLine, ...]) -> tuple[BoughtLine, ...]:
    """Both, as far as they are kept."""
    return (*lines, *others)[:LINES_MAX]


def fitting(lines: tuple[BoughtLine, ...], refunds: tuple[GivenBack, ...]) -> tuple[BoughtLine, ...]:
    """Those of the lines that are kept beside what these refunds give back."""
    return lines[: max(0, LINES_MAX - sum([len(one.lines) for one in refunds]))]


def pieces_left(kept: KeptOrder) -> dict[str, int]:
    """How much of each product is left, in thousandths; of what was given back it is nothing, or less."""
    left: dict[str, int] = {}
    for line in kept.lines:
        left[line.product] = left.get(line.product, 0) + line.quantity
    for line in _returned(kept):
        if line.product in left:
            left[line.product] -= abs(line.quantity)
    return left


def are_all_back(kept: KeptOrder) -> bool:
    """Whether every product was given back; no, where not all of them are kept, or known: a record that placed some of
    the order may name none."""
    if len(kept.lines) >= LINES_MAX or not any(one.lines for one in kept.refunds):
        return False
    if kept.lines_by is None and any(not part.lines for part in kept.placed):
        return False
    return any(line.quantity > 0 for line in kept.lines) and all(left <= 0 for left in pieces_left(kept).values())


def worth(kept: KeptOrder, lines: tuple[BoughtLine, ...]) -> int:
    """What these lines come to, minor units: a line that names no price costs what it did in the order. What nobody can
    tell the price of comes to nothing."""
    prices = {line.product: line.unit_price for line in reversed(kept.lines) if line.unit_price is not None}
    all_ = [
        abs(line.quantity) * (prices.get(line.product, 0) if line.unit_price is None else line.unit_price)
        for line in lines
    ]
    return round(sum(all_) / THOUSAND)


def cart_of(kept: KeptOrder) -> Cart:
    """What is left, as a cart; each product at the price of its first line."""
    left = pieces_left(kept)
    cart: Cart = {}
    for line in kept.lines:
        if line.product not in cart and left[line.product] > 0:
            cart[line.product] = Held(left[line.product], line.unit_price, line.currency, 0)
    return cart


def _returned(kept: KeptOrder) -> list[BoughtLine]:
    return [line for one in kept.refunds for line in one.lines]
